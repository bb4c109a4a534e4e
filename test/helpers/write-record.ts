/** Records what a program writes to a file, and replays what a power cut at any moment leaves of it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const SOURCE = path.resolve(import.meta.dirname, '../fixtures/record-writes/record-writes.c');
const HEAD_BYTES = 17;

/** Writes that no flush has ordered: after a cut any of them may be there, the others not. */
export type OpenWrites = readonly { readonly offset: number; readonly bytes: Buffer }[];

const run = promisify(execFile);

const parseLog = (log: Buffer): readonly OpenWrites[] => {
  const epochs: { offset: number; bytes: Buffer }[][] = [[]];
  for (let at = 0; at < log.length; ) {
    const offset = Number(log.readBigUInt64LE(at + 1));
    const length = Number(log.readBigUInt64LE(at + 9));
    const isWrite = log.toString('latin1', at, at + 1) === 'W';
    at += HEAD_BYTES;
    if (isWrite) epochs.at(-1)?.push({ offset, bytes: log.subarray(at, at + length) });
    else epochs.push([]);
    at += isWrite ? length : 0;
  }
  return epochs.filter((writes) => writes.length > 0);
};

/** Runs a program of Node and records its writes to `file`, one list for each flush. */
export const recordWrites = async (
  folder: string,
  file: string,
  words: readonly string[],
): Promise<readonly OpenWrites[]> => {
  const library = path.join(folder, 'record-writes.so');
  await run('cc', ['-O1', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
  const log = path.join(folder, 'writes.log');
  await run(process.execPath, words, {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: {
      PATH: process.env['PATH'],
      LD_PRELOAD: library,
      NACRE_RECORD_FILE: file,
      NACRE_RECORD_LOG: log,
    },
  });
  return parseLog(readFileSync(log));
};

const MOST_FOR_ALL_CHOICES = 4;

/** Choices of open writes that a cut may leave: every one; of many, every prefix and all but one. */
function* choicesOf(count: number): Iterable<readonly boolean[]> {
  if (count <= MOST_FOR_ALL_CHOICES) {
    for (let choice = 1; choice < 2 ** count; choice++)
      yield Array.from({ length: count }, (_, index) => ((choice >> index) & 1) === 1);
    return;
  }
  for (let length = 1; length <= count; length++)
    yield Array.from({ length: count }, (_, index) => index < length);
  for (let left = 0; left + 1 < count; left++)
    yield Array.from({ length: count }, (_, index) => index !== left);
}

const put = async (handle: FileHandle, writes: OpenWrites): Promise<void> => {
  for (const { offset, bytes } of writes) await handle.write(bytes, 0, bytes.length, offset);
};

/**
 * Brings `file`, which holds the bytes from before the record, into every state that a cut may leave, and calls
 * `visit` in each; it must not change the file. @returns how many states there were
 */
export const replayCuts = async (
  file: string,
  epochs: readonly OpenWrites[],
  visit: (state: number) => Promise<void>,
): Promise<number> => {
  await using handle = await open(file, 'r+');
  let states = 0;
  await visit(states++);
  for (const writes of epochs) {
    const before: { offset: number; bytes: Buffer }[] = [];
    for (const { offset, bytes } of writes) {
      const old = Buffer.alloc(bytes.length);
      await handle.read(old, 0, old.length, offset);
      before.push({ offset, bytes: old });
    }
    for (const choice of choicesOf(writes.length)) {
      await put(
        handle,
        writes.filter((_, index) => choice[index]),
      );
      await visit(states++);
      await put(handle, before);
    }
    await put(handle, writes);
  }
  return states;
};
