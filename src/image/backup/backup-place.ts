/** Finds the backup partition of a disk by what it is, never by its number alone. */
import { type DeviceInfo, type OpenDisk, openForRead } from '../../disk/device.ts';
import { fromNative, type NativeFileSystem, native } from '../../disk/native.ts';
import { nodeOf, type PartitionNode } from '../../disk/partition-node.ts';
import { readTable } from '../../disk/partition-table.ts';
import { NacreError } from '../../errors.ts';
import { type PartitionPlace, partitionPlaces } from '../disk-partitions.ts';
import { BACKUP_LABEL } from '../layout/layout-names.ts';

export interface BackupChoice {
  /** Block device or image file. */
  readonly path: string;
  /** Number of the partition; default: the FAT32 volume with the label of backup partitions. */
  readonly partition?: number | undefined;
  /** Sector size of an image file. */
  readonly sectorSize?: number | undefined;
}

/** A backup partition on its disk. */
export interface BackupPlace extends PartitionNode {
  /** The disk, as it was named. */
  readonly disk: DeviceInfo;
  readonly sectorSize: number;
  readonly number: number;
  /** For people: disk and partition. */
  readonly location: string;
}

const probe = (disk: OpenDisk, place: PartitionPlace): Promise<NativeFileSystem> =>
  fromNative(native.probeFileSystem(disk.device, place.startBytes, place.sizeBytes));

const chosenPlace = async (
  disk: OpenDisk,
  places: readonly PartitionPlace[],
  number: number,
): Promise<PartitionPlace> => {
  const { path } = disk.info;
  const place = places.find((one) => one.number === number);
  if (place === undefined) {
    const present = places.map((one) => one.number).join(', ') || 'none';
    throw new NacreError('DISK_NO_PARTITION', { path, number, present });
  }
  const { type } = await probe(disk, place);
  if (type === 'fat32') return place;
  throw new NacreError('BACKUP_NOT_FAT32', { path, number, found: type });
};

const labelledPlace = async (
  disk: OpenDisk,
  places: readonly PartitionPlace[],
): Promise<PartitionPlace> => {
  const found: PartitionPlace[] = [];
  for (const place of places) {
    const { type, label } = await probe(disk, place);
    if (type === 'fat32' && label === BACKUP_LABEL) found.push(place);
  }
  const { path } = disk.info;
  const [only] = found;
  if (only === undefined) throw new NacreError('BACKUP_NOT_FOUND', { path, label: BACKUP_LABEL });
  if (found.length === 1) return only;
  const numbers = found.map(({ number }) => number).join(', ');
  throw new NacreError('BACKUP_SEVERAL', { path, label: BACKUP_LABEL, numbers });
};

/**
 * The backup partition of a disk, which may be in use meanwhile.
 *
 * @throws NacreError BACKUP_NOT_FOUND, BACKUP_SEVERAL, DISK_NO_PARTITION, BACKUP_NOT_FAT32; DISK_…
 */
export const findBackup = async (choice: BackupChoice): Promise<BackupPlace> => {
  const options = { sectorSize: choice.sectorSize, allowInUse: true };
  using disk = await openForRead(choice.path, options);
  const { info, sectorSize } = disk;
  const { table } = await readTable(disk, { allowDamaged: true });
  const places = partitionPlaces(disk, table).filter(
    ({ startBytes, sizeBytes }) => startBytes + sizeBytes <= info.sizeBytes,
  );
  const found =
    choice.partition === undefined
      ? await labelledPlace(disk, places)
      : await chosenPlace(disk, places, choice.partition);
  const { number } = found;
  const location = number === 0 ? info.path : `${info.path} partition ${number}`;
  return { disk: info, sectorSize, number, location, ...nodeOf(info, found) };
};
