/** Agent and manager together: a job from its order to its end, with real disks and a real store. */
import test, { type ExecutionContext } from 'ava';
import type { Agent } from '../../src/agent/agent-service.ts';
import { repairDisk } from '../../src/agent/repair.ts';
import { type JobGround, makeJobGround } from '../helpers/agent-job.ts';
import { makeFleetLab } from '../helpers/agent-manager.ts';
import { requires } from '../helpers/requires.ts';

const cleanups: (() => unknown)[] = [];
let ground: Promise<JobGround> | undefined;

test.after.always(async () => {
  for (const clean of cleanups.toReversed()) await clean();
});

const groundOf = (t: ExecutionContext): Promise<JobGround> | undefined => {
  if (!requires(t, 'mkntfs', 'ntfscp', 'mtype', 'sfdisk', 'openssl')) return undefined;
  ground ??= makeJobGround({ teardown: (clean) => cleanups.push(clean) });
  return ground;
};

const WAY = ['downloading', 'backed-up', 'armed', 'imaging', 'verifying', 'first-boot', 'done'];

test('BI and PI of a device end in done, and the manager knows each state and what the device holds', async (t) => {
  const made = await groundOf(t);
  if (made === undefined) return;
  const lab = await makeFleetLab(t, made);
  const { agent, disk } = lab;
  const first = await agent.start();
  await lab.approve();
  const job = await lab.order({ kind: 'bi-pi' });
  await agent.line('restart for Merlin');
  await first.close();
  await repairDisk({ path: disk });
  agent.world.reboot();
  const second = await agent.start();
  await agent.line('result taken from the decision block');
  await agent.line('job ended', { state: 'done' });
  await second.close();
  const { state, events } = await lab.job(job);
  t.is(state, 'done');
  t.deepEqual(
    events.map(({ to }) => to).filter((to) => WAY.includes(to)),
    WAY,
  );
  t.like(await lab.device(), { supportImgBackup: true, backImageVer: made.newId });
});

test('a manager that starts again at each state loses no job, and has none done twice', async (t) => {
  const made = await groundOf(t);
  if (made === undefined) return;
  const lab = await makeFleetLab(t, made);
  const { agent, disk } = lab;
  let running: Agent = await agent.start();
  await lab.approve();
  const job = await lab.order({ kind: 'bi-pi' });
  for (const state of ['downloading', 'backed-up', 'armed']) {
    await agent.line('job moved', { state });
    await lab.restartManager();
  }
  await agent.line('restart for Merlin');
  await running.close();
  await repairDisk({ path: disk });
  agent.world.reboot();
  running = await agent.start();
  for (const state of ['imaging', 'first-boot']) {
    await agent.line('job moved', { state });
    await lab.restartManager();
  }
  await agent.line('job ended', { state: 'done' });
  await running.close();
  const { state, events, attempt } = await lab.job(job);
  t.like({ state, attempt }, { state: 'done', attempt: 1 });
  t.is(events.filter(({ to }) => to === 'done').length, 1);
});

test('a job that is cancelled at the manager stops at the device', async (t) => {
  const made = await groundOf(t);
  if (made === undefined) return;
  const lab = await makeFleetLab(t, made);
  const { agent } = lab;
  const running = await agent.start();
  await lab.approve();
  const notice = { countdownSeconds: 3600, postpones: 0, postponeSeconds: 60 };
  const job = await lab.order({ kind: 'pi', notice, image: `lab@${made.oldId}` });
  await agent.line('job taken');
  await lab.admin('POST', `/api/v1/jobs/${job}/cancel`);
  await agent.line('job ended', { state: 'cancelled' });
  await running.close();
  t.like(await lab.job(job), { state: 'cancelled' });
});
