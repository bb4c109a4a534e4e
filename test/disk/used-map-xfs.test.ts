/** XFS maps against the free space that xfs_db lists; how they are compared is in `map-comparison.ts`. */
import { statfsSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { ageMounted, withMounted, xfsFromPrototype } from '../helpers/aged-volume.ts';
import { expectMap } from '../helpers/map-comparison.ts';
import { requires } from '../helpers/requires.ts';
import { blockMap, partcloneUsed, xfsUsed } from '../helpers/used-map.ts';
import { formatted, MIB } from '../helpers/volume.ts';
import { run } from '../helpers/volumes.ts';

/** Without the last word, mkfs.xfs makes nothing below 300 MiB; its structures are the same. */
const MKFS = ['mkfs.xfs', '-q', '--unsupported'];

const AGED: readonly (readonly [title: string, mib: number, options: readonly string[]])[] = [
  ['version 5', 300, []],
  ['version 5 with rmapbt and reflink', 64, ['-m', 'rmapbt=1,reflink=1']],
  ['version 5 with 1 KiB blocks', 64, ['-b', 'size=1024']],
  ['version 5 with 4 KiB sectors and a striped log', 64, ['-s', 'size=4096', '-l', 'su=65536']],
];

for (const [title, mib, options] of AGED) {
  test.serial(`XFS ${title}: the map is that of xfs_db`, async (t) => {
    if (!requires(t, 'root')) return;
    const image = await formatted(t, mib * MIB, [...MKFS, ...options]);
    await ageMounted(t, image, ['mount', '-o', 'allocsize=4k'], options.length);
    await expectMap(t, image, xfsUsed(image));
  });
}

/**
 * Fills a volume with one file and punches `holes` holes into it, `apart` blocks apart: of one block, now and then
 * of eight, so that small blocks leave whole 4 KiB free.
 */
const punch = async (folder: string, holes: number, apart: number): Promise<void> => {
  const { bavail, bsize } = statfsSync(folder);
  const lines = [`falloc 0 ${Math.floor(bavail * 0.95) * bsize}`];
  for (let hole = 0; hole < holes; hole++) {
    const length = (hole % 16 === 0 ? 8 : 1) * bsize;
    lines.push(`fpunch ${hole * apart * bsize} ${length}`);
  }
  const file = path.join(folder, 'file');
  await runTool('xfs_io', ['-f', file], { input: `${lines.join('\n')}\n` });
};

const PUNCHED: readonly (readonly [title: string, options: readonly string[]])[] = [
  ['version 5 without finobt and sparse inodes', ['-m', 'finobt=0', '-i', 'sparse=0']],
  ['version 5 on a stripe', ['-d', 'su=65536,sw=3']],
];

for (const [title, options] of PUNCHED) {
  test.serial(`XFS ${title}: the map is that of xfs_db`, async (t) => {
    if (!requires(t, 'root')) return;
    const image = await formatted(t, 96 * MIB, [...MKFS, ...options]);
    await withMounted(t, image, ['mount'], (folder) => punch(folder, 1000, 12));
    await expectMap(t, image, xfsUsed(image));
  });
}

const FROM_PROTOTYPE: typeof AGED = [
  ['version 4', 300, ['-m', 'crc=0']],
  ['version 4 with 512-byte blocks', 300, ['-m', 'crc=0', '-b', 'size=512']],
  ['version 5 with 64 KiB blocks', 300, ['-b', 'size=65536']],
];

for (const [title, mib, options] of FROM_PROTOTYPE) {
  test.serial(`XFS ${title}: the map is that of xfs_db`, async (t) => {
    const image = await formatted(t, mib * MIB, [...MKFS, ...options]);
    await xfsFromPrototype(t, image, options, 4);
    await expectMap(t, image, xfsUsed(image), false);
  });
}

/** Levels of each AG's tree of free extents by block number, and blocks on its free list. */
const freeSpaceTrees = (image: string, ags: number): readonly (readonly [number, number])[] =>
  Array.from({ length: ags }, (_, ag) => {
    const text = run('xfs_db', ['-r', '-c', `agf ${ag}`, '-c', 'p bnolevel flcount', image]);
    const [levels = 0, listed = 0] = Array.from(text.matchAll(/= (\d+)/g), ([, value]) =>
      Number(value),
    );
    return [levels, listed];
  });

test.serial(
  'XFS with free-space trees of three levels: the map is that of xfs_db and of partclone',
  async (t) => {
    if (!requires(t, 'root')) return;
    const image = await formatted(t, 160 * MIB, [...MKFS, '-b', 'size=1024', '-d', 'agcount=1']);
    await withMounted(t, image, ['mount'], (folder) => punch(folder, 12_000, 9));
    const trees = freeSpaceTrees(image, 1);
    t.is(trees[0]?.[0], 3);
    await expectMap(t, image, xfsUsed(image), false);
    // partclone takes the blocks on the free lists as free, and nothing else otherwise.
    const expected = blockMap(160 * MIB, xfsUsed(image));
    const theirs = blockMap(160 * MIB, await partcloneUsed(t, 'partclone.xfs', image));
    const more = theirs.filter((used, block) => used > (expected[block] ?? 0));
    const less = theirs.filter((used, block) => used < (expected[block] ?? 0));
    t.is(more.length, 0);
    t.true(less.length <= trees.reduce((sum, [, listed]) => sum + listed, 0));
  },
);

test.serial('XFS grown by a last, shorter AG: the map is that of xfs_db', async (t) => {
  if (!requires(t, 'root')) return;
  const image = await formatted(t, 300 * MIB, MKFS);
  truncateSync(image, 420 * MIB);
  await withMounted(t, image, ['mount'], async (folder) => {
    await runTool('xfs_growfs', [folder]);
    await punch(folder, 2000, 40);
  });
  t.regex(run('xfs_db', ['-r', '-c', 'sb 0', '-c', 'p agcount', image]), /= 6$/m);
  await expectMap(t, image, xfsUsed(image));
});

/** Highest log cycle among the places in the log where the AGs' headers were written last. */
const logCycle = (image: string, ags: number): number =>
  Math.max(
    ...Array.from({ length: ags }, (_, ag) => {
      const [, lsn = '0'] =
        /= (\w+)/.exec(run('xfs_db', ['-r', '-c', `agf ${ag}`, '-c', 'p lsn', image])) ?? [];
      return Number(BigInt(lsn) >> 32n);
    }),
  );

test.serial('XFS whose small log has gone round: the map is that of xfs_db', async (t) => {
  if (!requires(t, 'root')) return;
  const image = await formatted(t, 96 * MIB, [...MKFS, '-l', 'size=1368b']);
  await withMounted(t, image, ['mount'], async (folder) => {
    for (let file = 0; file < 20_000; file++) {
      writeFileSync(path.join(folder, `empty-${file}`), '');
      if (file % 300 === 0) run('sync', ['-f', folder]);
    }
    await punch(folder, 1000, 12);
  });
  t.true(logCycle(image, 4) > 1);
  await expectMap(t, image, xfsUsed(image));
});
