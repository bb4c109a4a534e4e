/** The content of the bench's volumes: programs, logs and media as a used PC holds them. */
import path from 'node:path';
import fs from 'fs-extra';
import { Noise } from '../helpers/noise.ts';
import { Random } from '../helpers/random.ts';
import { LogText } from './log-text.ts';
import { Programs } from './programs.ts';
import { shuffled } from './shuffle.ts';

const MIB = 1 << 20;

/** How many MiB of each kind a volume gets. */
export interface Content {
  readonly programs: number;
  readonly logs: number;
  readonly media: number;
}

/** A log-normal size: exp(mean + 2 x normal), from 1 to `limit`. */
const sizeFrom = (random: Random, mean: number, limit: number): number => {
  const uniform = (): number => (random.below(1e9) + 1) / 1e9;
  const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Math.max(1, Math.floor(Math.min(limit, Math.exp(mean + 2 * normal))));
};

type Kind = 'program' | 'log' | 'media';

interface Job {
  readonly kind: Kind;
  readonly size: number;
}

/** Mean of the logarithm of a file's size, and the largest file. Programs have 88 KiB on average. */
const SIZES: Readonly<Record<Kind, readonly [mean: number, limit: number]>> = {
  program: [9.41, 24 * MIB],
  log: [11.5, 24 * MIB],
  media: [13.5, 64 * MIB],
};

const jobsOf = (kind: Kind, mib: number, random: Random): Job[] => {
  const jobs: Job[] = [];
  for (let left = mib * MIB; left > 0; ) {
    const size = Math.min(left, sizeFrom(random, ...SIZES[kind]));
    jobs.push({ kind, size });
    left -= size;
  }
  return jobs;
};

/** Programs lie in folders of some 30 files, the others in 37 folders. */
const placeOf = (kind: Kind, index: number): string =>
  kind === 'program'
    ? `sys/${Math.floor(index / 40)}/f${index}.dll`
    : `${kind}/${index % 37}/f${index}.dat`;

/** Fills a mounted volume: programs of `tree` in `sys`, logs in `log`, random bytes in `media`. */
export const fillVolume = async (root: string, tree: string, content: Content): Promise<void> => {
  const random = new Random(1);
  const noise = new Noise('media');
  const text = new LogText(random);
  const jobs = shuffled<Job>(
    [
      ...jobsOf('program', content.programs, random),
      ...jobsOf('log', content.logs, random),
      ...jobsOf('media', content.media, random),
    ],
    random,
  );
  const programs = await Programs.of(tree, random);
  const bytesOf = {
    program: (size: number) => programs.bytes(size),
    log: (size: number) => text.bytes(size),
    media: (size: number) => noise.bytes(size),
  };
  for (const [index, { kind, size }] of jobs.entries())
    await fs.outputFile(path.join(root, placeOf(kind, index)), await bytesOf[kind](size));
};

/** Text of words that nothing else has, as compressible as documents. */
const oldText = (words: readonly string[], size: number, random: Random): string =>
  Array.from({ length: Math.ceil(size / 13) }, () => words[random.below(words.length)])
    .join(' ')
    .slice(0, size);

/** Writes old files for the free space to hold later, and deletes half of them at once; they lie in `.old`. */
export const ageVolume = async (root: string, mib: number): Promise<void> => {
  const random = new Random(2);
  const noise = new Noise('old');
  const words = Array.from({ length: 3000 }, () => noise.bytes(6).toString('hex'));
  const files: string[] = [];
  for (let left = mib * MIB; left > 0; ) {
    const size = Math.min(left, 4096 + random.below(3 * MIB));
    const file = path.join(root, '.old', `${files.length}`);
    const isNoise = files.length % 2 === 0;
    await fs.outputFile(file, isNoise ? noise.bytes(size) : oldText(words, size, random));
    files.push(file);
    left -= size;
  }
  for (const file of files.filter((_, index) => index % 4 < 2)) await fs.remove(file);
};
