/** What goes when a partition is written over, in words for a plan. */
import type { OpenDisk } from '../disk/device.ts';
import { fromNative } from '../disk/native.ts';
import type { DiskPartition, PartitionPlace } from './disk-partitions.ts';

const EDGE_BYTES = 2 ** 20;

/** True when the first and the last MiB of a place are zero: a new or wiped disk. */
const isBlank = async (disk: OpenDisk, place: PartitionPlace): Promise<boolean> => {
  const length = Math.min(EDGE_BYTES, place.sizeBytes);
  if (place.startBytes + place.sizeBytes > disk.info.sizeBytes) return false;
  for (const offset of [0, place.sizeBytes - length]) {
    const bytes = await fromNative(disk.device.read(place.startBytes + offset, length));
    if (!bytes.equals(Buffer.alloc(length))) return false;
  }
  return true;
};

const contentOf = async (disk: OpenDisk, partition: DiskPartition): Promise<string> => {
  const { fileSystem, usedBytes } = partition;
  if (fileSystem !== 'raw') return `${fileSystem}, ${usedBytes} bytes used`;
  const isEmpty = await isBlank(disk, partition);
  return isEmpty ? 'empty: it begins and ends with zeros' : 'unknown content';
};

/** One phrase for each partition, with its content as far as it is known. */
export const describeLost = async (
  disk: OpenDisk,
  partitions: readonly DiskPartition[],
): Promise<readonly string[]> => {
  const lost: string[] = [];
  for (const partition of partitions) {
    const { number, name } = partition;
    const title = name === '' ? '' : ` "${name}"`;
    const place = number === 0 ? 'the whole disk' : `partition ${number}`;
    lost.push(`${place}${title} (${await contentOf(disk, partition)})`);
  }
  return lost;
};
