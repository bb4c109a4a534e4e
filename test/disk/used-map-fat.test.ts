/** FAT and exFAT maps against fsck.fat and partclone; how they are compared is in `map-comparison.ts`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { ageFat, ageMounted, scribbleFat32 } from '../helpers/aged-volume.ts';
import { attachLoop } from '../helpers/loop-device.ts';
import { expectMap } from '../helpers/map-comparison.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { clip, fatClusters, fatUsed, partcloneUsed } from '../helpers/used-map.ts';
import { formatted, MIB, patch, probe, readAt } from '../helpers/volume.ts';
import { emptyFile } from '../helpers/volumes.ts';

const FAT: readonly (readonly [
  title: string,
  bits: 12 | 16 | 32,
  mib: number,
  options: readonly string[],
])[] = [
  ['FAT12', 12, 8, ['-s', '4']],
  ['FAT16', 16, 30, ['-s', '2']],
  ['FAT16 with 64 KiB clusters', 16, 272, ['-s', '128']],
  ['FAT32', 32, 34, ['-s', '1']],
  ['FAT32 with one FAT', 32, 34, ['-s', '1', '-f', '1']],
  ['FAT12 of a floppy disk', 12, 1.40625, ['-s', '1', '-D', '0', '-r', '224']],
  ['FAT12 with 16 KiB clusters', 12, 48, ['-s', '32']],
  ['FAT16 with 112 root entries and 7 reserved sectors', 16, 16, ['-r', '112', '-R', '7']],
  ['FAT16 with 4 KiB sectors', 16, 48, ['-S', '4096', '-s', '1']],
  ['FAT32 with 2 KiB sectors', 32, 136, ['-S', '2048', '-s', '1']],
  ['FAT32 with 97 reserved sectors', 32, 34, ['-s', '1', '-R', '97']],
];

for (const [title, bits, mib, options] of FAT) {
  test.serial(
    `${title}: the map is that of its FAT, as fsck.fat and partclone read it`,
    async (t) => {
      const image = await formatted(t, mib * MIB, ['mkfs.fat', '-F', String(bits), ...options]);
      const { clusterBytes } = await probe(image);
      await ageFat(t, image, mib * MIB * 0.97, clusterBytes, mib);
      const { used, end } = fatUsed(image, bits);
      // The first extent is what lies before the clusters.
      t.is(used.length - 1, fatClusters(image));
      // A floppy disk is too small to lie in pieces.
      await expectMap(t, image, used, mib > 2);
      // partclone 0.3.23 reads FAT12 entries wrongly, and takes the sectors behind the last cluster as used.
      if (bits === 12) return;
      await expectMap(t, image, clip(await partcloneUsed(t, 'partclone.fat', image), end));
    },
  );
}

/** What fsck.fat or mtools does not take. */
const SCRIBBLED: readonly (readonly [title: string, mib: number, options: readonly string[]])[] = [
  ['few clusters', 24, ['-s', '1']],
  ['three FATs', 40, ['-s', '1', '-f', '3']],
];

for (const [title, mib, options] of SCRIBBLED) {
  test.serial(`FAT32 with ${title}: the map is that of partclone`, async (t) => {
    const image = await formatted(t, mib * MIB, ['mkfs.fat', '-F', '32', ...options]);
    scribbleFat32(image, 24);
    const { end } = fatUsed(image, 32);
    await expectMap(t, image, clip(await partcloneUsed(t, 'partclone.fat', image), end));
  });
}

test.serial(
  'FAT32 with bad clusters: they are free, the rest is as fsck.fat and partclone say',
  async (t) => {
    const list = path.join(await temporaryFolder(t), 'bad-blocks');
    // 1 KiB each, 20 MiB into the volume.
    writeFileSync(
      list,
      Array.from({ length: 40 }, (_, index) => `${20 * 1024 + index}\n`).join(''),
    );
    const image = await formatted(t, 34 * MIB, ['mkfs.fat', '-F', '32', '-s', '1', '-l', list]);
    const before = await probe(image);
    await ageFat(t, image, 34 * MIB * 0.9, before.clusterBytes, 5);
    const boot = readAt(image, 0, 512);
    const fat = readAt(image, boot.readUInt16LE(14) * 512, boot.readUInt32LE(36) * 512);
    const entries = Array.from({ length: fat.length / 4 }, (_, entry) =>
      fat.readUInt32LE(entry * 4),
    );
    t.is(entries.filter((entry) => entry === 0x0ffffff7).length, 80);
    const { used, end } = fatUsed(image, 32);
    await expectMap(t, image, used);
    await expectMap(t, image, clip(await partcloneUsed(t, 'partclone.fat', image), end));
  },
);

test.serial('FAT32 whose second FAT alone is active: the map is that of the second', async (t) => {
  const image = await formatted(t, 34 * MIB, ['mkfs.fat', '-F', '32', '-s', '1']);
  await ageFat(t, image, 34 * MIB * 0.9, 512, 6);
  const { used } = fatUsed(image, 32);
  const boot = readAt(image, 0, 512);
  // ExtFlags: no mirroring, FAT 1; what the first one says since is of no account.
  for (const sector of [0, 6]) patch(image, sector * 512 + 40, Uint8Array.of(0x81, 0));
  const entries = Buffer.alloc(boot.readUInt32LE(36) * 512 - 8, 0xf8);
  patch(image, boot.readUInt16LE(14) * 512 + 8, entries);
  await expectMap(t, image, used);
});

const EXFAT: readonly (readonly [title: string, mib: number, cluster: string])[] = [
  ['512-byte clusters', 16, '512'],
  ['4 KiB clusters', 24, '4K'],
  ['128 KiB clusters', 64, '128K'],
];

for (const [title, mib, cluster] of EXFAT) {
  test.serial(`exFAT with ${title}: the map is that of partclone`, async (t) => {
    if (!requires(t, 'root', 'mount.exfat-fuse')) return;
    const image = await formatted(t, mib * MIB, ['mkfs.exfat', '-c', cluster]);
    await ageMounted(t, image, ['mount.exfat-fuse'], mib);
    await expectMap(t, image, await partcloneUsed(t, 'partclone.exfat', image));
  });
}

test.serial(
  'exFAT with its bitmap before the first cluster: the map is that of partclone',
  async (t) => {
    if (!requires(t, 'root', 'mount.exfat-fuse')) return;
    const image = await formatted(t, 24 * MIB, ['mkfs.exfat', '-c', '4K', '--pack-bitmap']);
    await ageMounted(t, image, ['mount.exfat-fuse'], 24);
    await expectMap(t, image, await partcloneUsed(t, 'partclone.exfat', image));
  },
);

test.serial('exFAT with 4 KiB sectors: the map is that of partclone', async (t) => {
  if (!requires(t, 'root', 'mount.exfat-fuse')) return;
  const image = emptyFile(path.join(await temporaryFolder(t), 'volume.img'), 24);
  const node = await attachLoop(t, image, { sectorSize: 4096 });
  await runTool('mkfs.exfat', ['-c', '8K', node]);
  await runTool('sync', [node]);
  t.is(readAt(image, 108, 1)[0], 12);
  await ageMounted(t, image, ['mount.exfat-fuse'], 24);
  await expectMap(t, image, await partcloneUsed(t, 'partclone.exfat', image));
});

test('exFAT with 32 MiB clusters: the map is that of partclone', async (t) => {
  const image = await formatted(t, 2034 * MIB, ['mkfs.exfat', '-c', '32M']);
  await expectMap(t, image, await partcloneUsed(t, 'partclone.exfat', image), false);
});
