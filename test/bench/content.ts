/**
 * The content of the bench's volumes: programs, logs and media as a used PC holds them.
 * The same source tree gives the same files.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fs from 'fs-extra';
import { Noise } from '../helpers/noise.ts';
import { Random } from '../helpers/random.ts';
import { LogText } from './log-text.ts';
import { shuffled } from './shuffle.ts';

const MIB = 1 << 20;
const LARGEST_PROGRAM = 160 * MIB;
/** Folders with smaller files on average are left out; see `pickPrograms`. */
const SMALLEST_MEAN = 8192;
/** Printable ASCII without what NTFS and FAT forbid. */
const PLAIN_NAME = /^[ !#-)+-.0-9;=@A-Z[\]^-{}~]+$/;

/** How many MiB of each kind a volume gets. */
export interface Content {
  readonly programs: number;
  readonly logs: number;
  readonly media: number;
}

/** All regular files below a folder, in the order of their names. */
export const filesBelow = async (folder: string): Promise<string[]> =>
  (await fs.readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

interface FolderFile {
  readonly file: string;
  readonly size: number;
}

const sumOf = (files: readonly FolderFile[]): number =>
  files.reduce((sum, { size }) => sum + size, 0);

/**
 * Files of a tree, whole folders in a random order, up to `limit` bytes. Folders of tiny files (documentation, modules
 * of script languages) are left out: what remains has some 130 KiB a file, as the volumes behind the goals had and as
 * an installed Windows has; with them it is 50 KiB on a developer's machine, and every change scatters three times
 * as wide.
 */
const pickPrograms = async (tree: string, limit: number, random: Random): Promise<string[]> => {
  const folders = new Map<string, FolderFile[]>();
  for (const file of await filesBelow(tree)) {
    const { size } = await fs.stat(file);
    if (!PLAIN_NAME.test(path.basename(file)) || size > LARGEST_PROGRAM) continue;
    const folder = path.dirname(file);
    const files = folders.get(folder) ?? [];
    files.push({ file, size });
    folders.set(folder, files);
  }
  const large = [...folders.values()].filter(
    (files) => sumOf(files) >= SMALLEST_MEAN * files.length,
  );
  const picked: string[] = [];
  let total = 0;
  for (const { file, size } of shuffled(large, random).flat()) {
    if (total + size > limit) continue;
    total += size + 512;
    picked.push(file);
    if (total > limit - 65_536) break;
  }
  return picked;
};

/** A log-normal size: exp(mean + 2 x normal), from 1 to `limit`. */
const sizeFrom = (random: Random, mean: number, limit: number): number => {
  const uniform = (): number => (random.below(1e9) + 1) / 1e9;
  const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Math.max(1, Math.floor(Math.min(limit, Math.exp(mean + 2 * normal))));
};

type Job =
  | { readonly kind: 'program'; readonly file: string }
  | { readonly kind: 'log' | 'media'; readonly size: number };

const jobsOf = (kind: 'log' | 'media', mib: number, random: Random): Job[] => {
  const jobs: Job[] = [];
  for (let left = mib * MIB; left > 0; ) {
    const wanted =
      kind === 'log' ? sizeFrom(random, 11.5, 24 * MIB) : sizeFrom(random, 13.5, 64 * MIB);
    const size = Math.min(left, wanted);
    jobs.push({ kind, size });
    left -= size;
  }
  return jobs;
};

/** Fills a mounted volume: programs of `tree` in `sys`, logs in `log`, random bytes in `media`. */
export const fillVolume = async (root: string, tree: string, content: Content): Promise<void> => {
  const random = new Random(1);
  const noise = new Noise('media');
  const text = new LogText(random);
  const programs = await pickPrograms(tree, content.programs * MIB, random);
  const jobs = shuffled<Job>(
    [
      ...programs.map((file) => ({ kind: 'program', file }) as const),
      ...jobsOf('log', content.logs, random),
      ...jobsOf('media', content.media, random),
    ],
    random,
  );
  for (const [index, job] of jobs.entries()) {
    if (job.kind === 'program') {
      const target = path.join(root, 'sys', path.relative(tree, job.file));
      await fs.outputFile(target, await readFile(job.file));
      continue;
    }
    const bytes = job.kind === 'media' ? noise.bytes(job.size) : text.bytes(job.size);
    await fs.outputFile(path.join(root, job.kind, `${index % 37}`, `f${index}.dat`), bytes);
  }
};

/** Writes old files for the free space to hold later, and deletes every other one at once; they lie in `.old`. */
export const ageVolume = async (root: string, mib: number): Promise<void> => {
  const random = new Random(2);
  const noise = new Noise('old');
  const text = new LogText(random);
  const files: string[] = [];
  for (let left = mib * MIB; left > 0; ) {
    const size = Math.min(left, 4096 + random.below(3 * MIB));
    const file = path.join(root, '.old', `${files.length}`);
    await fs.outputFile(file, files.length % 2 === 0 ? noise.bytes(size) : text.bytes(size));
    files.push(file);
    left -= size;
  }
  for (const file of files.filter((_, index) => index % 2 === 0)) await fs.remove(file);
};
