/**
 * A partition's own device node. The kernel caches a disk and its partitions apart, and may not give the whole disk away
 * while another partition is mounted: on a running device a partition is written through its own node.
 */
import type { DeviceInfo } from './device.ts';
import type { VolumeWindow } from './fat.ts';
import type { FoundPartition } from './labelled-partition.ts';

/** What to open, and where the partition lies in it. */
export interface PartitionNode {
  readonly path: string;
  readonly window: VolumeWindow;
}

/** The node where there is one; else the disk itself, as for image files. */
export const nodeOf = (
  { path, partitions }: DeviceInfo,
  { number, startBytes, sizeBytes }: FoundPartition,
): PartitionNode => {
  const node = partitions.find((own) => own.number === number && own.offset === startBytes);
  if (node === undefined) return { path, window: { startBytes, sizeBytes } };
  return { path: node.path, window: { startBytes: 0, sizeBytes: node.size } };
};
