/**
 * Power that goes at every state of a job, under UEFI and under BIOS: a device in a virtual machine is killed as soon as its agent or Merlin says
 * where it is, and switched on again. The job ends as done or with a name for its failure, and the device starts its OS.
 */
import test, { type ExecutionContext } from 'ava';
import { makeManagerStory } from '../helpers/manager-story.ts';
import { requires } from '../helpers/requires.ts';
import { STORY_NEEDS, type StoryOptions } from '../helpers/story.ts';

/** A state that its agent has stored, or has found when it started. */
const at = (state: string): RegExp => new RegExp(`job (moved|goes on) .*state ${state}\\b`);

/** Where a device is in a job of both commands, in this order, and what it says there on its serial line. */
const CUTS: ReadonlyMap<string, RegExp> = new Map([
  ['sent', /job taken/],
  ['downloading', at('downloading')],
  ['backed-up', at('backed-up')],
  ['armed, perhaps not in the block', at('armed')],
  ['armed, on its way down', /restart for Merlin/],
  ['Merlin runs', /Merlin, the imaging environment/],
  ['Merlin writes', /restore .*\d %/],
  ['imaged', /repaired from/],
  ['the new OS starts', /NACRE-GUEST version v2/],
  ['imaging, by the agent', at('imaging')],
  ['verifying, by the agent', at('verifying')],
  ['first-boot', at('first-boot')],
  ['reporting', at('done')],
  ['the result is taken', /result taken/],
]);
const OVER = /job ended/;

/** The first of these that a text has. */
const firstOf = (text: string, among: Iterable<readonly [string, RegExp]>): string | undefined => {
  let found: { where: string; index: number } | undefined;
  for (const [where, line] of among) {
    const index = text.search(line);
    if (index >= 0 && (found === undefined || index < found.index)) found = { where, index };
  }
  return found?.where;
};

const play = async (t: ExecutionContext, options: StoryOptions): Promise<void> => {
  const told = await makeManagerStory(t, options);
  let machine = await told.switchOn();
  const [v1, v2] = told.story.ids;
  await machine.serial.waitFor(/NACRE-GUEST version v1/);
  await told.until('/api/v1/devices', (answer) => JSON.stringify(answer).includes(v1));
  const job = await told.order('bi-pi', `os@${v2}`);
  const left = new Map(CUTS);
  for (;;) {
    const any = [...left.values(), OVER].map(({ source }) => source).join('|');
    const line = await machine.serial.waitFor(new RegExp(any));
    const where = firstOf(line, left);
    if (where === undefined) break;
    await machine.switchOff();
    left.delete(where);
    const { json } = await told.manager.admin('GET', `/api/v1/jobs/${job}`);
    t.log(`${where}: the manager has ${String(json['state'])}`);
    machine = await told.switchOn();
  }
  t.deepEqual([...left.keys()], [], 'every one was cut');
  const { json } = await told.manager.admin('GET', `/api/v1/jobs/${job}`);
  t.log(
    `ended as ${String(json['state'])} ${String(json['code'])}, try ${String(json['attempt'])}`,
  );
  t.is(json['state'], 'done', JSON.stringify(json));
  await told.until('/api/v1/devices', (answer) => JSON.stringify(answer).includes(v2));
  await machine.switchOff();
  // Once more by itself, from what lies on the disk.
  const last = await told.switchOn();
  await last.serial.waitFor(/NACRE-GUEST version v2/);
  await last.switchOff();
  t.like(await told.story.run('boot', 'state', 'device.img'), {
    ...{ mode: 'os', dirty: false, cmdid: '', status: '' },
  });
};

test.serial('uefi: power that goes at every state of a job costs nothing but time', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'uefi', layout: 'uefi', bus: 'nvme' });
});

test.serial('wes7 under BIOS: the same with an MBR disk', async (t) => {
  if (!requires(t, ...STORY_NEEDS)) return;
  await play(t, { firmware: 'bios', layout: 'wes7' });
});
