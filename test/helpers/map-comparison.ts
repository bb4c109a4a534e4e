/**
 * Every used-block map against the file system's own tool, block by block, on aged volumes.
 *
 * Where 4 KiB blocks are coarser than clusters, a block is used when any part of it is. NTFS has its tail up
 * to the backup boot sector, FAT and exFAT everything before their clusters, XFS the blocks of the AGs' free
 * lists. Under these rules the maps are equal.
 */
import { statSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { blockMap, differences, shape } from './used-map.ts';
import { type Extent, probe, usedExtents } from './volume.ts';

/** Fails unless the volume is clean and its map is `expected`; `isAged` asks that it be nearly full and in pieces. */
export const expectMap = async (
  t: ExecutionContext,
  image: string,
  expected: readonly Extent[],
  isAged = true,
): Promise<void> => {
  const { type, state, reason, usedBytes } = await probe(image);
  t.is(`${state} ${reason}`, 'clean ');
  const size = statSync(image).size;
  const extents = await usedExtents(image, type);
  const found = blockMap(size, extents);
  t.deepEqual(differences(found, blockMap(size, expected)), []);
  t.is(
    usedBytes,
    extents.reduce((sum, { length }) => sum + length, 0),
  );
  const { fullness, pieces } = shape(found);
  t.log(`${type}: ${Math.round(fullness * 100)} % full, ${pieces} used extents`);
  if (isAged) t.true(fullness > 0.7 && pieces > 15, 'the volume is neither full nor in pieces');
};
