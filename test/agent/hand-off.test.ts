import { execFileSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import { armImaging, readImagingResult, takeImagingResult } from '../../src/agent/hand-off.ts';
import { repairDisk } from '../../src/agent/repair.ts';
import { BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { readBootState, storeBootState } from '../../src/disk/boot-state.ts';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { findLabelledPartition } from '../../src/disk/labelled-partition.ts';
import { runTool } from '../../src/disk/tool.ts';
import { makeDevice } from '../helpers/device.ts';
import { attachLoop, mountOn } from '../helpers/loop-device.ts';
import { requires } from '../helpers/requires.ts';
import { makeLinux } from '../helpers/volumes.ts';

const blockOf = async (path: string) => {
  using disk = await openForRead(path, { allowInUse: true });
  using volume = await FatVolume.open(disk, await findLabelledPartition(disk, BOOT_AGENT_LABEL));
  return (await readBootState(volume))?.block;
};

const logOf = (path: string): string => {
  try {
    return execFileSync('mtype', ['-i', `${path}@@1M`, '::/Imagestatus.log'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
  } catch {
    return '';
  }
};

const ready = (t: ExecutionContext): boolean => requires(t, 'mkntfs', 'mtype', 'sfdisk');

test('a job is armed, imaged, reported and taken', async (t) => {
  if (!ready(t)) return;
  const { path } = await makeDevice(t);
  t.deepEqual(await takeImagingResult({ path }), { cmdid: '', status: '' });
  await armImaging({ path }, 'job-7');
  t.like(await blockOf(path), { mode: 'merlin', isDirty: false, cmdid: 'job-7', osTries: 3 });
  t.is(logOf(path), 'Cmdid=job-7\n');
  t.deepEqual(await takeImagingResult({ path }), { cmdid: 'job-7', status: '' });
  t.like(await blockOf(path), { mode: 'merlin', cmdid: 'job-7' }, 'no result: nothing is taken');
  await repairDisk({ path });
  t.deepEqual(await readImagingResult({ path }), { cmdid: 'job-7', status: '0' });
  t.like(await blockOf(path), { mode: 'os', osTries: 3 });
  t.deepEqual(await takeImagingResult({ path }), { cmdid: 'job-7', status: '0' });
  t.like(await blockOf(path), { mode: 'os', cmdid: '', status: '', osTries: undefined });
  t.is(logOf(path), '');
  t.deepEqual(await readImagingResult({ path }), { cmdid: '', status: '' });
});

test('one job at a time; the same one may be armed again', async (t) => {
  if (!ready(t)) return;
  const { path } = await makeDevice(t);
  await armImaging({ path }, 'job-1');
  const refused = await t.throwsAsync(armImaging({ path }, 'job-2'), { code: 'IMAGING_PENDING' });
  t.regex(refused?.message ?? '', /job-1/);
  await t.notThrowsAsync(armImaging({ path }, 'job-1'));
  t.is(logOf(path), 'Cmdid=job-1\n');
});

test('a job that failed before it wrote anything is over when its result is taken', async (t) => {
  if (!ready(t)) return;
  const { path, block } = await makeDevice(t);
  await armImaging({ path }, 'job-5');
  await block({ merlinTries: 0, status: 'failed:BACKUP_UNUSABLE' });
  t.deepEqual(await takeImagingResult({ path }), {
    cmdid: 'job-5',
    status: 'failed:BACKUP_UNUSABLE',
  });
  t.like(await blockOf(path), { mode: 'os', merlinTries: 3, cmdid: '', status: '' });
  await armImaging({ path }, 'job-6');
  await block({ isDirty: true, status: 'failed:IMAGE_TARGET_IO' });
  await takeImagingResult({ path });
  t.like(await blockOf(path), { mode: 'merlin', isDirty: true }, 'not whole: Merlin goes on');
});

test('a cut between log and block leaves a device that boots as before', async (t) => {
  if (!ready(t)) return;
  const { path } = await makeDevice(t);
  {
    using disk = await openForWrite(path);
    const window = await findLabelledPartition(disk, BOOT_AGENT_LABEL);
    using volume = await FatVolume.open(disk, window);
    await volume.write('Imagestatus.log', Buffer.from('Cmdid=job-3\n'));
    await volume.finish();
  }
  t.deepEqual(await readImagingResult({ path }), { cmdid: 'job-3', status: '' });
  t.like(await blockOf(path), { mode: 'os', cmdid: '' });
  await t.notThrowsAsync(armImaging({ path }, 'job-4'));
  t.is(logOf(path), 'Cmdid=job-4\n');
});

test('without a generation nothing is armed', async (t) => {
  if (!ready(t)) return;
  const { path } = await makeDevice(t, { noBackup: true });
  await t.throwsAsync(armImaging({ path }, 'job-7'), { code: 'BACKUP_NO_GENERATION' });
  t.like(await blockOf(path), { mode: 'os', cmdid: '' });
  t.is(logOf(path), '');
});

test('a job name that a block cannot hold is refused before the block is touched', async (t) => {
  if (!ready(t)) return;
  const { path } = await makeDevice(t);
  await t.throwsAsync(armImaging({ path }, 'a b'), { code: 'BOOT_BLOCK_INVALID' });
  t.like(await blockOf(path), { mode: 'os', cmdid: '' });
});

test('a running device is armed while its OS is mounted, and not while somebody holds its boot agent partition', async (t) => {
  if (!requires(t, 'root', 'losetup', 'partx', 'mtype', 'sfdisk')) return;
  const { lab, path } = await makeDevice(t, { makeOs: makeLinux });
  const loop = await attachLoop(t, path);
  // Where nobody listens for new disks, the kernel is told.
  await runTool('partx', ['--add', loop], { accept: [0, 1] });
  await mountOn(t, `${loop}p2`, lab.at('os-mounted'));
  await armImaging({ path: loop }, 'job-9');
  t.like(await blockOf(`${loop}`), { mode: 'merlin', cmdid: 'job-9' });
  {
    using disk = await openForWrite(`${loop}p1`);
    using volume = await FatVolume.open(disk, { startBytes: 0, sizeBytes: disk.info.sizeBytes });
    await storeBootState(volume, { mode: 'os', status: '0' });
    await volume.finish();
  }
  using held = await openForWrite(`${loop}p1`);
  await t.throwsAsync(takeImagingResult({ path: loop }), { code: 'DISK_IN_USE' });
  t.deepEqual(await readImagingResult({ path: loop }), { cmdid: 'job-9', status: '0' });
  held.close();
  t.like(await takeImagingResult({ path: loop }), { status: '0' });
});
