import { symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {
  changeMarker,
  inspectDisk,
  listDisks,
  openForRead,
  openForWrite,
} from '../../src/disk/device.ts';
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
