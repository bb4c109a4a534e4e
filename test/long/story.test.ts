/**
 * The whole story of an autogenic device, for each layout: made by `disk apply`, started by its firmware, filled with a newer
 * version by its own OS, imaged by Merlin, and started again. Nobody touches its disk in between; what Merlin wrote is compared on the disk.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { patch, peek } from '../helpers/disk-lab.ts';
import { requires } from '../helpers/requires.ts';
import { compareVolumes } from '../helpers/restored-bytes.ts';
import { makeStory, STORY_NEEDS, type Story, type StoryOptions } from '../helpers/story.ts';

const WFS_BYTES = 32_000 * 512;
const WFS_START = 63 * 512;

/** A vendor's WFS, whose content nobody knows, at sector 63. */
const putWfs = (disk: string): void => {
  execFileSync('/usr/sbin/sfdisk', ['-q', disk], {
    input: 'label: dos\nstart=63, size=32000, type=7f\n',
  });
  patch(disk, WFS_START, randomBytes(WFS_BYTES));
};

/** All values that the guest reported under a key, in order. */
const said = (serial: string, key: string): readonly string[] =>
  [...serial.matchAll(new RegExp(`^NACRE-GUEST ${key} (.*?)\\r?$`, 'gm'))].map(
    ([, value = '']) => value,
  );

const resultsOf = (serial: string): readonly unknown[] =>
  said(serial, 'result').map((text): unknown => JSON.parse(text));

/** Blocks of a file system that change when it gets a small file, a folder for it, or another place on a disk. */
const MOST_OTHER_BLOCKS = 64;

/** Three starts at the firmware: v1 hands over, Merlin images, v2 reports. */
const play = async (t: ExecutionContext, options: StoryOptions): Promise<Story> => {
  const story = await makeStory(t, options);
  const first = (await story.start({ marker: 'NACRE-GUEST armed' })).serial;
  t.deepEqual(said(first, 'version'), ['v1']);
  t.deepEqual(said(first, 'host'), ['guest']);
  t.deepEqual(resultsOf(first), [{ cmdid: '', status: '' }]);

  const imaging = (await story.start({ marker: 'repaired from' })).serial;
  t.regex(imaging, /started because: job/);
  t.regex(imaging, /image: os@[0-9a-f]{8} \(/);
  t.regex(imaging, /repaired from os@[0-9a-f]{8}: .*\n.*1 kept file/s);
  const { used, differing } = await compareVolumes(story.source, story.device, 'guest-root');
  t.true(used > 10_000, `${used} blocks`);
  t.true(differing.length <= MOST_OTHER_BLOCKS, `other blocks: ${differing.join(' ')}`);

  const last = (await story.start()).serial;
  t.deepEqual(said(last, 'version'), ['v2']);
  t.deepEqual(said(last, 'host'), ['till-7']);
  t.deepEqual(resultsOf(last), [{ cmdid: 'job-7', status: '0' }]);
  t.not(said(first, 'files-digest')[0], said(last, 'files-digest')[0]);
  const state = await story.run('boot', 'state', 'device.img');
  t.like(state, { mode: 'os', dirty: false, osTries: null, cmdid: '', status: '' });
  const { generations } = await story.run('backup', 'verify', 'device.img');
  const [v1, v2] = story.ids;
  const rows = generations as readonly { readonly id: string; readonly verified: boolean }[];
  t.deepEqual(
    rows.map(({ id, verified }) => ({ id, verified })),
    [v2, v1].map((id) => ({ id, verified: true })),
  );
  return story;
};

test.serial('uefi on NVMe: GPT, ext4, and the loader of the OS beside ours', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'uefi', layout: 'uefi', bus: 'nvme' });
});

test.serial('wes7 with an NTFS OS that its boot sector starts', async (t) => {
  if (!requires(t, ...STORY_NEEDS, 'as', 'ld', 'ntfs-3g')) return;
  await play(t, { firmware: 'bios', layout: 'wes7', fileSystem: 'ntfs' });
});

test.serial('wes7 on AHCI: ext4 in the middle of an MBR disk', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'bios', layout: 'wes7', bus: 'ahci' });
});

test.serial('wes7 on an SD card', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'bios', layout: 'wes7', bus: 'sd' });
});

test.serial('wes2009 on USB, without a WFS', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'bios', layout: 'wes2009', bus: 'usb' });
});

test.serial('xpe with a WFS at sector 63, which stays bit-identical', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  let wfs: Buffer = Buffer.alloc(0);
  const prepare = (disk: string): void => {
    putWfs(disk);
    wfs = peek(disk, WFS_START, WFS_BYTES);
  };
  const { device } = await play(t, { firmware: 'bios', layout: 'xpe', prepare });
  t.true(peek(device, WFS_START, WFS_BYTES).equals(wfs));
});
