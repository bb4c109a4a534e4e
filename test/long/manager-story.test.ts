/**
 * Spec A from end to end with a manager and the agent in real machines: the device appears, gets a package into its backup partition
 * while its OS runs, images itself without a network, comes back with its key and name, and proves it.
 */
import test, { type ExecutionContext } from 'ava';
import { DEVICE_NAME, makeManagerStory } from '../helpers/manager-story.ts';
import { requires } from '../helpers/requires.ts';
import { compareVolumes } from '../helpers/restored-bytes.ts';
import { STORY_NEEDS, type StoryOptions } from '../helpers/story.ts';

/** Blocks of a file system that change when it gets small files and another place on a disk. */
const MOST_OTHER_BLOCKS = 128;

const play = async (t: ExecutionContext, options: StoryOptions): Promise<void> => {
  const told = await makeManagerStory(t, options);
  const [v1, v2] = told.story.ids;
  const machine = await told.switchOn();
  await machine.serial.waitFor(/NACRE-GUEST version v1/);
  const wanted = { state: 'approved', supportImgBackup: true, backImageVer: v1 };
  await told.until('/api/v1/devices', (answer) => JSON.stringify(answer).includes(v1));
  const before = await told.device();
  t.like(before, { ...wanted, name: DEVICE_NAME });

  // BI: the OS runs on, and V02 tells that it was read back.
  const bi = await told.order('bi', `os@${v2}`);
  await told.job(bi, 'done');
  await told.until('/api/v1/devices', (answer) => JSON.stringify(answer).includes(v2));
  t.false(machine.serial.lines.some((line) => line.includes('repaired from')));

  // PI: once it is armed the network is gone, until the new OS runs.
  const pi = await told.order('pi', `os@${v2}`, { healthSeconds: 3600 });
  await told.job(pi, 'armed');
  await machine.setLink(false);
  await machine.serial.waitFor(/repaired from os@/);
  // Before the new OS writes.
  const { source, device } = told.story;
  const { used, differing } = await machine.paused(() =>
    compareVolumes(source, device, 'guest-root'),
  );
  t.true(used > 10_000, `${used} blocks`);
  t.true(differing.length <= MOST_OTHER_BLOCKS, `other blocks: ${differing.join(' ')}`);
  await machine.serial.waitFor(/NACRE-GUEST version v2/);
  t.regex(await machine.serial.waitFor(/NACRE-GUEST host/), new RegExp(`host ${DEVICE_NAME}`));
  t.is((await told.manager.admin('GET', `/api/v1/jobs/${pi}`)).json['state'], 'armed');
  await machine.setLink(true);
  await told.job(pi, 'done');
  const after = await told.device();
  t.like(after, { id: before['id'], fingerprint: before['fingerprint'], name: DEVICE_NAME });
  await machine.switchOff();
  const state = await told.story.run('boot', 'state', 'device.img');
  t.like(state, { mode: 'os', dirty: false, cmdid: '', status: '' });
};

test.serial(
  'uefi: BI while the OS runs, PI without a network, and the same device comes back',
  async (t) => {
    if (!requires(t, ...STORY_NEEDS)) return;
    await play(t, { firmware: 'uefi', layout: 'uefi', bus: 'nvme' });
  },
);

test.serial('wes7 under BIOS: the same with an MBR disk', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'bios', layout: 'wes7' });
});
