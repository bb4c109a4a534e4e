/** What a partition is recognised as. The used-block maps are in `used-map-*.test.ts`. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { formatted, MIB, probe } from '../helpers/volume.ts';

const FAT32 = ['mkfs.fat', '-F', '32', '-n', 'DATA', '-i', '1234ABCD'];
const UUID = '5f2e6a34-9f0e-4d7b-8a39-0c7f2a2b1c11';

interface Case {
  readonly title: string;
  readonly mkfs: readonly string[];
  readonly mib: number;
  readonly type: string;
  readonly label: string;
  readonly uuid?: string;
  readonly clusterBytes: number;
}

const CASES: readonly Case[] = [
  {
    title: 'FAT12',
    mkfs: ['mkfs.fat', '-F', '12', '-n', 'FLOPPY', '-i', '00FF00EE'],
    mib: 2,
    type: 'fat12',
    label: 'FLOPPY',
    uuid: '00FF-00EE',
    clusterBytes: 2048,
  },
  {
    title: 'FAT16',
    mkfs: ['mkfs.fat', '-F', '16', '-n', 'AGENT', '-i', '1234ABCD'],
    mib: 16,
    type: 'fat16',
    label: 'AGENT',
    uuid: '1234-ABCD',
    clusterBytes: 2048,
  },
  {
    title: 'FAT32',
    mkfs: [...FAT32, '-s', '1'],
    mib: 64,
    type: 'fat32',
    label: 'DATA',
    uuid: '1234-ABCD',
    clusterBytes: 512,
  },
  {
    title: 'FAT32 with few clusters',
    mkfs: [...FAT32, '-s', '1'],
    mib: 16,
    type: 'fat32',
    label: 'DATA',
    uuid: '1234-ABCD',
    clusterBytes: 512,
  },
  {
    title: 'FAT32 with 4 KiB sectors',
    mkfs: [...FAT32, '-S', '4096', '-s', '1'],
    mib: 300,
    type: 'fat32',
    label: 'DATA',
    uuid: '1234-ABCD',
    clusterBytes: 4096,
  },
  {
    title: 'exFAT',
    mkfs: ['mkfs.exfat', '-L', 'OIL', '-c', '32K'],
    mib: 64,
    type: 'exfat',
    label: 'OIL',
    clusterBytes: 32768,
  },
  {
    title: 'NTFS',
    mkfs: ['mkntfs', '-F', '-Q', '-L', 'Größe 本'],
    mib: 16,
    type: 'ntfs',
    label: 'Größe 本',
    clusterBytes: 4096,
  },
  {
    title: 'NTFS with 512-byte clusters',
    mkfs: ['mkntfs', '-F', '-Q', '-c', '512'],
    mib: 16,
    type: 'ntfs',
    label: '',
    clusterBytes: 512,
  },
  {
    title: 'NTFS with 2 MiB clusters',
    mkfs: ['mkntfs', '-F', '-Q', '-c', '2097152'],
    mib: 1024,
    type: 'ntfs',
    label: '',
    clusterBytes: 2 * MIB,
  },
  {
    title: 'NTFS with 4 KiB sectors',
    mkfs: ['mkntfs', '-F', '-Q', '-s', '4096'],
    mib: 32,
    type: 'ntfs',
    label: '',
    clusterBytes: 4096,
  },
  {
    title: 'ext2',
    mkfs: ['mkfs.ext2', '-q', '-L', 'two', '-U', UUID],
    mib: 16,
    type: 'ext2',
    label: 'two',
    uuid: UUID,
    clusterBytes: 1024,
  },
  {
    title: 'ext3',
    mkfs: ['mkfs.ext3', '-q', '-L', 'three', '-U', UUID],
    mib: 16,
    type: 'ext3',
    label: 'three',
    uuid: UUID,
    clusterBytes: 1024,
  },
  {
    title: 'ext4',
    mkfs: ['mkfs.ext4', '-q', '-L', 'four', '-U', UUID, '-b', '4096'],
    mib: 16,
    type: 'ext4',
    label: 'four',
    uuid: UUID,
    clusterBytes: 4096,
  },
  {
    title: 'XFS',
    mkfs: ['mkfs.xfs', '-q', '-L', 'five', '-m', `uuid=${UUID}`],
    mib: 320,
    type: 'xfs',
    label: 'five',
    uuid: UUID,
    clusterBytes: 4096,
  },
  {
    title: 'swap',
    mkfs: ['mkswap', '-q', '-L', 'six', '-U', UUID],
    mib: 16,
    type: 'swap',
    label: 'six',
    uuid: UUID,
    clusterBytes: 4096,
  },
  {
    title: 'swap with 64 KiB pages',
    mkfs: ['mkswap', '-q', '-p', '65536', '-L', 'six'],
    mib: 16,
    type: 'swap',
    label: 'six',
    clusterBytes: 65536,
  },
];

for (const { title, mkfs, mib, type, label, uuid, clusterBytes } of CASES) {
  test(`${title} is recognised and clean`, async (t) => {
    const found = await probe(await formatted(t, mib * MIB, mkfs));
    const { reason, state } = found;
    t.deepEqual(
      { type: found.type, label: found.label, state, reason },
      { type, label, state: 'clean', reason: '' },
    );
    if (uuid !== undefined) t.is(found.uuid, uuid);
    t.is(found.clusterBytes, clusterBytes);
    t.is(found.minimumBytes, mib * MIB);
    t.true(found.usedBytes > 0 && found.usedBytes < mib * MIB);
  });
}

test('a partition of noise is raw, and all of it is used', async (t) => {
  const image = path.join(await temporaryFolder(t), 'noise.img');
  writeFileSync(image, randomBytes(MIB + 512));
  const found = await probe(image);
  t.is(found.type, 'raw');
  t.is(found.usedBytes, MIB + 512);
  t.is(found.minimumBytes, MIB + 512);
});
