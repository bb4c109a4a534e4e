import type { ExecutionContext } from 'ava';
import { describeDevice } from '../../../src/manager/devices/decide.ts';
import { addGroup, setMember } from '../../../src/manager/devices/groups.ts';
import type { Ground } from '../../../src/manager/ground.ts';
import { readAudit } from '../../../src/manager/identity/audit.ts';
import {
  type DesiredState,
  dropDesiredState,
  pauseRollout,
  readRollout,
  resumeRollout,
  setDesiredState,
} from '../../../src/manager/rollouts/desired-state.ts';
import { reconcile } from '../../../src/manager/rollouts/reconcile.ts';
import { putVersionRow, setLabels } from '../../../src/manager/store/package-rows.ts';
import {
  BACKUP,
  KIM,
  type LabDevice,
  openJobLab,
  STORED_BYTES,
  VERSION,
} from '../../helpers/job-lab.ts';
import type { Case } from './suite.ts';

const NEXT_VERSION = 'd4'.repeat(32);
const WISH: DesiredState = {
  ...{ image: 'lab-pc:stable', kind: 'bi-pi', rings: '1,2,100%', mostFailures: 0 },
  ...{ soakSeconds: 0, healthSeconds: 600 },
};

/** Moves the label that groups follow. */
const moveLabel = (ground: Ground, id: string): Promise<void> =>
  ground.store.change(async (db) => {
    await putVersionRow(db, {
      ...{ image_name: 'lab-pc', id, parent_id: null, comment: '' },
      ...{ created_at: '2026-12-01T00:00:00.000Z', disk_bytes: 8e9, used_bytes: 5e9 },
      stored_bytes: STORED_BYTES,
    });
    await setLabels(db, 'lab-pc', [{ image_name: 'lab-pc', label: 'stable', version_id: id }]);
  });

const generationOf = (id: string) => ({
  ...BACKUP,
  BackImageVer: id,
  backup: {
    ...{ sizeBytes: 4e9, freeBytes: 1e9 },
    generations: [
      {
        image: { name: 'lab-pc', id },
        ...{ isComplete: true, isVerified: true, sizeBytes: STORED_BYTES },
      },
    ],
  },
});

/** A group of devices with a package whose label `stable` they are to follow. */
const openRollout = async (ground: Ground, count: number, wish: Partial<DesiredState> = {}) => {
  const lab = await openJobLab(ground);
  await moveLabel(lab.ground, VERSION);
  await addGroup(lab.ground, KIM, 'lab-2', '');
  const devices = new Map<string, LabDevice>();
  const add = async (name: string): Promise<LabDevice> => {
    const device = await lab.device(name);
    await device.checkIn();
    await setMember(lab.ground, KIM, { group: 'lab-2', device: device.id, isMember: true });
    devices.set(device.id, device);
    return device;
  };
  for (let at = 1; at <= count; at++) await add(`pc-${at}`);
  await setDesiredState(lab.ground, KIM, 'lab-2', { ...WISH, ...wish });
  const look = async () => {
    lab.pass(1);
    await reconcile(lab.ground);
    await lab.tick();
    return readRollout(lab.ground, 'lab-2');
  };
  /** Those at work get their ticket and say what became of it. */
  const work = async (version: string, code?: string) => {
    const { devices: members } = await readRollout(lab.ground, 'lab-2');
    const atWork = members.filter(({ standing }) => standing === 'working');
    for (const { device: id } of atWork) {
      const device = devices.get(id);
      if (device === undefined) throw new TypeError('no such device');
      const { job, attempt } = device.ticketOf(await device.checkIn());
      if (code === undefined) await device.report(job, 'finish', { attempt });
      else await device.report(job, 'fail', { attempt, code, message: 'it does not start' });
      if (code === undefined) await device.checkIn(generationOf(version));
    }
    return atWork.length;
  };
  return { lab, add, look, work };
};

const actions = async (ground: Ground): Promise<readonly string[]> => {
  const { items } = await readAudit(ground, {}, { limit: 200 });
  return items.map(({ action }) => action).filter((action) => action.startsWith('rollout.'));
};

/** Every ring, until the group has it. @returns devices at work in each */
const runAll = async (
  { look, work }: Awaited<ReturnType<typeof openRollout>>,
  version: string,
): Promise<readonly number[]> => {
  const rings: number[] = [];
  for (let looks = 0; looks < 12; looks++) {
    if ((await look()).state === 'reached') return rings;
    const count = await work(version);
    if (count > 0) rings.push(count);
  }
  return rings;
};

const expectHead = async (t: ExecutionContext, ground: Ground, expected: object): Promise<void> => {
  t.like(await readRollout(ground, 'lab-2'), expected);
};

export const ROLLOUT_CASES: readonly Case[] = [
  {
    title: 'a group gets what it is to run ring by ring, and follows a label that is moved',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 5);
      const { ground: own } = rollout.lab;
      t.deepEqual(await runAll(rollout, VERSION), [1, 1, 3]);
      await expectHead(t, own, { state: 'reached', version: VERSION, reason: '' });
      t.is((await rollout.look()).counts.reached, 5);
      await moveLabel(own, NEXT_VERSION);
      await rollout.look();
      await expectHead(t, own, { state: 'running', version: NEXT_VERSION, ring: 1 });
      t.deepEqual(await runAll(rollout, NEXT_VERSION), [1, 1, 3]);
      await moveLabel(own, VERSION);
      t.deepEqual(await runAll(rollout, VERSION), [1, 1, 3], 'and back');
      const late = await rollout.add('pc-9');
      await rollout.look();
      await expectHead(t, own, { state: 'running' });
      t.is(late.ticketOf(await late.checkIn()).image.id, VERSION, 'a new device gets it, too');
    },
  },
  {
    title: 'a canary that fails stops the rollout, whose reason names it; a person has it go on',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 4);
      const { ground: own } = rollout.lab;
      const first = await rollout.look();
      const { device: id = '', name } = first.devices[0] ?? {};
      t.is(await rollout.work(VERSION, 'OS_NEVER_REPORTED'), 1);
      const stopped = await rollout.look();
      t.is(stopped.state, 'stopped');
      t.regex(stopped.reason, new RegExp(`1 failed, allowed are 0: ${name}: OS_NEVER_REPORTED`));
      t.deepEqual(await rollout.work(VERSION), 0);
      t.like(await rollout.look(), { state: 'stopped', counts: { open: 3, failed: 1 } });
      await resumeRollout(own, KIM, 'lab-2');
      t.like((await rollout.look()).devices[0], { device: id, standing: 'working' });
      t.deepEqual(await runAll(rollout, VERSION), [1, 1, 2]);
      t.true((await actions(own)).includes('rollout.stop'));
    },
  },
  {
    title: 'a version that is wished after a stop begins anew with the canary',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 3);
      const { ground: own } = rollout.lab;
      await rollout.look();
      await rollout.work(VERSION, 'OS_NEVER_REPORTED');
      await rollout.look();
      await moveLabel(own, NEXT_VERSION);
      t.deepEqual(await runAll(rollout, NEXT_VERSION), [1, 1, 1]);
    },
  },
  {
    title:
      'so many failures as are allowed do not stop it, and a failure that may pass is tried again',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 3, { rings: '2,100%', mostFailures: 1 });
      const { devices } = await rollout.look();
      t.is(devices.filter(({ standing }) => standing === 'working').length, 2);
      t.is(await rollout.work(VERSION, 'STORE_WEB_UNREACHABLE'), 2);
      t.like(await rollout.look(), { state: 'running', counts: { working: 2 } });
      rollout.lab.pass(61);
      await rollout.look();
      t.is(await rollout.work(VERSION), 2);
      t.like(await rollout.look(), { state: 'running', ring: 2 });
    },
  },
  {
    title:
      'between two rings time passes, and a device that cannot have it does not hold the others',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 3, { rings: '2,100%', soakSeconds: 3600 });
      const [small] = (await rollout.look()).devices;
      await rollout.work(VERSION);
      t.regex((await rollout.look()).reason, /ring 1 of 2 has it; waits before the next/);
      rollout.lab.pass(3601);
      t.like(await rollout.look(), { ring: 2 });
      t.truthy(small);
      const out = await rollout.add('pc-7');
      await out.checkIn({ backup: null });
      await rollout.look();
      await rollout.work(VERSION);
      const end = await rollout.look();
      t.like(end, { state: 'running', counts: { reached: 3, open: 1 } });
      t.regex(end.reason, /1 devices do not have it: .*pc-7/);
    },
  },
  {
    title:
      'what is paused gives nothing out, what is dropped leaves the group, and jobs not begun are cancelled',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 2, { rings: '100%' });
      const { ground: own } = rollout.lab;
      t.like(await rollout.look(), { counts: { working: 2 } });
      await pauseRollout(own, KIM, 'lab-2');
      t.like(await rollout.look(), { state: 'paused', counts: { left: 2 } });
      await resumeRollout(own, KIM, 'lab-2');
      t.like(await rollout.look(), { counts: { working: 2 } });
      await dropDesiredState(own, KIM, 'lab-2');
      await t.throwsAsync(readRollout(own, 'lab-2'), { code: 'MANAGER_NOT_FOUND' });
      await reconcile(own);
      t.deepEqual((await actions(own)).slice(0, 2), ['rollout.drop', 'rollout.resume']);
    },
  },
  {
    title: 'a device of two groups that both wish something is left out, with the reason',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 2, { rings: '100%' });
      const { ground: own } = rollout.lab;
      await addGroup(own, KIM, 'kiosks', '');
      const [first] = (await readRollout(own, 'lab-2')).devices;
      const both = { group: 'kiosks', device: first?.device ?? '', isMember: true };
      await setMember(own, KIM, both);
      await setDesiredState(own, KIM, 'kiosks', { ...WISH, image: `lab-pc@${VERSION}` });
      t.like(await rollout.look(), { counts: { disputed: 1, working: 1 } });
    },
  },
  {
    title: 'devices with the tag canary come first, and wishes that cannot be are refused',
    check: async (t, { ground }) => {
      const rollout = await openRollout(ground, 4);
      const { ground: own } = rollout.lab;
      const { devices } = await readRollout(own, 'lab-2');
      const last = devices.at(-1)?.device ?? '';
      await describeDevice(own, KIM, last, { tags: ['canary'] });
      t.is((await rollout.look()).devices[0]?.device, last);
      for (const [change, code] of [
        [{ image: 'nobody' }, 'MANAGER_NOT_FOUND'],
        [{ image: 'lab-pc:nothing' }, 'MANAGER_NOT_FOUND'],
        [{ rings: '0' }, 'MANAGER_INPUT_INVALID'],
      ] as const)
        await t.throwsAsync(setDesiredState(own, KIM, 'lab-2', { ...WISH, ...change }), {
          code,
        });
      await t.throwsAsync(setDesiredState(own, KIM, 'none', WISH), {
        code: 'MANAGER_NOT_FOUND',
      });
    },
  },
];
