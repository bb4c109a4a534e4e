import { execFileSync } from 'node:child_process';
import test from 'ava';
import { growFileSystem } from '../../src/disk/grow.ts';
import { cutVolume, MIB, makeLab, putVolume } from '../helpers/disk-lab.ts';
import { requires } from '../helpers/requires.ts';
import { emptyFile, makeExt4, makeNtfs, run } from '../helpers/volumes.ts';

const diskWith = (file: string, volume: string, type: string, sizeMib: number): string => {
  emptyFile(file, sizeMib + 2);
  const table = `label: dos\nstart=2048, size=${sizeMib * 2048}, type=${type}\n`;
  execFileSync('/usr/sbin/sfdisk', ['-q', file], { input: table });
  putVolume(volume, file, 1);
  return file;
};

test('a restore with grow fills the disk with a clean ext4 volume', async (t) => {
  if (!requires(t, 'root', 'resize2fs')) return;
  const lab = await makeLab(t);
  await lab.capture(diskWith(lab.at('disk'), makeExt4(lab.at('ext4'), 32), '83', 32));
  const target = await lab.noise('target', 100 * MIB);
  const report = await lab.restore(target, { grow: true });
  t.is(report.grownPartition, 1);
  t.is(report.partitions[0]?.sizeBytes, 99 * MIB);
  const volume = cutVolume(target, lab.at('grown'), 1, 99);
  t.notThrows(() => run('e2fsck', ['-f', '-n', volume]));
  t.regex(run('dumpe2fs', ['-h', volume]), /Block count: +(25344|101376)\n/);
  t.is((await lab.capture(target)).partitions[0]?.fileSystem, 'ext4');
});

test('a restore with grow fills the disk with a clean NTFS volume that captures again', async (t) => {
  if (!requires(t, 'root', 'ntfsresize')) return;
  const lab = await makeLab(t);
  await lab.capture(diskWith(lab.at('disk'), makeNtfs(lab.at('ntfs'), 32), '7', 32));
  const target = await lab.noise('target', 64 * MIB);
  t.is((await lab.restore(target, { grow: true })).grownPartition, 1);
  const volume = cutVolume(target, lab.at('grown'), 1, 63);
  t.notThrows(() => run('ntfsfix', ['-n', volume]));
  t.is((await lab.capture(target)).partitions[0]?.sizeBytes, 63 * MIB);
});

test('without loop devices a volume in an image file grows through a copy', async (t) => {
  const lab = await makeLab(t);
  for (const [fileSystem, type, make] of [
    ['ntfs', '7', makeNtfs],
    ['ext4', '83', makeExt4],
  ] as const) {
    const disk = diskWith(lab.at('disk'), make(lab.at(fileSystem), 32), type, 48);
    await growFileSystem(
      { path: disk, offset: MIB, sizeBytes: 48 * MIB, sectorSize: 512, fileSystem },
      { hasLoop: false },
    );
    const volume = cutVolume(disk, lab.at('grown'), 1, 48);
    if (fileSystem === 'ntfs') {
      t.notThrows(() => run('ntfsfix', ['-n', volume]));
      t.regex(run('ntfsinfo', ['-m', volume]), /Volume Size in Clusters: 12287\n/);
    } else {
      t.notThrows(() => run('e2fsck', ['-f', '-n', volume]));
      t.regex(run('dumpe2fs', ['-h', volume]), /Block count: +(12288|49152)\n/);
    }
  }
});

test('a volume that is not what it was said to be is not grown', async (t) => {
  const lab = await makeLab(t);
  const disk = diskWith(lab.at('disk'), makeExt4(lab.at('ext4'), 32), '83', 48);
  const place = { path: disk, offset: MIB, sizeBytes: 48 * MIB, sectorSize: 512 };
  await t.throwsAsync(growFileSystem({ ...place, fileSystem: 'ntfs' }, { hasLoop: false }), {
    code: 'DISK_STRUCTURE',
  });
});
