/** NTFS maps against $Bitmap as libntfs-3g reads it; how they are compared is in `map-comparison.ts`. */
import { truncateSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { ageByClusters, ageMounted, withMounted } from '../helpers/aged-volume.ts';
import { expectMap } from '../helpers/map-comparison.ts';
import { requires } from '../helpers/requires.ts';
import { ntfsUsed, partcloneUsed } from '../helpers/used-map.ts';
import { formatted, MIB } from '../helpers/volume.ts';
import { run } from '../helpers/volumes.ts';

const MKNTFS = ['mkntfs', '-F', '-Q'];

const AGED: readonly (readonly [title: string, mib: number, options: readonly string[]])[] = [
  ['512-byte clusters', 48, ['-c', '512']],
  ['4 KiB clusters', 96, []],
  ['4 KiB sectors', 24, ['-s', '4096']],
];

for (const [title, mib, options] of AGED) {
  test.serial(`NTFS with ${title}: the map is that of $Bitmap`, async (t) => {
    if (!requires(t, 'root', 'ntfs-3g')) return;
    const image = await formatted(t, mib * MIB, [...MKNTFS, ...options]);
    await ageMounted(t, image, ['ntfs-3g'], mib);
    await expectMap(t, image, ntfsUsed(image));
  });
}

/** From 128 KiB on, the boot sector gives the size as an exponent. */
const CLUSTERS: readonly (readonly [clusterKib: number, mib: number])[] = [
  [1, 6],
  [2, 8],
  [8, 16],
  [32, 24],
  [64, 32],
  [128, 64],
  [512, 128],
  [2048, 512],
];

for (const [kib, mib] of CLUSTERS) {
  test.serial(`NTFS with ${kib} KiB clusters: the map is that of $Bitmap`, async (t) => {
    if (!requires(t, 'root', 'ntfs-3g')) return;
    const image = await formatted(t, mib * MIB, [...MKNTFS, '-c', String(kib * 1024)]);
    await withMounted(t, image, ['ntfs-3g'], (folder) => ageByClusters(folder, kib));
    await expectMap(t, image, ntfsUsed(image));
  });
}

/** What ntfsinfo prints of a file's record and the records that its attribute list names. */
const describe = (image: string, inode: number): string =>
  run('ntfsinfo', ['-f', '-v', '-i', String(inode), image]);

const FRAGMENTED: readonly (readonly [clusterBytes: number, mib: number])[] = [
  [512, 10],
  [4096, 16],
];

for (const [clusterBytes, mib] of FRAGMENTED) {
  test.serial(
    `NTFS with ${clusterBytes}-byte clusters whose $MFT is in pieces that its own record has no room for: the map is that of $Bitmap and of partclone`,
    async (t) => {
      if (!requires(t, 'root', 'ntfs-3g')) return;
      const image = await formatted(t, mib * MIB, [...MKNTFS, '-c', String(clusterBytes)]);
      await withMounted(t, image, ['ntfs-3g'], (folder) =>
        ageByClusters(folder, clusterBytes, new Uint8Array()),
      );
      const text = describe(image, 0);
      t.regex(text, /\$ATTRIBUTE_LIST \(0x20\) from mft record 0/);
      t.regex(text, /\$DATA \(0x80\) from mft record (?!0 )/, 'no run of $MFT is elsewhere');
      const expected = ntfsUsed(image);
      await expectMap(t, image, expected);
      // partclone knows clusters only, so the tail comes from the other list.
      const clusters = await partcloneUsed(t, 'partclone.ntfs', image);
      await expectMap(t, image, [...clusters, ...expected.slice(-1)]);
    },
  );
}

test.serial(
  'NTFS whose system files have attribute lists: the map is that of $Bitmap',
  async (t) => {
    if (!requires(t, 'root', 'ntfs-3g')) return;
    const image = await formatted(t, 16 * MIB, MKNTFS);
    const stream = `${image}.stream`;
    writeFileSync(stream, 'content of a named stream');
    const inodes = [2, 3, 5, 6];
    for (const inode of inodes) {
      for (let index = 0; index < 20; index++) {
        run('ntfscp', ['-q', '-i', '-N', `stream ${index}`, image, stream, String(inode)]);
      }
      t.regex(describe(image, inode), /Dumping attribute list/);
    }
    await withMounted(t, image, ['ntfs-3g'], (folder) => ageByClusters(folder, 20));
    await expectMap(t, image, ntfsUsed(image));
  },
);

test.serial('NTFS enlarged by ntfsresize: the map is that of $Bitmap', async (t) => {
  if (!requires(t, 'root', 'ntfs-3g')) return;
  const image = await formatted(t, 16 * MIB, MKNTFS);
  await withMounted(t, image, ['ntfs-3g'], (folder) => ageByClusters(folder, 16));
  truncateSync(image, 17 * MIB);
  run('ntfsresize', ['--force', '--force', '--no-progress-bar', image]);
  run('ntfsfix', ['--clear-dirty', image]);
  await expectMap(t, image, ntfsUsed(image));
});
