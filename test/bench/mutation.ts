/** A month of updates as a volume sees it. */
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import fs from 'fs-extra';
import { Noise } from '../helpers/noise.ts';
import { Random } from '../helpers/random.ts';
import { filesBelow } from './programs.ts';
import { shuffled } from './shuffle.ts';

/** A new version of a file: a few small edits that shift the rest, written beside it and renamed. */
const rewriteFile = async (file: string, random: Random, noise: Noise): Promise<void> => {
  const content = await readFile(file);
  const edits = 1 + Math.floor(content.length / 200_000);
  const places = Array.from({ length: edits }, () => random.below(content.length + 1)).sort(
    (a, b) => a - b,
  );
  const parts: Buffer[] = [];
  let from = 0;
  for (const place of places) {
    parts.push(content.subarray(from, Math.max(from, place)), noise.bytes(1 + random.below(32)));
    from = Math.max(from, place) + random.below(25);
  }
  await fs.writeFile(`${file}.tmp`, Buffer.concat([...parts, content.subarray(from)]));
  await rename(`${file}.tmp`, file);
};

/** New programs, as compressible as the old ones but unlike anything on the volume: every byte is exchanged. */
const addProgram = async (file: string, target: string, random: Random): Promise<void> => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const exchanged = Uint8Array.from(shuffled(bytes, random));
  await fs.outputFile(
    target,
    (await readFile(file)).map((byte) => exchanged[byte] ?? 0),
  );
};

/**
 * Changes a volume that `fillVolume` filled: of the bytes of programs and logs 3 % are deleted, 5 % rewritten with
 * shifting edits, 3 % new; every seventh log grows.
 */
export const mutateVolume = async (root: string): Promise<void> => {
  const random = new Random(3);
  const noise = new Noise('update');
  const logs = await filesBelow(path.join(root, 'log'));
  let programs = shuffled(await filesBelow(path.join(root, 'sys')), random);
  const sizes = new Map<string, number>();
  for (const file of [...programs, ...logs]) sizes.set(file, (await fs.stat(file)).size);
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  // A file that does not fit any more stays: a single one must not make a month of it.
  const take = (share: number): string[] => {
    let left = total * share;
    const taken = new Set<string>();
    for (const file of programs) {
      const size = sizes.get(file) ?? 0;
      if (size > left) continue;
      taken.add(file);
      left -= size;
    }
    programs = programs.filter((file) => !taken.has(file));
    return [...taken];
  };
  for (const file of take(0.03)) await fs.remove(file);
  for (const file of take(0.05)) await rewriteFile(file, random, noise);
  for (const [index, file] of take(0.03).entries())
    await addProgram(file, path.join(root, 'app', `${index % 29}`, `n${index}.dll`), random);
  for (const file of logs.filter((_, index) => index % 7 === 0))
    await fs.appendFile(file, noise.bytes(100 + random.below(45_000)).toString('hex'));
};
