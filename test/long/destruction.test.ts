/** What may be destroyed on a device without a network: each start ends in an OS that reports, or in a screen that says what is wrong. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { BACKUP_LABEL, BOOT_AGENT_FILES, BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { findLabelledPartition, findPartition } from '../../src/disk/labelled-partition.ts';
import { MIB, patch } from '../helpers/disk-lab.ts';
import { requires } from '../helpers/requires.ts';
import { makeStory, STORY_NEEDS, type Story } from '../helpers/story.ts';

const NOISE_MIB = 256;
/** Behind the boot agent partition, in the layouts without a WFS. */
const OS_NUMBER = 2;

const osStartOf = async ({ device }: Story): Promise<number> => {
  using disk = await openForRead(device);
  return (await findPartition(disk, OS_NUMBER)).startBytes;
};

/** Works on a volume that is found by its label. */
const onVolume = async <Result>(
  { device }: Story,
  label: string,
  work: (volume: FatVolume) => Promise<Result>,
): Promise<Result> => {
  using disk = await openForWrite(device);
  using volume = await FatVolume.open(disk, await findLabelledPartition(disk, label));
  const result = await work(volume);
  await volume.finish();
  return result;
};

/** Paths of all packs on the backup partition. */
const packsOf = (story: Story): Promise<readonly string[]> =>
  onVolume(story, BACKUP_LABEL, async (volume) => {
    const packs: string[] = [];
    for (const { name } of await volume.list('nacre/packs'))
      for (const pack of await volume.list(`nacre/packs/${name}`))
        packs.push(`nacre/packs/${name}/${pack.name}`);
    return packs;
  });

const damagePacks = (story: Story, packs: readonly string[]): Promise<void> =>
  onVolume(story, BACKUP_LABEL, async (volume) => {
    for (const pack of packs) {
      const size = (await volume.find(pack))?.sizeBytes ?? 0;
      for (let at = 0; at < size; at += MIB)
        await volume.overwrite(pack, at, Buffer.alloc(256, 0xa5));
    }
  });

const zeroSuperblock = async (story: Story): Promise<void> =>
  patch(story.device, (await osStartOf(story)) + 1024, Buffer.alloc(1024));

/** Starts the device without the disk that has a newer version; its OS reports and powers it off. */
const comesBack = async (t: ExecutionContext, story: Story, version: string): Promise<string> => {
  const { serial } = await story.start({ reboots: true, arguments: ['-device', 'i6300esb'] });
  t.regex(serial, new RegExp(`^NACRE-GUEST version ${version}`, 'm'));
  t.like(await story.run('boot', 'state', 'device.img'), { mode: 'os', dirty: false });
  return serial;
};

for (const [firmware, layout] of [
  ['bios', 'wes7'],
  ['uefi', 'uefi'],
] as const)
  test.serial(`${layout}: kernel, superblock, everything, blocks, generations`, async (t) => {
    if (!requires(t, ...STORY_NEEDS, 'debugfs')) return;
    const story = await makeStory(t, { firmware, layout });
    const os = await osStartOf(story);

    const volume = `${story.device}?offset=${os}`;
    execFileSync('debugfs', ['-w', '-R', 'rm /boot/vmlinuz', volume], { stdio: 'ignore' });
    t.regex(await comesBack(t, story, 'v1'), /Nacre: \/boot\/vmlinuz\* is missing/);

    await zeroSuperblock(story);
    t.regex(await comesBack(t, story, 'v1'), /started because: os-missing/);

    for (let at = 0; at < NOISE_MIB; at++) patch(story.device, os + at * MIB, randomBytes(MIB));
    t.regex(await comesBack(t, story, 'v1'), /started because: os-missing/);

    await onVolume(story, BOOT_AGENT_LABEL, async (agent) => {
      for (const name of [BOOT_AGENT_FILES.conf, BOOT_AGENT_FILES.alt])
        await agent.overwrite(name, 0, randomBytes(512));
    });
    t.regex(await comesBack(t, story, 'v1'), /started because: unreadable/);

    const old = await packsOf(story);
    await story.run('backup', 'fill', 'os', 'device.img', '--yes', 'device.img');
    const added = (await packsOf(story)).filter((pack) => !old.includes(pack));
    t.true(added.length > 0);
    await damagePacks(story, added);
    await zeroSuperblock(story);
    t.regex(await comesBack(t, story, 'v1'), /passed over [0-9a-f]{8}: /);

    await damagePacks(story, old);
    await zeroSuperblock(story);
    // The line after the failure: that one is whole by then.
    const { serial } = await story.start({ marker: 'hint: ', untilMarker: true });
    t.regex(serial, /FAILED \(BACKUP_UNUSABLE\): [^\n]*is damaged/);
  });
