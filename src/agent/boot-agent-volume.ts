/** The boot agent volume of a disk that may be in use: on a running device it is opened through the partition's own node. */
import { BOOT_AGENT_LABEL } from '../disk/boot-places.ts';
import { openForRead, openForWrite } from '../disk/device.ts';
import { FatVolume } from '../disk/fat.ts';
import { findLabelledPartition } from '../disk/labelled-partition.ts';
import { nodeOf } from '../disk/partition-node.ts';

export interface DeviceChoice {
  /** The whole disk, which may be in use, or an image file of one. */
  readonly path: string;
  /** Sector size of an image file. */
  readonly sectorSize?: number | undefined;
}

const placeOfBootAgent = async ({ path, sectorSize }: DeviceChoice) => {
  using disk = await openForRead(path, { sectorSize, allowInUse: true });
  const place = nodeOf(disk.info, await findLabelledPartition(disk, BOOT_AGENT_LABEL));
  return { ...place, sectorSize: disk.info.kind === 'file' ? disk.sectorSize : undefined };
};

/** Opens it to change it; not while it is mounted. @throws NacreError BOOT_PARTITION_NOT_FOUND, DISK_IN_USE */
export const changeBootAgent = async <Result>(
  choice: DeviceChoice,
  work: (volume: FatVolume) => Promise<Result>,
): Promise<Result> => {
  const { path, window, sectorSize } = await placeOfBootAgent(choice);
  using disk = await openForWrite(path, { sectorSize });
  using volume = await FatVolume.open(disk, window);
  const result = await work(volume);
  await volume.finish();
  return result;
};

/** Opens it to look, also while it is in use. @throws NacreError BOOT_PARTITION_NOT_FOUND */
export const readBootAgent = async <Result>(
  choice: DeviceChoice,
  work: (volume: FatVolume) => Promise<Result>,
): Promise<Result> => {
  const { path, window, sectorSize } = await placeOfBootAgent(choice);
  using disk = await openForRead(path, { sectorSize, allowInUse: true });
  using volume = await FatVolume.open(disk, window);
  return await work(volume);
};
