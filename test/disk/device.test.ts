import { rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {
  changeMarker,
  explained,
  explainFailure,
  inspectDisk,
  listDisks,
  openForRead,
  openForWrite,
  reasonsAgainstWriting,
} from '../../src/disk/device.ts';
import { fromNative } from '../../src/disk/native.ts';
import {
  applyTable,
  planTable,
  readTable,
  refreshPartitions,
} from '../../src/disk/partition-table.ts';
import { runTool } from '../../src/disk/tool.ts';
import { type ErrorCode, isNacreError } from '../../src/errors.ts';
import { attachLoop, mountOn } from '../helpers/loop-device.ts';
import { requires } from '../helpers/requires.ts';
import { emptyImage, scratchFolder } from '../helpers/scratch.ts';

const MIB = 1 << 20;

test('an image file is told with its size and its path as identity', async (t) => {
  const file = await emptyImage(t, MIB + 100);
  const info = await inspectDisk(file);
  t.like(info, { kind: 'file', sizeBytes: MIB + 100, identity: `path:${file}`, uses: [] });
});

test('a link is followed to the file it names', async (t) => {
  const file = await emptyImage(t, MIB);
  const link = `${file}.link`;
  await symlink(file, link);
  t.is((await inspectDisk(link)).path, file);
});

for (const [name, target, code] of [
  ['a path that does not exist', 'missing.img', 'DISK_NOT_FOUND'],
  ['a folder', '.', 'DISK_NOT_A_DISK'],
] as const satisfies readonly (readonly [string, string, ErrorCode])[]) {
  test(`${name} is refused as ${code}`, async (t) => {
    const folder = await scratchFolder(t);
    const error = await t.throwsAsync(openForRead(path.join(folder, target)));
    t.true(isNacreError(error, code));
  });
}

test('another disk in the place of the planned one is refused', async (t) => {
  const file = await emptyImage(t, MIB);
  const expected = await inspectDisk(file);
  await truncate(file, 2 * MIB);
  const error = await t.throwsAsync(openForWrite(file, { expected }));
  t.true(isNacreError(error, 'DISK_CHANGED'));
});

test('a disk one byte too small is refused with both sizes', async (t) => {
  const file = await emptyImage(t, MIB);
  const error = await t.throwsAsync(openForWrite(file, { neededBytes: MIB + 1 }));
  t.like(error, { code: 'DISK_TOO_SMALL', facts: { sizeBytes: MIB, neededBytes: MIB + 1 } });
});

test('a file opened for writing keeps a second writer out until it is closed', async (t) => {
  const file = await emptyImage(t, MIB);
  const first = await openForWrite(file);
  const error = await t.throwsAsync(openForWrite(file));
  t.true(isNacreError(error, 'DISK_IN_USE'));
  first.close();
  (await openForWrite(file)).close();
});

test('the sector size of an image file is found by its GPT', async (t) => {
  const file = await emptyImage(t, 64 * MIB);
  {
    using disk = await openForWrite(file, { sectorSize: 4096 });
    const guid = '01234567-89ab-cdef-0123-456789abcdef';
    await applyTable(
      disk,
      await planTable(disk, { type: 'gpt', guid, entryCount: 128, entries: [] }),
    );
  }
  using disk = await openForRead(file);
  t.is(disk.sectorSize, 4096);
});

test('the marker of a file changes when the file is written', async (t) => {
  const file = await emptyImage(t, MIB);
  const before = await changeMarker(file);
  t.is(await changeMarker(file), before);
  await writeFile(file, 'x', { flag: 'r+' });
  t.not(await changeMarker(file), before);
});

test('a loop device takes writes that its marker tells', async (t) => {
  if (!requires(t, 'root')) return;
  const node = await attachLoop(t, await emptyImage(t, 8 * MIB));
  const before = await changeMarker(node);
  {
    using disk = await openForWrite(node);
    await disk.device.write(4096, Buffer.alloc(4096, 1));
    await disk.device.flush();
  }
  t.not(await changeMarker(node), before);
  t.true((await listDisks()).some((disk) => disk.path === node));
});

test('a block device keeps its own sector size', async (t) => {
  if (!requires(t, 'root')) return;
  const node = await attachLoop(t, await emptyImage(t, 8 * MIB), { sectorSize: 4096 });
  const error = await t.throwsAsync(openForRead(node, { sectorSize: 512 }));
  t.like(error, { code: 'DISK_SECTOR_SIZE', facts: { sectorSize: 4096, neededSectorSize: 512 } });
});

test('a read-only loop device is refused for writing', async (t) => {
  if (!requires(t, 'root')) return;
  const node = await attachLoop(t, await emptyImage(t, 8 * MIB), { readOnly: true });
  const error = await t.throwsAsync(openForWrite(node));
  t.true(isNacreError(error, 'DISK_READ_ONLY'));
});

test('a mounted partition keeps disk, partition and image file from being written', async (t) => {
  if (!requires(t, 'root')) return;
  const file = await emptyImage(t, 32 * MIB);
  await runTool('sfdisk', ['-q', file], { input: 'label: dos\nsize=8M\nsize=16M\n' });
  const node = await attachLoop(t, file);
  {
    using disk = await openForRead(node);
    const shown = await refreshPartitions(disk, (await readTable(disk)).table);
    t.deepEqual(
      shown.map((partition) => partition.path),
      [`${node}p1`, `${node}p2`],
    );
  }
  await runTool('mkfs.ext4', ['-q', `${node}p2`]);
  const folder = path.join(await scratchFolder(t), 'mnt');
  await mountOn(t, `${node}p2`, folder);
  for (const target of [node, `${node}p2`, file]) {
    const error = await t.throwsAsync(openForWrite(target));
    t.like(error, { code: 'DISK_IN_USE', facts: { use: `${node}p2 is mounted on ${folder}` } });
    t.true(isNacreError(await t.throwsAsync(openForRead(target)), 'DISK_IN_USE'));
  }
  (await openForWrite(`${node}p1`)).close();
  await runTool('mount', ['-o', 'remount,ro', folder]);
  (await openForRead(node)).close();
});

/** What the addon rejects with when a system call fails. */
const failure = (errno: number): Promise<never> =>
  Promise.reject(Object.assign(new Error('open'), { errno, syscall: 'open', path: '/dev/sdx' }));

for (const [name, errno, code] of [
  ['ENOENT', -2, 'DISK_NOT_FOUND'],
  ['EACCES', -13, 'DISK_PERMISSION'],
  ['EPERM', -1, 'DISK_PERMISSION'],
  ['EROFS', -30, 'DISK_READ_ONLY'],
  ['EBUSY', -16, 'DISK_IN_USE'],
  ['ENXIO', -6, 'DISK_VANISHED'],
  ['ENODEV', -19, 'DISK_VANISHED'],
  ['ENOMEDIUM', -123, 'DISK_VANISHED'],
  ['EIO', -5, 'DISK_IO'],
] as const) {
  test(`${name} while a disk is opened is ${code}`, async (t) => {
    const error = await t.throwsAsync(explained('/dev/sdx', 'read', failure(errno)));
    t.like(error, { code, facts: { path: '/dev/sdx' } });
  });
}

test('an input error of a disk that is not there any more, or has another size, is DISK_VANISHED', async (t) => {
  const file = await emptyImage(t, MIB);
  using disk = await openForRead(file);
  await truncate(file, 4096);
  const reason = await t.throwsAsync(fromNative(disk.device.read(8192, 4096)));
  t.true(isNacreError(reason, 'DISK_IO'));
  t.true(isNacreError(await explainFailure(disk.info, reason), 'DISK_VANISHED'));
  await rm(file);
  t.true(isNacreError(await explainFailure(disk.info, reason), 'DISK_VANISHED'));
});

test('an input error of a disk that is still there keeps its name', async (t) => {
  const info = await inspectDisk(await emptyImage(t, MIB));
  const reason = await t.throwsAsync(explained(info.path, 'read', failure(-5)));
  t.is(await explainFailure(info, reason), reason);
  const bug = new TypeError('a bug');
  t.is(await explainFailure(info, bug), bug);
});

test('what is written must count in the sectors of the disk', async (t) => {
  const file = await emptyImage(t, MIB);
  const error = await t.throwsAsync(openForWrite(file, { neededSectorSize: 4096 }));
  t.like(error, { code: 'DISK_SECTOR_SIZE', facts: { sectorSize: 512, neededSectorSize: 4096 } });
  (await openForWrite(file, { neededSectorSize: 4096, sectorSize: 4096 })).close();
  const odd = await t.throwsAsync(openForRead(file, { sectorSize: 513 }));
  t.true(isNacreError(odd, 'DISK_SECTOR_SIZE'));
});

test('every user of a disk is named in a phrase', (t) => {
  const use = { device: '/dev/sdx1', where: '/dev/md0', isReadOnly: false };
  const uses = [
    { ...use, kind: 'system' as const, where: '/' },
    { ...use, kind: 'swap' as const },
    { ...use, kind: 'held' as const },
  ];
  t.deepEqual(reasonsAgainstWriting({ uses, isReadOnly: true }), [
    '/dev/sdx1 belongs to the running system (/)',
    '/dev/sdx1 is swap',
    '/dev/sdx1 is held by /dev/md0',
    'it is read-only',
  ]);
});
