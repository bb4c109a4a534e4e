/** Keeps a restore from writing over what it reads from: a backup partition of the same disk. */
import { type DeviceInfo, inspectDisk, type OpenDisk } from '../disk/device.ts';
import type { VolumeWindow } from '../disk/fat.ts';
import type { PartitionTable } from '../disk/partition-table.ts';
import { NacreError } from '../errors.ts';
import type { PlacedPartition } from './placement.ts';
import type { DiskPlace, ImageSource } from './store/image-source.ts';

/** Where bytes of a disk or of a partition's node lie on the whole disk. */
export const placeOnWholeDisk = async (
  info: DeviceInfo,
  { startBytes, sizeBytes }: VolumeWindow,
): Promise<DiskPlace> => {
  const { identity, diskPath, partitionNumber } = info;
  if (info.kind !== 'partition' || diskPath === undefined)
    return { identity, startBytes, sizeBytes };
  const whole = await inspectDisk(diskPath);
  const own = whole.partitions.find(({ number }) => number === partitionNumber);
  return { identity: whole.identity, startBytes: (own?.offset ?? 0) + startBytes, sizeBytes };
};

const overlaps = (left: DiskPlace, right: DiskPlace): boolean =>
  left.identity === right.identity &&
  left.startBytes < right.startBytes + right.sizeBytes &&
  right.startBytes < left.startBytes + left.sizeBytes;

const hasEntryAt = (table: PartitionTable, place: DiskPlace, sectorSize: number): boolean =>
  table.entries.some(
    ({ firstLba, lastLba }) =>
      firstLba * sectorSize === place.startBytes &&
      (lastLba - firstLba + 1) * sectorSize === place.sizeBytes,
  );

/** What a restore would write: partitions, and a table or none. */
interface Writes {
  readonly placed: readonly PlacedPartition[];
  readonly table: PartitionTable | undefined;
}

/**
 * Refuses a restore whose source lies where it writes, or would lose its entry in the table.
 * @throws NacreError BACKUP_OVERWRITES_ITSELF
 */
export const requireSourceSpared = async (
  disk: OpenDisk,
  { diskPlace, location }: ImageSource,
  { placed, table }: Writes,
): Promise<void> => {
  if (diskPlace === undefined) return;
  const refused = new NacreError('BACKUP_OVERWRITES_ITSELF', { path: disk.info.path, location });
  for (const place of placed) {
    if (overlaps(await placeOnWholeDisk(disk.info, place), diskPlace)) throw refused;
  }
  const isSameDisk = disk.info.identity === diskPlace.identity;
  if (!isSameDisk || table === undefined) return;
  if (!hasEntryAt(table, diskPlace, disk.sectorSize)) throw refused;
};
