/**
 * A disk whose image was changed on it, as it is sent: the partitions of the version that lies under the changes, where this disk has them,
 * in the manifest at their places in that version. What else stands in the manifest is that of the version, so that the new one goes
 * wherever the old one went.
 */
import { type DeviceLayout, parseDeviceLayout } from '../../codec/device-layout.ts';
import { CHUNK_BYTES } from '../../codec/image-limits.ts';
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import { BOOT_AGENT_FILES, BOOT_AGENT_LABEL } from '../../disk/boot-places.ts';
import type { OpenDisk } from '../../disk/device.ts';
import { FatVolume } from '../../disk/fat.ts';
import { findLabelledPartition } from '../../disk/labelled-partition.ts';
import { fromNative, type NativeCaptureResult, native } from '../../disk/native.ts';
import { readTable } from '../../disk/partition-table.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { type CaptureSource, contentOf, readPartition } from '../capture-source.ts';
import { type PartitionPlace, partitionPlaces } from '../disk-partitions.ts';
import { asPlacedBefore } from './base-fields.ts';
import type { Sending } from './upload-capture.ts';
import type { UploadBegin, UploadTarget } from './upload-target.ts';

/** A partition of the version, and where this disk has it. */
interface Match {
  readonly base: ManifestPartition;
  readonly place: PartitionPlace;
}

const otherDisk = (path: string, reason: string): NacreError =>
  new NacreError('UPDATE_DISK_OTHER', { path, reason });

/** What a device with a boot agent says of its layout; undefined for another disk. */
const layoutOf = async (disk: OpenDisk): Promise<DeviceLayout | undefined> => {
  try {
    const window = await findLabelledPartition(disk, BOOT_AGENT_LABEL);
    using volume = await FatVolume.open(disk, window);
    return parseDeviceLayout(await volume.read(BOOT_AGENT_FILES.device));
  } catch (reason) {
    if (isNacreError(reason, 'BOOT_PARTITION_NOT_FOUND')) return undefined;
    throw reason;
  }
};

/** A device with a layout has one partition of the image, at a place of its own. */
const matchLayout = (
  disk: OpenDisk,
  { osPartition, imagePartition }: DeviceLayout,
  base: Manifest,
  places: readonly PartitionPlace[],
): readonly Match[] => {
  const { path } = disk.info;
  const own = base.partitions.find(({ number }) => number === imagePartition);
  if (own === undefined) throw otherDisk(path, `the image has no partition ${imagePartition}`);
  const place = places.find(({ number }) => number === osPartition);
  if (place === undefined) throw otherDisk(path, `it has no partition ${osPartition}`);
  return [{ base: own, place }];
};

/** A disk that was restored whole has every partition where the image has it. */
const matchWhole = (
  disk: OpenDisk,
  base: Manifest,
  places: readonly PartitionPlace[],
): readonly Match[] =>
  base.partitions.map((partition) => {
    const { number, startBytes, sizeBytes } = partition;
    const place = places.find((one) => one.number === number);
    if (place?.startBytes === startBytes && place.sizeBytes >= sizeBytes)
      return { base: partition, place };
    const found = place === undefined ? 'is missing' : `begins at ${place.startBytes}`;
    const needed = `begins at ${startBytes} and has ${sizeBytes} bytes`;
    throw otherDisk(disk.info.path, `partition ${number} ${found}; that of the image ${needed}`);
  });

/** @throws NacreError UPDATE_DISK_OTHER for a volume that is larger than the partition of the image */
const requireFit = async (disk: OpenDisk, { base, place }: Match): Promise<void> => {
  const { startBytes, sizeBytes, number } = place;
  const { volumeBytes } = await fromNative(
    native.probeFileSystem(disk.device, startBytes, sizeBytes),
  );
  // The last chunk of the smaller one would be read as whole in the larger.
  const isCut = sizeBytes < base.sizeBytes && sizeBytes % CHUNK_BYTES !== 0;
  if (volumeBytes <= base.sizeBytes && !isCut) return;
  const reason = `the file system of partition ${number} has ${volumeBytes} of ${sizeBytes} bytes, the partition of the image ${base.sizeBytes}`;
  throw otherDisk(disk.info.path, reason);
};

const changed = async (
  match: Match,
  captured: ManifestPartition,
  options: {
    readonly disk: OpenDisk;
    readonly target: UploadTarget;
    readonly begin: UploadBegin;
  },
): Promise<ManifestPartition> => {
  const { number, role, startBytes, sizeBytes } = match.base;
  const place = { number, role, startBytes, sizeBytes };
  const records = await asPlacedBefore(match, captured, options);
  return { ...captured, ...records, ...place };
};

/**
 * Looks how the disk holds the image.
 *
 * @throws NacreError UPDATE_DISK_OTHER when it does not, or not so that it can be sent; IMAGE_SOURCE_…, DISK_…
 */
export const readUpdateSource = async (
  disk: OpenDisk,
  base: Manifest,
  target: UploadTarget,
): Promise<Sending> => {
  const { table } = await readTable(disk);
  if (disk.sectorSize !== base.disk.sectorSize)
    throw otherDisk(
      disk.info.path,
      `its sectors have ${disk.sectorSize} bytes, those of the image ${base.disk.sectorSize}`,
    );
  const places = partitionPlaces(disk, table);
  const layout = await layoutOf(disk);
  const matches =
    layout === undefined ? matchWhole(disk, base, places) : matchLayout(disk, layout, base, places);
  const partitions: CaptureSource['partitions'][number][] = [];
  for (const match of matches) {
    await requireFit(disk, match);
    const sizeBytes = Math.min(match.base.sizeBytes, match.place.sizeBytes);
    partitions.push(await readPartition(disk, { ...match.place, sizeBytes }));
  }
  const source: CaptureSource = { disk, table, bootRegions: base.bootRegions, partitions };
  const content = async (result: NativeCaptureResult, begin: UploadBegin) => {
    const { partitions: captured } = contentOf(source, result);
    const fresh = new Map<number, ManifestPartition>();
    for (const [index, match] of matches.entries()) {
      const own = captured[index];
      if (own === undefined) throw new TypeError('a partition got lost');
      fresh.set(match.base.number, await changed(match, own, { disk, target, begin }));
    }
    return {
      disk: base.disk,
      bootRegions: base.bootRegions,
      partitions: base.partitions.map((one) => fresh.get(one.number) ?? one),
    };
  };
  return { source, sizeBytes: base.disk.sizeBytes, contentOf: content };
};
