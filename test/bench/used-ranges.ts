/** The independent check after each restore: used ranges by partclone's own map, compared byte for byte. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import fs from 'fs-extra';
import { runTool } from '../../src/disk/tool.ts';

const PIECE = 4 << 20;

/** Bytes `offset` to `offset + length - 1` of a volume. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Used ranges of an NTFS volume as `partclone.ntfs --domain` (a ddrescue map) names them. */
export const usedRanges = async (image: string): Promise<readonly Range[]> => {
  const folder = await fs.mkdtemp(`${image}.map.`);
  try {
    const map = path.join(folder, 'map');
    const log = path.join(folder, 'log');
    await runTool('partclone.ntfs', ['-D', '-q', '-L', log, '-s', image, '-o', map]);
    const lines = (await fs.readFile(map, 'utf8')).split('\n');
    return lines
      .map((line) => /^(0x[\dA-Fa-f]+)\s+(0x[\dA-Fa-f]+)\s+\+$/.exec(line.trim()))
      .filter((match) => match !== null)
      .map(([, offset, length]) => ({ offset: Number(offset), length: Number(length) }));
  } finally {
    await fs.remove(folder);
  }
};

/** Sum of the ranges' lengths. */
export const lengthOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, { length }) => sum + length, 0);

/** @throws Error naming the first piece in which the files differ inside the ranges. */
export const assertSameBytes = async (
  expected: string,
  found: string,
  ranges: readonly Range[],
): Promise<void> => {
  await using a = await open(expected, 'r');
  await using b = await open(found, 'r');
  const [left, right] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)];
  for (const { offset, length } of ranges) {
    for (let at = offset; at < offset + length; at += PIECE) {
      const size = Math.min(PIECE, offset + length - at);
      await a.read(left, 0, size, at);
      await b.read(right, 0, size, at);
      if (!left.subarray(0, size).equals(right.subarray(0, size)))
        throw new Error(`${found} differs from ${expected} between byte ${at} and ${at + size}`);
    }
  }
};
