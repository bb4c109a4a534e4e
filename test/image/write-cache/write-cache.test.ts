import { copyFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { toHex } from '../../../src/codec/hex.ts';
import { blake3 } from '../../../src/disk/write-cache.ts';
import { mergeWriteCache } from '../../../src/image/write-cache/merge-write-cache.ts';
import {
  readWriteCache,
  setWriteCacheMode,
} from '../../../src/image/write-cache/read-write-cache.ts';
import { compiledProgram } from '../../helpers/compiled-program.ts';

import { Random } from '../../helpers/random.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { emptyFile } from '../../helpers/volumes.ts';
import {
  baseBytesOf,
  bytesAt,
  composedOf,
  makeWriteCacheDisk,
  putBytes,
  putRecord,
  putStore,
  type WriteCacheDisk,
  type WriteCacheDiskOptions,
} from '../../helpers/write-cache-disk.ts';
import { recordWrites, replayCuts } from '../../helpers/write-record.ts';

const CHUNK = 65_536;
/** 25 chunks and three sectors: the last chunk is short. */
const BASE_SECTORS = (25 * CHUNK) / 512 + 3;

/** A base of noise, and six changed chunks of which one is what the base holds already. */
const makeDisk = async (
  t: ExecutionContext,
  more: Partial<WriteCacheDiskOptions> = {},
): Promise<WriteCacheDisk> => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'disk.img');
  const disk = makeWriteCacheDisk(file, { baseSectors: BASE_SECTORS, cacheMib: 3, ...more });
  const random = new Random(7);
  putBytes(file, disk.base.start, Buffer.alloc(disk.base.bytes, random.bytes(509)));
  const base = baseBytesOf(disk);
  const same = base.subarray(4 * CHUNK, 5 * CHUNK);
  const chunk = (seed: number): Buffer => {
    const bytes = Buffer.from(base.subarray(0, CHUNK));
    bytes.fill(seed, 8192 * (seed % 5), 8192 * (seed % 5) + 12_288);
    return bytes;
  };
  putStore(disk, {
    chunkBytes: CHUNK,
    chunks: [
      [25, chunk(1)],
      [0, chunk(2)],
      [1, chunk(3)],
      [4, same],
      [17, chunk(4)],
      [9, chunk(6)],
    ],
  });
  return disk;
};

test('a write cache tells its mode and fill level from the disk alone', async (t) => {
  const disk = await makeDisk(t);
  t.deepEqual(await readWriteCache({ path: disk.file }), {
    mode: 'non-restore',
    usedBytes: 8 * CHUNK,
    totalBytes: 2 * 2 ** 20,
    overflowed: false,
    problem: undefined,
    changedChunks: 6,
    chunkBytes: CHUNK,
    merging: false,
    base: { number: 1, startBytes: disk.base.start, sizeBytes: disk.base.bytes },
    store: { number: 2, startBytes: disk.cache.start, sizeBytes: disk.cache.bytes },
  });
});

test('a disk without one has none', async (t) => {
  const disk = await makeDisk(t);
  putBytes(disk.file, disk.cache.start + disk.record.storeBytes, Buffer.alloc(2 ** 20));
  t.is(await readWriteCache({ path: disk.file }), undefined);
  await t.throwsAsync(setWriteCacheMode({ path: disk.file }, 'restore'), {
    code: 'WRITE_CACHE_NOT_FOUND',
  });
  const empty = emptyFile(path.join(await temporaryFolder(t), 'empty.img'), 4);
  t.is(await readWriteCache({ path: empty }), undefined);
});

for (const [problem, spoil] of [
  ['lost', (disk) => putRecord(disk, 1, { ...disk.record, sequence: 2, isLost: true })],
  ['invalid', (disk) => putBytes(disk.file, disk.cache.start + 4, Buffer.alloc(1))],
  [
    'unreadable',
    (disk) => putBytes(disk.file, disk.cache.start + CHUNK + 8, Buffer.alloc(3, 0xff)),
  ],
  [
    'full',
    (disk) => {
      const chunks = Array.from({ length: 26 }, (_, at) => [at, Buffer.alloc(CHUNK, at)] as const);
      putStore(disk, { chunkBytes: CHUNK, chunks });
      // The kernel's next place is the last chunk of the store.
      putBytes(disk.file, disk.cache.start + CHUNK + 25 * 16 + 8, Buffer.from([31]));
    },
  ],
  [
    'base-changed',
    (disk) => {
      putRecord(disk, 1, { ...disk.record, sequence: 2, baseHead: 'ab'.repeat(32) });
    },
  ],
] as const satisfies readonly (readonly [string, (disk: WriteCacheDisk) => void])[]) {
  test(`changes that are not whole (${problem}) are reported, and never merged`, async (t) => {
    const disk = await makeDisk(t);
    spoil(disk);
    const before = baseBytesOf(disk);
    t.like(await readWriteCache({ path: disk.file }), { overflowed: true, problem });
    const code = problem === 'unreadable' ? 'WRITE_CACHE_FORMAT' : 'WRITE_CACHE_NOT_WHOLE';
    await t.throwsAsync(mergeWriteCache({ path: disk.file }), { code });
    t.true(baseBytesOf(disk).equals(before));
  });
}

test('the mode is stored twice, survives the loss of either, and forgets what was lost', async (t) => {
  const disk = await makeDisk(t);
  putRecord(disk, 1, { ...disk.record, sequence: 2, isLost: true });
  t.is(await setWriteCacheMode({ path: disk.file }, 'restore'), 'non-restore');
  const tail = disk.cache.start + disk.record.storeBytes;
  for (const at of [tail, tail + 2 ** 19]) {
    const kept = bytesAt(disk.file, at, 512);
    putBytes(disk.file, at, Buffer.alloc(512));
    t.like(await readWriteCache({ path: disk.file }), { mode: 'restore', overflowed: false });
    putBytes(disk.file, at, kept);
  }
});

test('two write caches are refused, because which one counts is not guessed', async (t) => {
  const disk = await makeDisk(t, { cacheMib: 4 });
  const { start } = disk.base;
  const twin = makeWriteCacheDisk(disk.file, { baseSectors: 4 * 2048, cacheMib: 4 });
  putRecord({ ...twin, cache: { start, bytes: 4 * 2 ** 20 } }, 0, disk.record);
  await t.throwsAsync(readWriteCache({ path: disk.file }), { code: 'WRITE_CACHE_SEVERAL' });
});

test('a base that is not in the table any more is named', async (t) => {
  const disk = await makeDisk(t);
  putRecord(disk, 1, { ...disk.record, sequence: 2, baseBytes: disk.base.bytes - 512 });
  const error = await t.throwsAsync(readWriteCache({ path: disk.file }), {
    code: 'WRITE_CACHE_BASE',
  });
  t.regex(error?.message ?? '', /1048576 to 2688000.*1048576 to 2688512/);
});

test('a merge writes what differs, empties the store, and knows the base again', async (t) => {
  const disk = await makeDisk(t);
  const wanted = composedOf(disk);
  const report = await mergeWriteCache({ path: disk.file });
  t.is(report.changedChunks, 6);
  t.is(report.writtenBytes + report.unchangedBytes, 5 * CHUNK + 3 * 512);
  t.true(report.unchangedBytes > CHUNK);
  t.true(baseBytesOf(disk).equals(wanted));
  t.like(await readWriteCache({ path: disk.file }), {
    usedBytes: 0,
    changedChunks: 0,
    merging: false,
  });
  const head = toHex(blake3(wanted.subarray(0, 128 * 1024)));
  t.is(
    bytesAt(disk.file, disk.cache.start + disk.record.storeBytes + 48, 32).toString('hex'),
    head,
  );
  t.deepEqual(await mergeWriteCache({ path: disk.file }), {
    changedChunks: 0,
    writtenBytes: 0,
    unchangedBytes: 0,
  });
});

test('a merge that is cancelled says so, and the changes are still there', async (t) => {
  const disk = await makeDisk(t);
  const wanted = composedOf(disk);
  const stop = new AbortController();
  const merge = mergeWriteCache(
    { path: disk.file },
    { signal: stop.signal, onProgress: () => stop.abort() },
  );
  await t.throwsAsync(merge, { code: 'CANCELLED' });
  t.true(composedOf(disk).equals(wanted));
  t.like(await readWriteCache({ path: disk.file }), { merging: true, overflowed: false });
});

test('a cut at any write of a merge leaves base and store that are together the same, and a rerun finishes', async (t) => {
  const disk = await makeDisk(t);
  const folder = path.dirname(disk.file);
  const before = path.join(folder, 'before.img');
  copyFileSync(disk.file, before);
  const wanted = composedOf(disk);
  const program = compiledProgram('merge-program.ts');
  const epochs = await recordWrites(folder, disk.file, [program, disk.file]);
  const copy = path.join(folder, 'copy.img');
  const states = await replayCuts(before, epochs, async (state) => {
    const cut = { ...disk, file: before };
    t.true(composedOf(cut).equals(wanted), `state ${state}`);
    copyFileSync(before, copy);
    await mergeWriteCache({ path: copy });
    t.true(baseBytesOf({ ...disk, file: copy }).equals(wanted), `rerun in state ${state}`);
    t.like(await readWriteCache({ path: copy }), {
      usedBytes: 0,
      merging: false,
      overflowed: false,
    });
  });
  t.true(states >= 12, `${states}`);
  t.true(baseBytesOf(disk).equals(wanted));
});
