/** Puts the partitions of an image beside their places on a disk, in the form that the addon works on. */
import type { Manifest, ManifestPartition } from '../codec/manifest.ts';
import type { NativeImagePartition } from '../disk/native.ts';
import { NacreError } from '../errors.ts';
import { placedFields } from './boot-fields.ts';

/** A partition of an image and the bytes of the disk that it goes to. */
export interface PlacedPartition {
  readonly partition: ManifestPartition;
  /** Number on the target disk. */
  readonly targetNumber: number;
  readonly startBytes: number;
  /** Room on the target, at least what the partition needs. */
  readonly sizeBytes: number;
}

/** `--partition N[=M]`: partition N of the image goes to partition M of the disk. */
export interface PartitionChoice {
  readonly from: number;
  readonly to: number;
}

/** The image's partition with this number. @throws NacreError IMAGE_NO_PARTITION */
export const partitionOf = (manifest: Manifest, number: number): ManifestPartition => {
  const found = manifest.partitions.find((partition) => partition.number === number);
  if (found !== undefined) return found;
  const present = manifest.partitions.map((partition) => partition.number).join(', ') || 'none';
  throw new NacreError('IMAGE_NO_PARTITION', { image: manifest.name, number, present });
};

/** Every partition at the place where it was captured. */
export const placeAsCaptured = (manifest: Manifest): readonly PlacedPartition[] =>
  manifest.partitions.map((partition) => ({
    partition,
    targetNumber: partition.number,
    startBytes: partition.startBytes,
    sizeBytes: partition.sizeBytes,
  }));

/** A place on the target disk. */
export interface TargetPlace {
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/**
 * The chosen partitions at the places that the disk's own table gives.
 *
 * @throws NacreError IMAGE_NO_PARTITION, DISK_NO_PARTITION, DISK_PARTITION_TOO_SMALL
 */
export const placeChosen = (
  manifest: Manifest,
  choices: readonly PartitionChoice[],
  disk: { readonly path: string; readonly places: readonly TargetPlace[] },
): readonly PlacedPartition[] =>
  choices.map(({ from, to }) => {
    const partition = partitionOf(manifest, from);
    const place = disk.places.find((candidate) => candidate.number === to);
    if (place === undefined) {
      const present = disk.places.map((candidate) => candidate.number).join(', ') || 'none';
      throw new NacreError('DISK_NO_PARTITION', { path: disk.path, number: to, present });
    }
    requireRoom(partition, place, disk.path);
    const { startBytes, sizeBytes } = place;
    return { partition, targetNumber: to, startBytes, sizeBytes };
  });

/** @throws NacreError DISK_PARTITION_TOO_SMALL */
export const requireRoom = (
  partition: ManifestPartition,
  place: TargetPlace,
  path: string,
): void => {
  if (place.sizeBytes >= partition.minimumBytes) return;
  throw new NacreError('DISK_PARTITION_TOO_SMALL', {
    path,
    number: place.number,
    sizeBytes: place.sizeBytes,
    neededBytes: partition.minimumBytes,
  });
};

/** Input of apply and compare. */
export const nativePartitions = (
  placed: readonly PlacedPartition[],
  sectorSize: number,
): readonly NativeImagePartition[] =>
  placed.map(({ partition, startBytes, sizeBytes }) => ({
    offset: startBytes,
    // A smaller target still holds every used block (`minimumBytes`), so nothing is cut off here.
    size: Math.min(partition.sizeBytes, sizeBytes),
    runs: partition.runs,
    masks: partition.masks,
    digests: partition.digests,
    fields: placedFields(partition.positionalFields, {
      capturedStartBytes: partition.startBytes,
      startBytes,
      sectorSize,
    }),
  }));
