import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { NacreError } from '../../src/errors.ts';
import { verifyDisk } from '../../src/image/verify-disk.ts';
import { MIB, makeLab, mbrDisk } from '../helpers/disk-lab.ts';
import { attachLoop, mountOn } from '../helpers/loop-device.ts';
import { requires } from '../helpers/requires.ts';
import { run } from '../helpers/volumes.ts';

test('a block device gets the image, its partitions appear, and a mounted one refuses', async (t) => {
  if (!requires(t, 'root', 'losetup')) return;
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const loop = await attachLoop(t, await lab.noise('target', 80 * MIB));
  const report = await lab.restore(loop);
  t.true(report.writtenBytes > 0);
  t.true(existsSync(`${loop}p2`));
  t.true((await verifyDisk({ store: lab.store, image: 'lab', path: loop })).same);
  // Through the partition's own node, whose cache is not the disk's.
  t.notThrows(() => run('e2fsck', ['-f', '-n', `${loop}p2`]));
  await mountOn(t, `${loop}p2`, lab.at('mount'), 'ro');
  const before = readFileSync(lab.at('target'));
  await t.throwsAsync(lab.restore(loop), {
    code: 'DISK_IN_USE',
    message: new RegExp(lab.at('mount')),
  });
  t.true(readFileSync(lab.at('target')).equals(before));
});

test('a capture of a mounted disk is refused, of an unmounted one equals that of its file', async (t) => {
  if (!requires(t, 'root', 'losetup')) return;
  const lab = await makeLab(t);
  const file = mbrDisk(lab);
  const fromFile = await lab.capture(file);
  const loop = await attachLoop(t, file);
  const fromDevice = await lab.capture(loop);
  t.is(fromDevice.newChunks, 0);
  t.is(fromDevice.usedBytes, fromFile.usedBytes);
  await runTool('partx', ['--add', loop], { accept: [0, 1] });
  await mountOn(t, `${loop}p2`, lab.at('mount'));
  await t.throwsAsync(lab.capture(loop), { code: 'DISK_IN_USE' });
});

test('a block device that is written while it is captured is not published', async (t) => {
  if (!requires(t, 'root', 'losetup')) return;
  const lab = await makeLab(t);
  const loop = await attachLoop(t, mbrDisk(lab));
  const write = (): void => {
    const descriptor = openSync(loop, 'r+');
    writeSync(descriptor, Buffer.alloc(4096, Math.random() * 256), 0, 4096, 63 * MIB);
    fsyncSync(descriptor);
    closeSync(descriptor);
  };
  const error = await t.throwsAsync(lab.capture(loop, { onProgress: write }), {
    instanceOf: NacreError,
  });
  t.is(error?.code, 'IMAGE_SOURCE_CHANGED');
  await t.throwsAsync(lab.store.resolve('lab'), { code: 'IMAGE_NOT_FOUND' });
});

test('a block device that fails is named with the place that it failed at', async (t) => {
  if (!requires(t, 'root', 'losetup', 'mount')) return;
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  // A sparse file without room behind it: the device reads zeros, and writing fails in the middle.
  mkdirSync(lab.at('small'));
  await runTool('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', lab.at('small')]);
  t.teardown(() => runTool('umount', [lab.at('small')]).then(() => undefined));
  const backing = lab.at('small/backing');
  writeFileSync(backing, '');
  truncateSync(backing, 64 * MIB);
  const loop = await attachLoop(t, backing);
  const error = await t.throwsAsync(lab.restore(loop), { instanceOf: NacreError });
  // The kernel may tell of a failed write only at the flush, which has no place.
  t.is(error?.facts['path'], loop, error?.message);
  if (error?.code === 'DISK_IO') return;
  t.is(error?.code, 'IMAGE_TARGET_IO', error?.message);
  // Threads work on both partitions at a time; whichever fails first is named with its own place.
  const [start = 0, end = 0] = error?.facts['partition'] === 1 ? [1, 25] : [25, 61];
  const offset = Number(error?.facts['diskOffset']);
  t.true(offset >= start * MIB && offset < end * MIB, `${offset}`);
});
