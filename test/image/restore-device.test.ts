import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { runTool } from '../../src/disk/tool.ts';
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
