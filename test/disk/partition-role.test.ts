import test from 'ava';
import { partitionRole } from '../../src/disk/partition-role.ts';
import { gptEntry, mbrEntry } from '../helpers/tables.ts';

for (const [typeGuid, role] of [
  ['c12a7328-f81f-11d2-ba4b-00a0c93ec93b', 'efi-system'],
  ['E3C9E316-0B5C-4DB8-817D-F92DF00215AE', 'msr'],
  ['de94bba4-06d1-4d40-a16a-bfd50179d6ac', 'recovery'],
  ['21686148-6449-6e6f-744e-656564454649', 'bios-boot'],
  ['ebd0a0a2-b9e5-4433-87c0-68b6b72699c7', 'basic-data'],
  ['0fc63daf-8483-4772-8e79-3d69d8477de4', 'linux'],
  ['11111111-2222-3333-4444-555555555555', 'other'],
] as const) {
  test(`a GPT partition of type ${typeGuid} is ${role}`, (t) => {
    t.is(partitionRole(gptEntry(1, 34, 99, { typeGuid })), role);
  });
}

for (const [type, role] of [
  [0x07, 'basic-data'],
  [0x0e, 'basic-data'],
  [0x05, 'extended'],
  [0x0f, 'extended'],
  [0x27, 'recovery'],
  [0x82, 'swap'],
  [0x83, 'linux'],
  [0x8e, 'lvm'],
  [0xfd, 'raid'],
  [0xef, 'efi-system'],
  [0x99, 'other'],
] as const) {
  test(`an MBR partition of type ${type.toString(16)} is ${role}`, (t) => {
    t.is(partitionRole(mbrEntry(1, 63, 99, { type })), role);
  });
}
