/** `kill -9` at random moments of capture and restore: what a crash, a power cut or an impatient person does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import fs from 'fs-extra';
import { documentOf, NOT_COUNTED, nacre } from './nacre.ts';
import { nacreHere } from './nacre-here.ts';
import { Random } from './random.ts';
import { makeNoisyTarget, makeSmallDisk } from './small-disk.ts';
import { temporaryFolder } from './volume.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');
const SECTOR = 512;
/** Bytes that are compared at once. */
const RUN = 64 * 1024;

/** When a run is killed: after some time, or when its JSON progress says that this share is done. */
export type Moment = { readonly afterMs: number } | { readonly atShare: number };

/** True for a line of `--progress json` that says that at least this share is done. */
const isPast = (share: number, line: string): boolean => {
  if (!line.startsWith('{')) return false;
  const report: unknown = JSON.parse(line);
  if (typeof report !== 'object' || report === null) return false;
  const { doneBytes, totalBytes } = { doneBytes: 0, totalBytes: 0, ...report };
  return totalBytes > 0 && doneBytes >= share * totalBytes;
};

/** Runs `nacre` and kills it at a moment; resolves to true when it was still running then. */
export const runKilled = async (
  words: readonly string[],
  cwd: string,
  moment: Moment,
): Promise<boolean> => {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...NOT_COUNTED, PATH: process.env['PATH'], LANG: 'C.UTF-8', NACRE_CONFIG: '/dev/null' },
  });
  const ended = once(child, 'close');
  const timer =
    'afterMs' in moment ? setTimeout(() => child.kill('SIGKILL'), moment.afterMs) : undefined;
  for await (const line of createInterface({ input: child.stderr }))
    if ('atShare' in moment && isPast(moment.atShare, line)) child.kill('SIGKILL');
  const [, signal] = await ended;
  clearTimeout(timer);
  return signal === 'SIGKILL';
};

const succeed = async (
  t: ExecutionContext,
  words: readonly string[],
  cwd: string,
  by: typeof nacre | typeof nacreHere = nacreHere,
): Promise<Record<string, unknown>> => {
  const run = await by([...words, '--store', 'store', '--json'], { cwd });
  if (run.exitCode !== 0) t.fail(`nacre ${words.join(' ')}: ${run.stdout}${run.stderr}`);
  return documentOf(run);
};

/**
 * Repeats `attempt` with random moments until `count` runs were killed while running. Runs that ended first bring the
 * moments closer: under another load the same work takes another time.
 */
const killOften = async (
  count: number,
  wholeMs: number,
  attempt: (moment: Moment) => Promise<boolean>,
): Promise<void> => {
  const random = new Random(count);
  let limitMs = wholeMs;
  for (let killed = 0; killed < count; ) {
    if (await attempt({ afterMs: random.below(limitMs) })) killed++;
    else limitMs = Math.max(limitMs * 0.95, wholeMs / 4);
  }
};

/** Milliseconds of a run that nothing disturbs, with the start of its process. */
const duration = async (
  t: ExecutionContext,
  words: readonly string[],
  cwd: string,
): Promise<number> => {
  const started = performance.now();
  await succeed(t, words, cwd, nacre);
  return performance.now() - started;
};

/** Every file below a folder with its bytes, except what a running program may hold there. */
const contentOf = async (folder: string): Promise<ReadonlyMap<string, Buffer>> => {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const content = new Map<string, Buffer>();
  for (const { parentPath, name } of files) {
    const file = path.join(parentPath, name);
    content.set(path.relative(folder, file), readFileSync(file));
  }
  return content;
};

/** Immutable files: once published they never change. */
const isImmutable = (name: string): boolean => /\.(manifest|pack)$/.test(name);

/**
 * Kills a second capture `count` times, each time over a copy of the same store, then runs it again: the first
 * version keeps its bytes, the killed one is there whole or not at all, the rerun is whole.
 */
export const killCaptures = async (t: ExecutionContext, count: number): Promise<void> => {
  const folder = temporaryFolder(t);
  const [first, second] = [path.join(folder, 'first.img'), path.join(folder, 'second.img')];
  await makeSmallDisk(first, 'first');
  await makeSmallDisk(second, 'second');
  const sourceBefore = readFileSync(second);
  await succeed(t, ['image', 'capture', first, 'disk'], folder);
  const base = path.join(folder, 'base');
  const store = path.join(folder, 'store');
  await fs.move(store, base);
  const before = await contentOf(base);
  const capture = ['image', 'capture', second, 'disk'];
  await fs.copy(base, store);
  const wholeMs = await duration(t, capture, folder);
  await killOften(count, wholeMs, async (moment) => {
    await fs.remove(store);
    await fs.copy(base, store);
    const isKilled = await runKilled([...capture, '--store', 'store'], folder, moment);
    const after = await contentOf(store);
    for (const [name, bytes] of before)
      if (isImmutable(name)) t.true(after.get(name)?.equals(bytes), name);
    t.is((await succeed(t, ['store', 'check'], folder))['ok'], true);
    const again = await succeed(t, capture, folder);
    t.is((await succeed(t, ['image', 'verify', `disk@${again['id']}`], folder))['ok'], true);
    t.is((await succeed(t, ['store', 'check'], folder))['ok'], true);
    return isKilled;
  });
  t.true(sourceBefore.equals(readFileSync(second)), 'the source keeps its bytes');
};

/** Sectors that hold neither what was there before nor what the restore writes. */
const strangeSectors = (found: Buffer, noise: Buffer, restored: Buffer): number[] => {
  const isKnown = (at: number, length: number): boolean => {
    const bytes = found.subarray(at, at + length);
    return (
      bytes.equals(noise.subarray(at, at + length)) ||
      bytes.equals(restored.subarray(at, at + length))
    );
  };
  const strange: number[] = [];
  for (let run = 0; run < found.length; run += RUN) {
    // Nearly every run is wholly old or wholly new.
    if (isKnown(run, RUN)) continue;
    const end = Math.min(run + RUN, found.length);
    for (let at = run; at < end; at += SECTOR) if (!isKnown(at, SECTOR)) strange.push(at / SECTOR);
  }
  return strange;
};

/**
 * Kills a restore onto a disk full of noise `count` times, then runs it again: after the kill every sector holds its
 * old or its new bytes, after the rerun the disk is bit-identical to one that was restored in one go.
 */
export const killRestores = async (t: ExecutionContext, count: number): Promise<void> => {
  const folder = temporaryFolder(t);
  const inFolder = (name: string): string => path.join(folder, name);
  await makeSmallDisk(inFolder('source.img'), 'source');
  await makeNoisyTarget(inFolder('noise.img'));
  await succeed(t, ['image', 'capture', 'source.img', 'disk'], folder);
  const restore = ['image', 'restore', 'disk', 'target.img', '--yes', 'target.img'];
  const anew = (): Promise<void> => fs.copy(inFolder('noise.img'), inFolder('target.img'));
  await anew();
  const wholeMs = await duration(t, restore, folder);
  const noise = readFileSync(inFolder('noise.img'));
  const restored = readFileSync(inFolder('target.img'));
  await killOften(count, wholeMs, async (moment) => {
    await anew();
    const isKilled = await runKilled([...restore, '--store', 'store'], folder, moment);
    t.deepEqual(strangeSectors(readFileSync(inFolder('target.img')), noise, restored), []);
    await succeed(t, restore, folder);
    t.true(readFileSync(inFolder('target.img')).equals(restored), JSON.stringify(moment));
    return isKilled;
  });
};
