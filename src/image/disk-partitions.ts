/** Partitions as people and JSON see them (cli.md: PARTITION). */
import type { OpenDisk } from '../disk/device.ts';
import { fromNative, native } from '../disk/native.ts';
import { partitionRole } from '../disk/partition-role.ts';
import type { PartitionTable } from '../disk/partition-table.ts';
import type { PlacedPartition } from './placement.ts';

/** PARTITION of cli.md. */
export interface DiskPartition {
  /** 0 for a volume on the bare disk. */
  readonly number: number;
  readonly role: string;
  /** Name in the table, else the volume's label. */
  readonly name: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** `raw` where none is recognised. */
  readonly fileSystem: string;
  readonly usedBytes: number;
}

/** A partition of a table without what is in it. */
export type PartitionPlace = Pick<
  DiskPartition,
  'number' | 'role' | 'name' | 'startBytes' | 'sizeBytes'
>;

/** The places that can hold a volume, in disk order; the whole disk as number 0 without a table. */
export const partitionPlaces = (
  disk: OpenDisk,
  table: PartitionTable,
): readonly PartitionPlace[] => {
  if (table.type === 'none') {
    const { sizeBytes } = disk.info;
    return [{ number: 0, role: 'volume', name: '', startBytes: 0, sizeBytes }];
  }
  return table.entries
    .filter((entry) => !('kind' in entry && entry.kind === 'extended'))
    .map((entry) => ({
      number: entry.number,
      role: partitionRole(entry),
      name: 'name' in entry ? entry.name : '',
      startBytes: entry.firstLba * disk.sectorSize,
      sizeBytes: (entry.lastLba - entry.firstLba + 1) * disk.sectorSize,
    }))
    .toSorted((left, right) => left.startBytes - right.startBytes);
};

/** Looks into every partition of a disk. A place that reaches beyond the disk is reported as `raw`. */
export const describePartitions = async (
  disk: OpenDisk,
  table: PartitionTable,
): Promise<readonly DiskPartition[]> => {
  const described: DiskPartition[] = [];
  for (const place of partitionPlaces(disk, table)) {
    const isInside = place.startBytes + place.sizeBytes <= disk.info.sizeBytes;
    const found = isInside
      ? await fromNative(native.probeFileSystem(disk.device, place.startBytes, place.sizeBytes))
      : { type: 'raw', usedBytes: 0, label: '' };
    described.push({
      ...place,
      name: place.name === '' ? found.label : place.name,
      fileSystem: found.type,
      usedBytes: found.usedBytes,
    });
  }
  return described;
};

/** The partitions of an image at their places on a target. */
export const imagePartitions = (placed: readonly PlacedPartition[]): readonly DiskPartition[] =>
  placed.map(({ partition, targetNumber, startBytes, sizeBytes }) => ({
    number: targetNumber,
    role: partition.role,
    name: partition.label,
    startBytes,
    sizeBytes,
    fileSystem: partition.fileSystem,
    usedBytes: partition.usedBytes,
  }));
