import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { documentOf } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { makeWriteCacheDisk, putStore, type WriteCacheDisk } from '../helpers/write-cache-disk.ts';

const CHUNK = 65_536;

/** A disk whose store of 2 MiB has room for 30 chunks. */
const makeDisk = async (
  t: ExecutionContext,
  changed: number,
  mode: 'restore' | 'non-restore' = 'non-restore',
): Promise<WriteCacheDisk> => {
  const file = path.join(await temporaryFolder(t), 'device.img');
  const disk = makeWriteCacheDisk(file, { baseSectors: 8192, cacheMib: 3, mode });
  const chunks = Array.from({ length: changed }, (_, at) => [2 * at, Buffer.alloc(8, at)] as const);
  putStore(disk, { chunkBytes: CHUNK, chunks });
  return disk;
};

const writecache = (...words: readonly string[]) => nacreHere(['writecache', ...words, '--json']);

test('mode, fill level and places are shown', async (t) => {
  const { file, base, cache } = await makeDisk(t, 6);
  const run = await writecache('show', file);
  t.is(run.exitCode, 0, run.stdout);
  t.deepEqual(documentOf(run), {
    ...{ mode: 'non-restore', restoreMode: false, level: 'ok', merging: false },
    ...{ usedBytes: 8 * CHUNK, totalBytes: 32 * CHUNK, changedChunks: 6, chunkBytes: CHUNK },
    ...{ overflowed: false, problem: null },
    base: { number: 1, startBytes: base.start, sizeBytes: base.bytes },
    store: { number: 2, startBytes: cache.start, sizeBytes: cache.bytes },
  });
  const text = await nacreHere(['writecache', 'show', file]);
  t.regex(text.stdout, /non-restore mode.*\n512 KiB of 2\.00 MiB used \(25 %\), 6 changed chunks/);
});

for (const [changed, level, text] of [
  [23, 'ok', undefined],
  [24, 'filling', /80 %/],
  [28, 'filling', /80 %/],
  [29, 'nearly-full', /95 %/],
  [30, 'full', /not whole, .*\(full\)/],
] as const) {
  test(`with ${changed} of 30 chunks the level is ${level}`, async (t) => {
    const { file } = await makeDisk(t, changed);
    t.like(documentOf(await writecache('show', file)), { level, overflowed: level === 'full' });
    const { stdout } = await nacreHere(['writecache', 'show', file]);
    if (text === undefined) t.notRegex(stdout, /warning/);
    else t.regex(stdout, text);
    const { stdout: japanese } = await nacreHere(['writecache', 'show', file, '--lang', 'ja']);
    t.regex(japanese, /非復元モード/);
  });
}

test('restore mode is switched on and off, and asks before kept changes are dropped', async (t) => {
  const { file } = await makeDisk(t, 2);
  const refused = await writecache('restore-mode', 'on', file);
  t.is(refused.exitCode, 3);
  t.regex(refused.stderr + refused.stdout, /128 KiB of changes will be dropped|CLI_NOT_CONFIRMED/);
  t.like(documentOf(await writecache('show', file)), { mode: 'non-restore' });
  const done = await writecache('restore-mode', 'on', file, '--yes', file);
  t.like(documentOf(done), { mode: 'restore', restoreMode: true, changedChunks: 2 });
  t.like(documentOf(await writecache('restore-mode', 'off', file)), { mode: 'non-restore' });
});

test('another word than on or off is wrong usage, and a disk without a write cache is named', async (t) => {
  const { file } = await makeDisk(t, 0);
  t.is((await writecache('restore-mode', 'maybe', file)).exitCode, 2);
  t.is((await writecache('show', path.join(path.dirname(file), 'none.img'))).exitCode, 1);
});
