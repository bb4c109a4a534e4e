/** Finds partitions: what starts a device by its label, since layouts differ and other programs renumber; others by number. */
import { parseFatLabel } from '../codec/fat-label.ts';
import { NacreError } from '../errors.ts';
import type { OpenDisk } from './device.ts';
import type { VolumeWindow } from './fat.ts';
import { fromNative } from './native.ts';
import { type PartitionEntry, readTable } from './partition-table.ts';

/** Where a partition lies, and its number in the table. */
export interface FoundPartition extends VolumeWindow {
  readonly number: number;
}

const windowOf = (entry: PartitionEntry, sectorSize: number): FoundPartition => ({
  number: entry.number,
  startBytes: entry.firstLba * sectorSize,
  sizeBytes: (entry.lastLba - entry.firstLba + 1) * sectorSize,
});

/**
 * The one partition whose FAT volume has the label.
 *
 * @throws NacreError BOOT_PARTITION_NOT_FOUND when there is none, or more than one: which is meant is not guessed
 */
export const findLabelledPartition = async (
  disk: OpenDisk,
  label: string,
): Promise<FoundPartition> => {
  const { table } = await readTable(disk);
  const found: FoundPartition[] = [];
  for (const entry of table.entries) {
    const window = windowOf(entry, disk.sectorSize);
    if (window.startBytes + window.sizeBytes > disk.info.sizeBytes) continue;
    const sector = await fromNative(disk.device.read(window.startBytes, disk.sectorSize));
    if (parseFatLabel(sector) === label) found.push(window);
  }
  const [partition] = found;
  if (partition !== undefined && found.length === 1) return partition;
  const { path } = disk.info;
  throw new NacreError('BOOT_PARTITION_NOT_FOUND', { path, label, count: found.length });
};

/** A partition by its number. @throws NacreError DISK_NO_PARTITION */
export const findPartition = async (disk: OpenDisk, number: number): Promise<FoundPartition> => {
  const { entries } = (await readTable(disk)).table;
  const found = entries.find((entry) => entry.number === number);
  if (found !== undefined) return windowOf(found, disk.sectorSize);
  const present = entries.map((entry) => entry.number).join(', ') || 'none';
  throw new NacreError('DISK_NO_PARTITION', { path: disk.info.path, number, present });
};
