/**
 * The partition table of a layout. Whatever an installed OS recognises its disk by comes from the image: disk signature,
 * disk GUID, and the GUIDs of its own partitions.
 */
import { createHash } from 'node:crypto';
import type { DiskIdentity } from '../../codec/manifest-text.ts';
import type { PartName, PlacedPart } from '../../disk/layout-places.ts';
import type {
  GptEntry,
  MbrEntry,
  PartitionEntry,
  PartitionTable,
} from '../../disk/partition-table.ts';
import { NacreError } from '../../errors.ts';

export interface LayoutTableRequest {
  readonly type: 'mbr' | 'gpt';
  readonly sectorSize: number;
  readonly parts: readonly PlacedPart[];
  /** Rows that stay. */
  readonly kept: readonly PartitionEntry[];
  /** The disk that the image was captured from. */
  readonly imageDisk: DiskIdentity;
  /** Number of the OS partition there. */
  readonly osNumber: number;
  readonly osFileSystem: string;
  /** Text that is this disk's own: what the image does not give is derived from it, the same for every run. */
  readonly diskIdentity: string;
}

const MBR_SLOTS = 4;
const GPT_ENTRIES = 128;

// The hidden types of FAT16 and FAT32: Windows gives their volumes no drive letter.
const MBR_TYPES: Readonly<Record<Exclude<PartName, 'os'>, number>> = {
  'boot-agent': 0x1e,
  backup: 0x1c,
  'write-cache': 0x83,
  msr: 0,
};
const MBR_NTFS = 0x07;
const MBR_LINUX = 0x83;

const BASIC_DATA = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';
const LINUX_DATA = '0fc63daf-8483-4772-8e79-3d69d8477de4';
const GPT_TYPES: Readonly<Record<Exclude<PartName, 'os'>, string>> = {
  'boot-agent': 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  msr: 'e3c9e316-0b5c-4db8-817d-f92df00215ae',
  'write-cache': LINUX_DATA,
  backup: BASIC_DATA,
};
const GPT_NAMES: Readonly<Record<PartName, string>> = {
  'boot-agent': 'EFI system partition',
  msr: 'Microsoft reserved partition',
  os: 'active OS',
  'write-cache': 'write cache',
  backup: 'backup OS',
};
/** Windows gives the volume no drive letter (bit 63). */
const NO_DRIVE_LETTER = '8000000000000000';
const NO_ATTRIBUTES = '0000000000000000';

const MICROSOFT_SYSTEMS: ReadonlySet<string> = new Set([
  'ntfs',
  'exfat',
  'fat12',
  'fat16',
  'fat32',
]);

/** A GUID that is always the same for a text (RFC 9562 section 5.8, version 8). */
const guidOf = (text: string): string => {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
};

const lbasOf = ({ startBytes, endBytes }: PlacedPart, sectorSize: number) => ({
  firstLba: startBytes / sectorSize,
  lastLba: endBytes / sectorSize - 1,
});

/** Numbers for the parts, in their order, that no kept partition has. */
const freeNumbers = ({ parts, kept }: LayoutTableRequest, slots: number): readonly number[] => {
  const taken = new Set(kept.map(({ number }) => number));
  const all = Array.from({ length: slots }, (_, index) => index + 1);
  const free = all.filter((number) => !taken.has(number));
  if (free.length < parts.length) {
    const needed = parts.length + kept.length;
    throw new NacreError('LAYOUT_TOO_MANY', { needed, slots, keptCount: kept.length });
  }
  return free;
};

const mbrTable = (request: LayoutTableRequest): PartitionTable => {
  const { parts, kept, sectorSize, imageDisk, osNumber, osFileSystem, diskIdentity } = request;
  const numbers = freeNumbers(request, MBR_SLOTS);
  const ofImage = imageDisk.table === 'mbr' ? imageDisk : undefined;
  const osEntry = ofImage?.entries.find(({ number }) => number === osNumber);
  const osType = osEntry?.type ?? (MICROSOFT_SYSTEMS.has(osFileSystem) ? MBR_NTFS : MBR_LINUX);
  const made = parts.map(
    (part, index): MbrEntry => ({
      number: numbers[index] ?? 0,
      ...lbasOf(part, sectorSize),
      type: part.part === 'os' ? osType : MBR_TYPES[part.part],
      // Windows looks for its files on the active partition; GRUB's boot code does not care.
      active: part.part === 'os',
      kind: 'primary',
    }),
  );
  const staying = kept.flatMap((entry): readonly MbrEntry[] =>
    'kind' in entry ? [{ ...entry, active: false }] : [],
  );
  const isSigned = ofImage !== undefined && ofImage.signature !== '00000000';
  const signature = isSigned
    ? ofImage.signature
    : createHash('sha256').update(diskIdentity).digest('hex').slice(0, 8);
  const entries = [...made, ...staying].toSorted((left, right) => left.number - right.number);
  return { type: 'mbr', signature, entries };
};

const gptTable = (request: LayoutTableRequest): PartitionTable => {
  const { parts, kept, sectorSize, imageDisk, osNumber, osFileSystem, diskIdentity } = request;
  const numbers = freeNumbers(request, GPT_ENTRIES);
  const ofImage = imageDisk.table === 'gpt' ? imageDisk : undefined;
  const osType = MICROSOFT_SYSTEMS.has(osFileSystem) ? BASIC_DATA : LINUX_DATA;
  const captured = (part: PartName): GptEntry | undefined =>
    ofImage?.entries.find(({ number, typeGuid }) =>
      part === 'os' ? number === osNumber : typeGuid.toLowerCase() === GPT_TYPES[part],
    );
  const made = parts.map((part, index): GptEntry => {
    // Only what the OS knows by its GUID: its own partition, the ESP and the MSR.
    const isOwn = part.part === 'backup' || part.part === 'write-cache';
    const old = isOwn ? undefined : captured(part.part);
    return {
      number: numbers[index] ?? 0,
      ...lbasOf(part, sectorSize),
      typeGuid: part.part === 'os' ? (old?.typeGuid ?? osType) : GPT_TYPES[part.part],
      guid: old?.guid ?? guidOf(`${diskIdentity} ${part.part}`),
      name: old?.name ?? GPT_NAMES[part.part],
      attributes: old?.attributes ?? (part.part === 'backup' ? NO_DRIVE_LETTER : NO_ATTRIBUTES),
    };
  });
  const staying = kept.flatMap((entry): readonly GptEntry[] => ('guid' in entry ? [entry] : []));
  const entries = [...made, ...staying].toSorted((left, right) => left.number - right.number);
  const guid = ofImage?.guid ?? guidOf(diskIdentity);
  return { type: 'gpt', guid, entryCount: GPT_ENTRIES, entries };
};

/**
 * The table with all parts and everything that is kept.
 *
 * @throws NacreError LAYOUT_TOO_MANY when an MBR has no row left
 */
export const layoutTable = (request: LayoutTableRequest): PartitionTable =>
  request.type === 'mbr' ? mbrTable(request) : gptTable(request);
