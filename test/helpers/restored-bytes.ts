/** What lies on a disk against the volume that its image was made of, byte for byte. */
import { type OpenDisk, openForRead } from '../../src/disk/device.ts';
import { type FoundPartition, findPartition } from '../../src/disk/labelled-partition.ts';
import { fromNative, native } from '../../src/disk/native.ts';
import { readTable } from '../../src/disk/partition-table.ts';

const BLOCK = 4096;

/** The partition whose volume has the label. */
const findVolume = async (disk: OpenDisk, label: string): Promise<FoundPartition> => {
  for (const { number } of (await readTable(disk)).table.entries) {
    const found = await findPartition(disk, number);
    const { startBytes, sizeBytes } = found;
    const probed = await fromNative(native.probeFileSystem(disk.device, startBytes, sizeBytes));
    if (probed.label === label) return found;
  }
  throw new Error(`${disk.info.path} has no volume ${label}`);
};

export interface Difference {
  /** Used blocks of 4 KiB in the original. */
  readonly used: number;
  /** Numbers of those that are other ones on the copy, from the start of the volume. */
  readonly differing: readonly number[];
}

/** Compares every used block of a volume of the disk file `original` with the volume of that label on `copy`. */
export const compareVolumes = async (
  original: string,
  copy: string,
  label: string,
): Promise<Difference> => {
  using from = await openForRead(original);
  using to = await openForRead(copy);
  const [source, target] = [await findVolume(from, label), await findVolume(to, label)];
  const { startBytes, sizeBytes } = source;
  const { type } = await fromNative(native.probeFileSystem(from.device, startBytes, sizeBytes));
  const extents = await fromNative(native.usedExtents(from.device, startBytes, sizeBytes, type));
  const differing: number[] = [];
  let used = 0;
  for (const { offset, length } of extents) {
    for (let at = offset; at < offset + length; at += BLOCK) {
      const size = Math.min(BLOCK, offset + length - at);
      const before = await fromNative(from.device.read(startBytes + at, size));
      const after = await fromNative(to.device.read(target.startBytes + at, size));
      used++;
      if (!before.equals(after)) differing.push(at / BLOCK);
    }
  }
  return { used, differing };
};
