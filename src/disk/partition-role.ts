/** What a partition is for, by its type in the table: the `role` word of a captured or shown partition. */
import type { PartitionEntry } from './partition-table.ts';

/** GPT partition type GUIDs (UEFI 2.10 section 5.3.3; Discoverable Partitions Specification). */
const GPT_ROLES: Readonly<Record<string, string>> = {
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'efi-system',
  'e3c9e316-0b5c-4db8-817d-f92df00215ae': 'msr',
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac': 'recovery',
  'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7': 'basic-data',
  '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3': 'dynamic-disk',
  'af9b60a0-1431-4f62-bc68-3311714a69ad': 'dynamic-disk',
  '21686148-6449-6e6f-744e-656564454649': 'bios-boot',
  '9e1a2d38-c612-4316-aa26-8b49521e5a8b': 'prep-boot',
  'bc13c2ff-59e6-4262-a352-b275fd6f7172': 'linux-boot',
  '0fc63daf-8483-4772-8e79-3d69d8477de4': 'linux',
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': 'linux-root',
  'b921b045-1df0-41c3-af44-4c6f280d3fae': 'linux-root',
  '933ac7e1-2eb4-4f13-b844-0e14e2aef915': 'linux-home',
  '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f': 'swap',
  'e6d6d379-f507-44c2-a23c-238f2a3df928': 'lvm',
  'a19d880f-05fc-4d3b-a006-743f0f84911e': 'raid',
  'ca7d7ccb-63ed-4c53-861c-1742536059cc': 'encrypted',
};

/** MBR type codes; several codes of one kind differ only in size limits and addressing. */
const MBR_ROLES: Readonly<Record<string, readonly number[]>> = {
  'basic-data': [0x01, 0x04, 0x06, 0x07, 0x0b, 0x0c, 0x0e],
  hidden: [0x11, 0x14, 0x16, 0x17, 0x1b, 0x1c, 0x1e],
  recovery: [0x12, 0x27, 0x84, 0xde],
  extended: [0x05, 0x0f, 0x85],
  'dynamic-disk': [0x42],
  'prep-boot': [0x41],
  swap: [0x82],
  linux: [0x83],
  lvm: [0x8e],
  raid: [0xfd],
  'efi-system': [0xef],
};

const MBR_ROLE_OF: ReadonlyMap<number, string> = new Map(
  Object.entries(MBR_ROLES).flatMap(([role, types]) => types.map((type) => [type, role] as const)),
);

/** A role word: lower-case letters and dashes; `other` for a type that is not known. */
export const partitionRole = (entry: PartitionEntry): string => {
  const role =
    'typeGuid' in entry ? GPT_ROLES[entry.typeGuid.toLowerCase()] : MBR_ROLE_OF.get(entry.type);
  return role ?? 'other';
};
