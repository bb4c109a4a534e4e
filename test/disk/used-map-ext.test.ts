/** ext2/3/4 maps against dumpe2fs; how they are compared is in `map-comparison.ts`. */
import { truncateSync } from 'node:fs';
import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { ageExt, ageMounted } from '../helpers/aged-volume.ts';
import { expectMap } from '../helpers/map-comparison.ts';
import { requires } from '../helpers/requires.ts';
import { extUsed, partcloneUsed } from '../helpers/used-map.ts';
import { formatted, MIB } from '../helpers/volume.ts';

const EXT: readonly (readonly [title: string, mib: number, options: readonly string[]])[] = [
  ['ext2 with 1 KiB blocks', 32, ['-t', 'ext2', '-b', '1024']],
  ['ext2 revision 0', 32, ['-t', 'ext2', '-r', '0', '-b', '1024']],
  ['ext3 with 2 KiB blocks', 64, ['-t', 'ext3', '-b', '2048']],
  ['ext4', 64, ['-t', 'ext4', '-b', '4096']],
  ['ext4 with 1 KiB blocks', 32, ['-t', 'ext4', '-b', '1024']],
  [
    'ext4 with meta_bg',
    32,
    ['-t', 'ext4', '-b', '1024', '-g', '1024', '-O', 'meta_bg,^resize_inode'],
  ],
  [
    'ext4 with meta_bg and no flex_bg',
    32,
    ['-t', 'ext4', '-b', '1024', '-g', '1024', '-O', 'meta_bg,^resize_inode,^flex_bg'],
  ],
  ['ext4 with bigalloc', 64, ['-t', 'ext4', '-b', '4096', '-C', '16384', '-O', 'bigalloc']],
  [
    'ext4 with bigalloc and 1 KiB blocks',
    32,
    ['-t', 'ext4', '-b', '1024', '-C', '8192', '-O', 'bigalloc'],
  ],
  [
    'ext4 with sparse_super2',
    32,
    ['-t', 'ext4', '-b', '1024', '-O', 'sparse_super2,^resize_inode'],
  ],
  ['ext4 with uninit_bg', 32, ['-t', 'ext4', '-b', '1024', '-O', 'uninit_bg,^metadata_csum']],
  [
    'ext4 without flex_bg and 64bit',
    32,
    ['-t', 'ext4', '-b', '1024', '-O', '^flex_bg,^64bit,^metadata_csum,^uninit_bg'],
  ],
  [
    'ext4 with inline_data, mmp, orphan_file',
    32,
    ['-t', 'ext4', '-O', 'inline_data,mmp,orphan_file'],
  ],
];

for (const [title, mib, options] of EXT) {
  test.serial(`${title}: the map is that of dumpe2fs`, async (t) => {
    if (!requires(t, 'root')) return;
    const image = await formatted(t, mib * MIB, ['mke2fs', '-q', '-F', '-m', '0', ...options]);
    await expectMap(t, image, extUsed(image), false);
    await ageMounted(t, image, ['mount'], mib);
    await expectMap(t, image, extUsed(image));
  });
}

const EXT_UNMOUNTED: typeof EXT = [
  ['ext4 with 64 KiB blocks', 96, ['-t', 'ext4', '-b', '65536', '-N', '2048']],
  [
    'ext4 with casefold, encrypt, verity, quota, project',
    32,
    ['-t', 'ext4', '-O', 'casefold,encrypt,verity,quota,project,stable_inodes,fast_commit'],
  ],
  ['ext4 with many block groups', 48, ['-t', 'ext4', '-b', '1024', '-g', '512', '-N', '4096']],
];

for (const [title, mib, options] of EXT_UNMOUNTED) {
  test.serial(`${title}: the map is that of dumpe2fs`, async (t) => {
    const image = await formatted(t, mib * MIB, ['mke2fs', '-q', '-F', '-m', '0', ...options]);
    await ageExt(t, image, mib * MIB * 0.85, mib);
    await expectMap(t, image, extUsed(image));
  });
}

/** Fresh volumes of many groups, most of whose bitmaps were never written. */
const EXT_FRESH: readonly (readonly [features: string, more?: readonly string[]])[] = [
  ['^resize_inode,meta_bg'],
  ['^resize_inode,meta_bg,^flex_bg'],
  ['^resize_inode,meta_bg,^64bit,uninit_bg,^metadata_csum'],
  ['^resize_inode,meta_bg,bigalloc'],
  ['^resize_inode,^sparse_super,^flex_bg'],
  ['sparse_super2,^resize_inode', ['-E', 'num_backup_sb=1']],
  ['sparse_super2,^resize_inode', ['-E', 'num_backup_sb=0']],
  ['^flex_bg'],
  ['^64bit,uninit_bg,^metadata_csum'],
  ['metadata_csum_seed,ea_inode,large_dir,^has_journal'],
  ['64bit', ['-E', 'desc_size=256']],
  ['flex_bg', ['-G', '4', '-E', 'packed_meta_blocks=1']],
];

for (const [features, more = []] of EXT_FRESH) {
  test(`fresh ext4 with ${[features, ...more].join(' ')}: the map is that of dumpe2fs`, async (t) => {
    const mke2fs = ['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '1024', '-N', '2048'];
    const image = await formatted(t, 300 * MIB, [...mke2fs, '-O', features, ...more]);
    await expectMap(t, image, extUsed(image), false);
  });
}

test('ext4 enlarged, shrunk and made 32-bit by resize2fs: the map is that of dumpe2fs', async (t) => {
  const image = await formatted(t, 32 * MIB, ['mke2fs', '-q', '-F', '-t', 'ext4', '-b', '1024']);
  await ageExt(t, image, 32 * MIB * 0.7, 48);
  truncateSync(image, 512 * MIB);
  for (const args of [[image], [image, '80M'], ['-s', image]]) {
    await runTool('e2fsck', ['-f', '-p', image]);
    await runTool('resize2fs', args);
    await expectMap(t, image, extUsed(image), false);
  }
});

test('ext4 as partclone reads it: the map is the same', async (t) => {
  const image = await formatted(t, 32 * MIB, ['mke2fs', '-q', '-F', '-t', 'ext4', '-m', '0']);
  await ageExt(t, image, 32 * MIB * 0.8, 49);
  await expectMap(t, image, await partcloneUsed(t, 'partclone.extfs', image), false);
});
