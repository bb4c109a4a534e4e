import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ReadableVolume, readVolumeTree } from '../../src/disk/volume-tree.ts';
import { type ErrorCode, NacreError } from '../../src/errors.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { emptyFile, makeFat32, makeNtfs, run } from '../helpers/volumes.ts';

/** ext4 with 30 files and folders ten deep. */
const makeVolume = async (t: ExecutionContext): Promise<Buffer> => {
  const folder = await temporaryFolder(t);
  const content = path.join(folder, 'content');
  mkdirSync(path.join(content, 'a/b/c/d/e/f/g/h/i/j'), { recursive: true });
  for (let file = 0; file < 20; file++) writeFileSync(path.join(content, `${file}`), 'x');
  const image = emptyFile(path.join(folder, 'image'), 8);
  run('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', content, image]);
  return readFileSync(image);
};

const volumeOf = (bytes: Buffer, read?: ReadableVolume['read']): ReadableVolume => ({
  sizeBytes: bytes.length,
  sectorSize: 512,
  read: read ?? (async (offset, length) => bytes.subarray(offset, offset + length)),
});

const LIMITS = { entries: 1000, depth: 100 };

const refusal = async (work: Promise<unknown>): Promise<ErrorCode | undefined> => {
  try {
    await work;
    return undefined;
  } catch (reason) {
    if (reason instanceof NacreError) return reason.code;
    throw reason;
  }
};

test('a volume is listed by reading a part of it', async (t) => {
  if (!requires(t, 'mke2fs')) return;
  const bytes = await makeVolume(t);
  const read = new Set<number>();
  const tree = await readVolumeTree(
    volumeOf(bytes, async (offset, length) => {
      t.true(length <= 65_536 && offset % 65_536 === 0);
      read.add(offset);
      return bytes.subarray(offset, offset + length);
    }),
  );
  // 20 files, 10 folders and lost+found.
  t.is(tree.count, 31);
  t.true(read.size < 12, `${read.size} pieces`);
});

test('more entries, or deeper folders, than the limit are refused', async (t) => {
  if (!requires(t, 'mke2fs')) return;
  const volume = volumeOf(await makeVolume(t));
  const limited = (change: Partial<typeof LIMITS>) =>
    refusal(readVolumeTree(volume, { limits: { ...LIMITS, ...change } }));
  t.is(await limited({ entries: 31, depth: 11 }), undefined);
  t.is(await limited({ entries: 30 }), 'VOLUME_TREE_LIMIT');
  t.is(await limited({ depth: 10 }), 'VOLUME_TREE_LIMIT');
});

test('a reader that fails, gives too little, or is stopped ends it', async (t) => {
  if (!requires(t, 'mke2fs')) return;
  const bytes = await makeVolume(t);
  const failing = volumeOf(bytes, async () => {
    throw new NacreError('STORE_FILE_MISSING', { path: 'x' });
  });
  t.is(await refusal(readVolumeTree(failing)), 'STORE_FILE_MISSING');
  const short = volumeOf(bytes, async (offset) => bytes.subarray(offset, offset + 10));
  t.is(await refusal(readVolumeTree(short)), 'DISK_STRUCTURE');
  const control = new AbortController();
  const stopped = volumeOf(bytes, async (offset, length) => {
    control.abort();
    return bytes.subarray(offset, offset + length);
  });
  t.is(await refusal(readVolumeTree(stopped, { signal: control.signal })), 'CANCELLED');
});

test('what is no volume that has files is refused', async (t) => {
  t.is(await refusal(readVolumeTree(volumeOf(Buffer.alloc(2 ** 20)))), 'VOLUME_UNSUPPORTED');
});

const OTHERS = [
  ['ext4', makeVolume],
  [
    'NTFS',
    async (t: ExecutionContext) =>
      readFileSync(makeNtfs(path.join(await temporaryFolder(t), 'image'), 8)),
  ],
  [
    'FAT32',
    async (t: ExecutionContext) =>
      readFileSync(makeFat32(path.join(await temporaryFolder(t), 'image'), 40)),
  ],
] as const;

for (const [title, make] of OTHERS) {
  test(`${title} with any of its metadata changed is listed or refused, and never hangs`, async (t) => {
    if (!requires(t, 'mke2fs', 'mkntfs', 'mkfs.fat')) return;
    const bytes = await make(t);
    t.is(await refusal(readVolumeTree(volumeOf(bytes))), undefined);
    for (let round = 0; round < 16; round++) {
      const bent = Buffer.from(bytes);
      // Boot sector or superblock, tables and folders: one byte in every few KiB of them.
      for (let at = round * 37; at < 2 ** 20; at += 4096 + round * 511)
        bent[at] = 255 - (bent[at] ?? 0);
      const code = await refusal(readVolumeTree(volumeOf(bent), { timeoutMs: 20_000 }));
      t.regex(code ?? 'VOLUME_OK', /^(VOLUME_|DISK_STRUCTURE)/);
    }
  });
}
