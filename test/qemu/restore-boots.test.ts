import { stat } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeNoiseDisk } from '../helpers/disk-file.ts';
import { runKilled } from '../helpers/kill.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { bootGuest, GUEST_NEEDS, makeGuestDisk, missingFrom } from '../helpers/qemu.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/volume.ts';

const GIB = 1 << 30;

interface Captured {
  readonly folder: string;
  readonly expected: ReadonlyMap<string, string>;
}

const succeed = async (
  t: ExecutionContext,
  folder: string,
  ...words: readonly string[]
): Promise<Record<string, unknown>> => {
  const run = await nacre([...words, '--store', 'store', '--json'], { cwd: folder });
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  return documentOf(run);
};

/** The guest disk in a store, and beside it a larger disk that is full of noise where the image will lie. */
const captureGuest = async (t: ExecutionContext): Promise<Captured> => {
  const folder = temporaryFolder(t);
  const guest = path.join(folder, 'guest.img');
  const expected = makeGuestDisk(guest);
  await succeed(t, folder, 'image', 'capture', 'guest.img', 'guest');
  const { size } = await stat(guest);
  await makeNoiseDisk(path.join(folder, 'larger.img'), size + GIB, size);
  return { folder, expected };
};

const RESTORE = ['image', 'restore', 'guest', 'larger.img', '--yes', 'larger.img'];

const bootRestored = async (t: ExecutionContext, { folder, expected }: Captured): Promise<void> => {
  const disk = path.join(folder, 'larger.img');
  const report = await bootGuest({ disk, timeoutMs: 240_000 });
  t.deepEqual(missingFrom(report, expected), []);
};

test('a disk restored onto a larger one full of noise boots and has every file', async (t) => {
  if (!requires(t, ...GUEST_NEEDS)) return;
  const captured = await captureGuest(t);
  const { writtenBytes } = await succeed(t, captured.folder, ...RESTORE);
  await bootRestored(t, captured);
  const again = await succeed(t, captured.folder, ...RESTORE);
  t.is(again['writtenBytes'], 0);
  t.is(again['unchangedBytes'], writtenBytes);
});

test('a restore that was killed and run again boots and has every file', async (t) => {
  if (!requires(t, ...GUEST_NEEDS)) return;
  const captured = await captureGuest(t);
  const words = [...RESTORE, '--store', 'store', '--progress', 'json'];
  t.true(await runKilled(words, captured.folder, { atShare: 0.5 }), 'killed while running');
  const { unchangedBytes } = await succeed(t, captured.folder, ...RESTORE);
  t.true(Number(unchangedBytes) > 0, 'the first run had written something');
  await bootRestored(t, captured);
});
