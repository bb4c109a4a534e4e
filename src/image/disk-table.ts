/** The partition table of an image, and what `--grow` makes of it on a larger disk. */
import type { DiskEntry, DiskIdentity } from '../codec/manifest-text.ts';
import type { OpenDisk } from '../disk/device.ts';
import { canGrow } from '../disk/grow.ts';
import type { NativeFileSystem } from '../disk/native.ts';
import { neededBytes, type PartitionTable } from '../disk/partition-table.ts';
import type { PlacedPartition } from './placement.ts';

/** The table that a captured disk had. */
export const tableOf = (disk: DiskIdentity): PartitionTable => {
  switch (disk.table) {
    case 'none':
      return { type: 'none', entries: [] };
    case 'mbr':
      return { type: 'mbr', signature: disk.signature, entries: disk.entries };
    case 'gpt': {
      const { guid, entryCount, entries, entriesLba, protectiveActive } = disk;
      return { type: 'gpt', guid, entryCount, entries, entriesLba, protectiveActive };
    }
  }
};

/** A table with its last partition enlarged, and the volume that has to follow. */
export interface GrownTable {
  readonly table: PartitionTable;
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly fileSystem: NativeFileSystem['type'];
}

const ALIGNMENT_BYTES = 2 ** 20;
const MBR_LAST_LBA = 2 ** 32 - 1;

/** Last sector that a partition of this table may take on the disk, on a 1 MiB boundary. */
const lastUsableLba = (table: PartitionTable, disk: OpenDisk): number => {
  const last = Math.max(...table.entries.map((entry) => entry.lastLba));
  const tailBytes = neededBytes(table, disk.sectorSize) - (last + 1) * disk.sectorSize;
  const end = Math.floor((disk.info.sizeBytes - tailBytes) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const lba = end / disk.sectorSize - 1;
  return table.type === 'mbr' ? Math.min(lba, MBR_LAST_LBA) : lba;
};

const isExtended = (entry: DiskEntry | PartitionTable['entries'][number]): boolean =>
  'kind' in entry && entry.kind === 'extended';

const withLastLba = (
  table: PartitionTable,
  grows: (entry: PartitionTable['entries'][number]) => boolean,
  lastLba: number,
): PartitionTable => {
  if (table.type === 'none') return table;
  if (table.type === 'mbr') {
    const entries = table.entries.map((entry) => (grows(entry) ? { ...entry, lastLba } : entry));
    return { ...table, entries };
  }
  const entries = table.entries.map((entry) => (grows(entry) ? { ...entry, lastLba } : entry));
  return { ...table, entries };
};

/**
 * Enlarges the last partition of the disk to its end, when its file system can grow; a logical one takes
 * its extended partition along.
 *
 * @returns undefined when the last partition cannot grow, or there is no room
 */
export const growTable = (
  table: PartitionTable,
  placed: readonly PlacedPartition[],
  disk: OpenDisk,
): GrownTable | undefined => {
  const last = table.entries
    .filter((entry) => !isExtended(entry))
    .toSorted((left, right) => right.firstLba - left.firstLba)[0];
  if (last === undefined) return undefined;
  const lastLba = lastUsableLba(table, disk);
  // Something may still follow, such as an extended partition without logical ones.
  if (table.entries.some((entry) => entry.firstLba > last.lastLba)) return undefined;
  const fileSystem = placed.find((place) => place.targetNumber === last.number)?.partition
    .fileSystem as NativeFileSystem['type'] | undefined;
  if (fileSystem === undefined || !canGrow(fileSystem) || lastLba <= last.lastLba) return undefined;
  const isLogical = 'kind' in last && last.kind === 'logical';
  return {
    table: withLastLba(
      table,
      (entry) => entry.number === last.number || (isLogical && isExtended(entry)),
      lastLba,
    ),
    number: last.number,
    startBytes: last.firstLba * disk.sectorSize,
    sizeBytes: (lastLba - last.firstLba + 1) * disk.sectorSize,
    fileSystem,
  };
};
