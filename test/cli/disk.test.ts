import path from 'node:path';
import test from 'ava';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { makeDisk } from '../helpers/volumes.ts';

test.serial('disk show draws the partitions of an image file and lists them', async (t) => {
  const disk = makeDisk(path.join(await temporaryFolder(t), 'disk.img'));
  const run = await nacre(['disk', 'show', disk]);
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  t.regex(run.stdout, /disk\.img {2}64\.0 MiB \(67108864 bytes\) {2}mbr\n┌/);
  t.regex(run.stdout, / 1 {2}.*ntfs .*\n.* 2 {2}.*ext4 /);
  const { disks } = documentOf(await nacre(['disk', 'show', disk, '--json']));
  t.like(disks, [
    {
      path: disk,
      sizeBytes: 64 * 2 ** 20,
      sectorSize: 512,
      readOnly: false,
      inUseBy: [],
      partitions: [
        { number: 1, startBytes: 2 ** 20, fileSystem: 'ntfs' },
        { number: 2, fileSystem: 'ext4' },
      ],
    },
  ]);
});

test.serial('disk list gives the disks of this machine in one document', async (t) => {
  const run = await nacre(['disk', 'list', '--json']);
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  const { disks } = documentOf(run);
  t.true(Array.isArray(disks));
  for (const disk of Array.isArray(disks) ? disks : []) {
    t.regex(String(disk.path), /^\/dev\//);
    t.true(Array.isArray(disk.partitions));
  }
  t.is((await nacre(['disk', 'list', '--lang', 'ja'])).exitCode, 0);
});

test('a disk that does not exist is named with the way out', async (t) => {
  const run = await nacre(['disk', 'show', '/dev/nosuch', '--json']);
  t.is(run.exitCode, 1);
  t.like(documentOf(run), { error: { code: 'DISK_NOT_FOUND', facts: { path: '/dev/nosuch' } } });
});
