/**
 * Boot code: the bytes before the first partition that belong to no table, such as the code of sector 0
 * and GRUB's core in the gap behind it. A GPT BIOS boot partition is an ordinary partition.
 */
import type { BootRegion } from '../codec/boot-bytes.ts';
import { BOOT_CODE_BYTES, BOOT_LIMIT_BYTES } from '../codec/image-limits.ts';
import type { OpenDisk } from './device.ts';
import { fromNative, type NativeWriteStep } from './native.ts';
import type { PartitionTable } from './partition-table.ts';

const GPT_ENTRY_BYTES = 128;
const GPT_SIGNATURE = Buffer.from('EFI PART');

interface Sectors {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

/** Sectors before the first partition that the table itself takes, sector 0 apart. */
const tableSectors = (table: PartitionTable, sectorSize: number): readonly Sectors[] => {
  if (table.type !== 'gpt') return [];
  const first = table.entriesLba ?? 2;
  const end = first + Math.ceil((table.entryCount * GPT_ENTRY_BYTES) / sectorSize);
  return [
    { first: 1, end: 2 },
    { first, end },
  ];
};

/** First sector of a partition, or of what is not looked at any more. */
const areaEnd = (disk: OpenDisk, table: PartitionTable): number =>
  Math.min(
    Math.floor(BOOT_LIMIT_BYTES / disk.sectorSize),
    Math.floor(disk.info.sizeBytes / disk.sectorSize),
    ...table.entries.map((entry) => entry.firstLba),
  );

/** As long as the largest sector. */
const ZEROS = Buffer.alloc(4096);

// A function called for each byte of this MiB costs more than the reading of it.
const isZero = (bytes: Buffer): boolean => bytes.equals(ZEROS.subarray(0, bytes.length));

// The header of a GPT that an MBR replaced is no boot code, and must not come back.
const isOldHeader = (table: PartitionTable, lba: number, sector: Buffer): boolean =>
  table.type === 'mbr' &&
  lba === 1 &&
  sector.subarray(0, GPT_SIGNATURE.length).equals(GPT_SIGNATURE);

/** Sector numbers of boot code behind sector 0, in rising order. */
const bootSectors = (
  area: Buffer,
  table: PartitionTable,
  sectorSize: number,
): readonly number[] => {
  const taken = tableSectors(table, sectorSize);
  const found: number[] = [];
  for (let lba = 1; lba * sectorSize < area.length; lba++) {
    if (taken.some(({ first, end }) => lba >= first && lba < end)) continue;
    const sector = area.subarray(lba * sectorSize, (lba + 1) * sectorSize);
    if (!isZero(sector) && !isOldHeader(table, lba, sector)) found.push(lba);
  }
  return found;
};

const runsOf = (sectors: readonly number[]): readonly Sectors[] => {
  const runs: { first: number; end: number }[] = [];
  for (const lba of sectors) {
    const last = runs.at(-1);
    if (last?.end === lba) last.end++;
    else runs.push({ first: lba, end: lba + 1 });
  }
  return runs;
};

/**
 * Reads the boot code in the first MiB of a disk, as regions in rising order: the first 440 bytes of
 * sector 0, then whole sectors. What is zero is left out; a disk without a table has none.
 *
 * @throws NacreError DISK_IO, DISK_VANISHED
 */
export const readBootCode = async (
  disk: OpenDisk,
  table: PartitionTable,
): Promise<readonly BootRegion[]> => {
  if (table.type === 'none') return [];
  const { sectorSize } = disk;
  const area = await fromNative(disk.device.read(0, areaEnd(disk, table) * sectorSize));
  const code = area.subarray(0, BOOT_CODE_BYTES);
  const gap = runsOf(bootSectors(area, table, sectorSize)).map(({ first, end }) => ({
    offset: first * sectorSize,
    bytes: area.subarray(first * sectorSize, end * sectorSize),
  }));
  return isZero(code) ? gap : [{ offset: 0, bytes: code }, ...gap];
};

/** How boot code gets on a disk: the gap by steps of its own, sector 0 together with the table. */
export interface BootCodeWrites {
  /** For `planTable`: the 440 bytes of sector 0, zero where the image has none. */
  readonly bootCode: Uint8Array;
  /** To be applied before the table's steps. */
  readonly steps: readonly NativeWriteStep[];
}

/**
 * Turns captured regions into writes. Regions come from `readBootCode` or a parsed manifest. What the disk
 * has in the gap and the image has not (`found`) becomes zero, so that the disk ends like the captured one.
 */
export const bootCodeWrites = (
  regions: readonly BootRegion[],
  found: readonly BootRegion[] = [],
): BootCodeWrites => {
  const bootCode = Buffer.alloc(BOOT_CODE_BYTES);
  for (const region of regions) if (region.offset === 0) bootCode.set(region.bytes);
  const gap = regions.filter((region) => region.offset !== 0);
  const writes = [
    ...staleParts(found, gap).map((part) => ({ ...part, what: 'old boot code' })),
    ...gap.map((region) => ({ ...region, what: 'boot code' })),
  ];
  const steps = writes.map(({ offset, bytes, what }, index) => ({
    offset,
    bytes: Buffer.from(bytes),
    flushAfter: index === writes.length - 1,
    onlyOverGptHeader: false,
    what,
  }));
  return { bootCode, steps };
};

/** Parts of the found regions behind sector 0 that no wanted region covers, as zeros. */
const staleParts = (
  found: readonly BootRegion[],
  wanted: readonly BootRegion[],
): readonly BootRegion[] =>
  found
    .filter(({ offset }) => offset !== 0)
    .flatMap(({ offset, bytes }) => {
      let parts = [{ start: offset, end: offset + bytes.length }];
      for (const region of wanted) {
        const end = region.offset + region.bytes.length;
        parts = parts.flatMap((part) => [
          { start: part.start, end: Math.min(part.end, region.offset) },
          { start: Math.max(part.start, end), end: part.end },
        ]);
        parts = parts.filter((part) => part.start < part.end);
      }
      return parts.map(({ start, end }) => ({ offset: start, bytes: Buffer.alloc(end - start) }));
    });
