/** Times commands: wall, CPU seconds of all processes of a pipeline, peak memory of the largest. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import fs from 'fs-extra';

/** One run of a command. */
export interface Sample {
  readonly wallSeconds: number;
  /** User and system time of every process that the command waited for. */
  readonly cpuSeconds: number;
  /** Resident set of the largest single process. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/**
 * Runs a bash command line with `pipefail` under GNU time.
 *
 * @throws Error with the end of its stderr if it ends with anything but an exit code of `accept`.
 */
export const measure = async (
  command: string,
  folder: string,
  accept: readonly number[] = [0],
): Promise<Sample> => {
  const report = path.join(folder, 'time.txt');
  const words = ['-q', '-o', report, '-f', '%e %U %S %M', 'bash', '-o', 'pipefail', '-c', command];
  const child = spawn('/usr/bin/time', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2000);
  });
  const [exitCode] = await once(child, 'close');
  if (!accept.includes(Number(exitCode)))
    throw new Error(`"${command}" ended with ${exitCode}: ${stderr}`);
  const [wall, user, system, peakKib] = (await fs.readFile(report, 'utf8'))
    .trim()
    .split(' ')
    .map(Number);
  if (wall === undefined || user === undefined || system === undefined || peakKib === undefined)
    throw new Error(`GNU time wrote no report for "${command}"`);
  return { wallSeconds: wall, cpuSeconds: user + system, peakBytes: peakKib * 1024, stdout };
};

/** Puts a file, or all files of a folder, into the page cache. */
export const warm = async (place: string): Promise<void> => {
  if (!(await fs.stat(place)).isDirectory()) return warmFile(place);
  for (const entry of await fs.readdir(place, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await warmFile(path.join(entry.parentPath, entry.name));
};

const warmFile = async (file: string): Promise<void> => {
  const stream = fs.createReadStream(file, { highWaterMark: 4 << 20 });
  for await (const piece of stream) if (piece === undefined) break;
};

/** Bytes of a file, or of all files of a folder; as their length says, not as the disk counts. */
export const sizeOf = async (place: string): Promise<number> => {
  const status = await fs.stat(place);
  if (!status.isDirectory()) return status.size;
  let total = 0;
  for (const entry of await fs.readdir(place, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) total += (await fs.stat(path.join(entry.parentPath, entry.name))).size;
  return total;
};

/** The middle value; of an even number of values the mean of the middle two. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? upper) + upper) / 2;
};
