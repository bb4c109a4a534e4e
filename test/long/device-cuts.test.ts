/** Power cuts at every write of what makes, arms, images and ends the job of a device; each state starts a whole OS or Merlin. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { outputJsonSync, readJsonSync } from 'fs-extra/esm';
import { armImaging } from '../../src/agent/hand-off.ts';
import { repairDisk } from '../../src/agent/repair.ts';
import { windowOf } from '../../src/image/layout/layout-plan.ts';
import { type Device, makeDevice } from '../helpers/device.ts';
import { checkDeviceCuts, type DeviceCuts, type Verdict } from '../helpers/device-cuts.ts';
import { MIB, patch } from '../helpers/disk-lab.ts';
import { makeBootFiles, SMALL_BOOT_BYTES } from '../helpers/stand-in-boot-files.ts';
import { emptyFile } from '../helpers/volumes.ts';

interface Scenario {
  readonly device: Device;
  readonly finished: string;
}

const setUp = async (t: ExecutionContext): Promise<Scenario> => {
  const device = await makeDevice(t, { bootBytes: SMALL_BOOT_BYTES });
  const finished = device.lab.at('whole.img');
  copyFileSync(device.path, finished);
  return { device, finished };
};

/** Makes the list of a build true again for GRUB's files, which came from another one. */
const copyDigests = (from: string, to: string): void => {
  const read = (folder: string) => readJsonSync(path.join(folder, 'boot.json'));
  const older = read(from).files as readonly { readonly name: string }[];
  const list = read(to);
  const files = (list.files as typeof older).map((file) =>
    file.name === 'grub/boot.img' || file.name === 'grub/core.img'
      ? (older.find(({ name }) => name === file.name) ?? file)
      : file,
  );
  outputJsonSync(path.join(to, 'boot.json'), { ...list, files });
};

const check = async (
  t: ExecutionContext,
  cuts: DeviceCuts,
  finishEvery: number,
): Promise<ReadonlyMap<Verdict, number>> => {
  const counts = await checkDeviceCuts(t, cuts, finishEvery);
  t.log([...counts].map(([verdict, count]) => `${verdict}: ${count}`).join(', '));
  return counts;
};

test.serial('a disk becomes a device', async (t) => {
  const { device, finished } = await setUp(t);
  const before = emptyFile(device.lab.at('before.img'), 512);
  for (const at of [0, 17 * MIB, 300 * MIB, 511 * MIB]) patch(before, at, randomBytes(MIB));
  const counts = await check(t, { device, before, finished, verb: 'apply' }, 10);
  t.true(Number(counts.get('merlin')) > 5 && Number(counts.get('os')) > 0);
});

test.serial('a device that is whole gets its layout once more, with a newer Merlin', async (t) => {
  const { device, finished } = await setUp(t);
  const olderBoot = device.lab.at('boot-older');
  renameSync(device.lab.at('boot'), olderBoot);
  const boot = await makeBootFiles(device.lab.at('boot'), SMALL_BOOT_BYTES, '2');
  // The same core: what lies in the gap is compared with a finished device.
  for (const name of ['grub/boot.img', 'grub/core.img'])
    copyFileSync(path.join(olderBoot, name), path.join(boot.folder, name));
  copyDigests(olderBoot, boot.folder);
  const cuts = { device, before: device.path, finished, olderBoot, verb: 'apply' } as const;
  const counts = await check(t, cuts, 5);
  t.true(Number(counts.get('merlin')) > 50);
});

test.serial('PI is armed', async (t) => {
  const { device, finished } = await setUp(t);
  const counts = await check(t, { device, before: device.path, finished, verb: 'arm' }, 1);
  t.true(Number(counts.get('merlin')) > 0 && Number(counts.get('os')) > 0);
});

test.serial('Merlin images the OS and stores the status', async (t) => {
  const { device, finished } = await setUp(t);
  patch(device.path, windowOf(device.plan, 'os').startBytes, randomBytes(8 * MIB));
  await armImaging({ path: device.path }, 'job-7');
  const counts = await check(t, { device, before: device.path, finished, verb: 'repair' }, 5);
  t.true(Number(counts.get('merlin')) > 5 && Number(counts.get('os')) > 0);
});

test.serial('the status is taken', async (t) => {
  const { device, finished } = await setUp(t);
  await armImaging({ path: device.path }, 'job-7');
  await repairDisk({ path: device.path });
  await check(t, { device, before: device.path, finished, verb: 'take' }, 1);
});
