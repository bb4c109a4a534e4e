/** The guest disk in a store, and a larger disk to restore it onto. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { makeNoiseDisk } from './disk-file.ts';
import { documentOf, nacre } from './nacre.ts';
import { bootGuest, makeGuestDisk, missingFrom } from './qemu.ts';
import { temporaryFolder } from './volume.ts';

const GIB = 1 << 30;

export interface Captured {
  readonly folder: string;
  readonly expected: ReadonlyMap<string, string>;
}

/** Runs nacre, which has to succeed. */
export const succeed = async (
  t: ExecutionContext,
  folder: string,
  ...words: readonly string[]
): Promise<Record<string, unknown>> => {
  const run = await nacre([...words, '--store', 'store', '--json'], { cwd: folder });
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  return documentOf(run);
};

/** The guest disk in a store, and beside it a larger disk that is full of noise where the image will lie. */
export const captureGuest = async (
  t: ExecutionContext,
  kind: 'debian' | 'small',
): Promise<Captured> => {
  const folder = temporaryFolder(t);
  const guest = path.join(folder, 'guest.img');
  const expected = makeGuestDisk(guest, kind);
  await succeed(t, folder, 'image', 'capture', 'guest.img', 'guest');
  const { size } = await stat(guest);
  await makeNoiseDisk(path.join(folder, 'larger.img'), size + GIB, size);
  return { folder, expected };
};

export const RESTORE = ['image', 'restore', 'guest', 'larger.img', '--yes', 'larger.img'];

/** Boots the restored disk, which has to report every file. */
export const bootRestored = async (
  t: ExecutionContext,
  { folder, expected }: Captured,
): Promise<void> => {
  const disk = path.join(folder, 'larger.img');
  const report = await bootGuest({ disk, timeoutMs: 240_000 });
  t.deepEqual(missingFrom(report, expected), []);
};
