/**
 * The whole story of an autogenic device, for each layout: made by `disk apply`, started by its firmware, filled with a newer
 * version by its own OS, imaged by Merlin, and started again. Nobody touches its disk in between.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { patch, peek } from '../helpers/disk-lab.ts';
import { requires } from '../helpers/requires.ts';
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

const play = async (t: ExecutionContext, options: StoryOptions): Promise<Story> => {
  const story = await makeStory(t, options);
  const { serial } = await story.start();
  t.deepEqual(said(serial, 'version'), ['v1', 'v2']);
  t.deepEqual(said(serial, 'host'), ['guest', 'till-7']);
  const [first, second] = said(serial, 'result').map((text): unknown => JSON.parse(text));
  t.deepEqual(first, { cmdid: '', status: '' });
  t.deepEqual(second, { cmdid: 'job-7', status: '0' });
  const [one, two] = said(serial, 'files-digest');
  t.not(one, two);
  t.regex(serial, /started because: job/);
  t.regex(serial, /image: os@[0-9a-f]{8} \(/);
  t.regex(serial, /repaired from os@[0-9a-f]{8}: .*\n.*1 kept file/s);
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

test.serial('uefi: GPT, ext4, and the loader of the OS beside ours', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'uefi', layout: 'uefi' });
});

test.serial('wes7: the OS in the middle of an MBR disk', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'bios', layout: 'wes7' });
});

test.serial('wes2009 without a WFS', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'bios', layout: 'wes2009' });
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
