import { type FileHandle, open } from 'node:fs/promises';
import { Noise } from './noise.ts';
import { Random } from './random.ts';

const BLOCK = 4096;
const MIB = 1 << 20;

/** Makes a disk file of `sizeBytes` whose first `noiseBytes` are noise and whose rest is a hole. */
export const makeNoiseDisk = async (
  file: string,
  sizeBytes: number,
  noiseBytes: number,
): Promise<void> => {
  const noise = new Noise('disk');
  await using disk = await open(file, 'w');
  await disk.truncate(sizeBytes);
  for (let offset = 0; offset < noiseBytes; offset += MIB)
    await disk.write(noise.bytes(Math.min(MIB, noiseBytes - offset)), 0, undefined, offset);
  await disk.sync();
};

const blockAt = async (disk: FileHandle, offset: number): Promise<Buffer> => {
  const block = Buffer.alloc(BLOCK);
  await disk.read(block, 0, BLOCK, offset);
  return block;
};

/**
 * Overwrites `count` used blocks of 4 KiB with noise, the same ones for the same seed; resolves to their offsets.
 * A block is used when the restored disk, which was full of noise before, now holds there what `source` holds and
 * that is not zero: no knowledge of file systems is needed. The first MiB is left alone.
 */
export const damageUsedBlocks = async (
  file: string,
  source: string,
  count: number,
  seed: number,
): Promise<readonly number[]> => {
  const random = new Random(seed);
  const noise = new Noise(`damage ${seed}`);
  const damaged = new Set<number>();
  await using disk = await open(file, 'r+');
  await using original = await open(source, 'r');
  const blocks = (await original.stat()).size / BLOCK;
  while (damaged.size < count) {
    const offset = (MIB / BLOCK + random.below(blocks - MIB / BLOCK)) * BLOCK;
    const block = await blockAt(disk, offset);
    const isUsed =
      block.some((byte) => byte !== 0) && block.equals(await blockAt(original, offset));
    if (!isUsed || damaged.has(offset)) continue;
    await disk.write(noise.bytes(BLOCK), 0, BLOCK, offset);
    damaged.add(offset);
  }
  await disk.sync();
  return [...damaged];
};

/** Overwrites the boot code of sector 0 and the first entry of its partition table with noise. */
export const wreckFirstSector = async (file: string): Promise<void> => {
  const noise = new Noise('first sector');
  await using disk = await open(file, 'r+');
  await disk.write(noise.bytes(440), 0, 440, 0);
  await disk.write(noise.bytes(16), 0, 16, 446);
  await disk.sync();
};
