import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { NacreError } from '../../src/errors.ts';
import { verifyDisk } from '../../src/image/verify-disk.ts';
import { MBR_VOLUMES, MIB, makeLab, mbrDisk } from '../helpers/disk-lab.ts';
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
  if (!requires(t, 'root', 'losetup', 'mount', 'fallocate')) return;
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  // A full file system behind the device, where only the first partition has its room. The limit lies between the
  // partitions, because the kernel's loop driver takes a write that was cut short for whole.
  const [, second = { offset: 0, size: 0 }] = MBR_VOLUMES;
  mkdirSync(lab.at('full'));
  await runTool('mount', ['-t', 'tmpfs', '-o', `size=${second.offset}`, 'tmpfs', lab.at('full')]);
  t.teardown(() => runTool('umount', [lab.at('full')]).then(() => undefined));
  const backing = lab.at('full/backing');
  await runTool('fallocate', ['--length', `${second.offset}`, backing]);
  truncateSync(backing, 64 * MIB);
  const loop = await attachLoop(t, backing);
  const error = await t.throwsAsync(lab.restore(loop), { instanceOf: NacreError });
  t.is(error?.code, 'IMAGE_TARGET_IO', error?.message);
  t.is(error?.facts['path'], loop);
  t.is(error?.facts['partition'], 2);
  const offset = Number(error?.facts['diskOffset']);
  t.true(offset >= second.offset && offset < second.offset + second.size, `${offset}`);
});
