import type { CheckIn } from '../../../src/job/agent-protocol.ts';
import { answerCheckIn } from '../../../src/manager/agents/check-in.ts';
import { decideDevice } from '../../../src/manager/devices/decide.ts';
import type { Ground } from '../../../src/manager/ground.ts';
import { readAudit } from '../../../src/manager/identity/audit.ts';
import { cancelJob, retryJob } from '../../../src/manager/jobs/decide-job.ts';
import { devicesToWake } from '../../../src/manager/jobs/devices-to-wake.ts';
import { giveTime } from '../../../src/manager/jobs/dispatcher.ts';
import { planJobs } from '../../../src/manager/jobs/plan-jobs.ts';
import { readJob, readJobs } from '../../../src/manager/jobs/read-jobs.ts';
import { setSubnet } from '../../../src/manager/jobs/subnets.ts';
import { readPackage } from '../../../src/manager/repository/packages.ts';
import { readPackageUsers } from '../../../src/manager/repository/remove-package.ts';
import { ChangeFeed, MOVE_FEED } from '../../../src/manager/service/change-feed.ts';
import {
  ALL,
  BACKUP,
  KIM,
  type LabDevice,
  openJobLab,
  STORED_BYTES,
  VERSION,
} from '../../helpers/job-lab.ts';
import { collectingLog } from '../../helpers/service-log.ts';
import type { Case } from './suite.ts';

const DAY = 24 * 3600;
const inHand = (id: string, state: NonNullable<CheckIn['job']>['state'], attempt = 1) => ({
  job: { id, attempt, state },
});

/** The first device with its only job, which it got. */
const given = async (lab: Awaited<ReturnType<typeof openJobLab>>, device: LabDevice) => {
  await device.checkIn();
  const { jobs } = await lab.make();
  await lab.tick();
  const ticket = device.ticketOf(await device.checkIn());
  return { id: jobs[0]?.id ?? '', ticket };
};

/** A manager's view of moves, until one brings a job to a state. */
const watchMoves = async (ground: Ground, last: string) => {
  const feed = new ChangeFeed(ground, MOVE_FEED, collectingLog().log);
  const told: string[] = [];
  let found = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    found = resolve;
  });
  await feed.subscribe(({ state }) => {
    told.push(state);
    if (state === last) found();
  });
  return { told, over: over.then(() => feed.close()) };
};

export const JOB_CASES: readonly Case[] = [
  {
    title: 'moves are told to live views, and a package says how many jobs and devices use it',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      await pc.checkIn(BACKUP);
      const { told, over } = await watchMoves(ground, 'sent');
      await lab.make();
      t.deepEqual((await readPackage(ground, 'lab-pc')).usedBy, { devices: 1, jobs: 1 });
      const [device, using] = await readPackageUsers(ground, 'lab-pc');
      t.like(device, { kind: 'device', id: pc.id, name: 'pc-1' });
      t.is(using?.name, using?.id.slice(0, 8));
      await lab.tick();
      const { job } = pc.ticketOf(await pc.checkIn(BACKUP));
      await over;
      t.deepEqual(told, ['planned', 'queued', 'sent']);
      await pc.report(job, 'finish');
      t.deepEqual((await readPackage(ground, 'lab-pc')).usedBy, { devices: 1, jobs: 0 });
    },
  },
  {
    title: 'BI and PI go from the order to the result, each move with its row, and V02 ends it',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      await pc.checkIn();
      const { jobs, command } = await lab.make({
        ...{ kind: 'bi-pi', limitBytesPerSecond: 50_000 },
        notice: { countdownSeconds: 60, postpones: 2, postponeSeconds: 600 },
      });
      const id = jobs[0]?.id ?? '';
      const args = await lab.ground.store.read((db) =>
        db.selectFrom('command_arg').selectAll().orderBy('value').execute(),
      );
      t.deepEqual(
        args,
        ['BI', 'PI'].map((value) => ({ command_id: command, arg_id: 9, value })),
      );
      t.is((await pc.checkIn()).ticket, null, 'planned is not queued');
      await lab.tick();
      const ticket = pc.ticketOf(await pc.checkIn());
      t.like(ticket, {
        ...{ job: id, attempt: 1, commands: ['BI', 'PI'], limitBytesPerSecond: 50_000 },
        image: { name: 'lab-pc', id: VERSION },
        notice: { countdownSeconds: 60, postpones: 2, postponeSeconds: 600 },
      });
      const bytes = { doneBytes: 7, totalBytes: 9 };
      t.is(await pc.report(id, 'download'), 'downloading');
      t.is(await pc.report(id, null, bytes), 'downloading');
      t.like(await readJob(ground, id), bytes);
      for (const [event, state] of [
        ['back-up', 'backed-up'],
        ['arm', 'armed'],
        ['image', 'imaging'],
        ['verify', 'verifying'],
        ['start-os', 'first-boot'],
        ['finish', 'done'],
        ['finish', 'done'],
        ['download', 'done'],
      ] as const)
        t.is(await pc.report(id, event), state);
      t.deepEqual(
        (await readJob(ground, id)).events.map(({ to }) => to),
        [
          ...['planned', 'queued', 'sent', 'downloading', 'backed-up', 'armed'],
          ...['imaging', 'verifying', 'first-boot', 'done'],
        ],
      );
      const { items } = await readAudit(ground, { subject: id }, { limit: 9 });
      t.deepEqual(items.map(({ action }) => action).toReversed(), ['job.queue', 'job.send']);
      t.like(await pc.checkIn(inHand(id, 'done')), { ticket: null, cancel: null });
    },
  },
  {
    title: 'a plan says for each device whether, why not, how much, what is lost and when',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const names = ['free', 'held', 'new', 'no-backup', 'ready', 'small', 'bios'] as const;
      const devices = new Map<string, LabDevice>();
      for (const name of names) devices.set(name, await lab.device(name));
      const get = (name: (typeof names)[number]) => devices.get(name) as LabDevice;
      await get('free').checkIn();
      await get('held').checkIn();
      await decideDevice(lab.ground, KIM, get('held').id, 'hold');
      await get('no-backup').checkIn({ backup: null, block: null });
      await get('ready').checkIn(BACKUP);
      await get('small').checkIn({ backup: { sizeBytes: 100, freeBytes: 9, generations: [] } });
      const { inventory } = JSON.parse(get('bios').agent.checkIn().text) as CheckIn;
      const boot = { firmware: 'bios', hasSecureBoot: false, first: 'network' } as const;
      await get('bios').checkIn({
        ...BACKUP,
        inventory: { ...inventory, boot: { ...boot, canSetOrder: false } },
      });
      const planOf = async (kind: 'bi' | 'pi' | 'bi-pi') => {
        const { devices: plans } = await planJobs(lab.ground, {
          ...{ image: 'lab-pc:latest', kind, selection: ALL },
        });
        return Object.fromEntries(
          plans.map(({ name, reasons }) => [name, reasons.map(({ code }) => code).join(' ')]),
        );
      };
      const common = { held: 'JOB_DEVICE_STATE', new: 'JOB_NO_CHECK_IN', ready: '' };
      t.deepEqual(await planOf('bi'), {
        ...{ ...common, free: '', bios: '', small: 'JOB_TOO_LARGE' },
        'no-backup': 'JOB_NO_BACKUP_PARTITION',
      });
      t.deepEqual(await planOf('pi'), {
        ...common,
        ...{ held: 'JOB_DEVICE_STATE JOB_BACKUP_MISSING', free: 'JOB_BACKUP_MISSING' },
        ...{ bios: 'JOB_STARTS_FROM_NETWORK', small: 'JOB_BACKUP_MISSING' },
        'no-backup': 'JOB_NO_BACKUP_PARTITION JOB_NO_BOOT_AGENT',
      });
      const wish = {
        image: `lab-pc@${VERSION.slice(0, 8)}`,
        kind: 'bi-pi',
        selection: ALL,
      } as const;
      const { devices: plans } = await planJobs(lab.ground, wish);
      t.like(
        plans.find(({ name }) => name === 'free'),
        {
          ...{ fetchBytes: STORED_BYTES, timeZone: 'Asia/Tokyo', isEligible: true },
          startAt: '2026-12-01T10:00:00.000Z',
          lost: [{ what: 'os', name: '/dev/sda F-0001' }],
        },
      );
      t.is(plans.find(({ name }) => name === 'ready')?.fetchBytes, 0);
      const small = plans.find(({ name }) => name === 'small')?.reasons[0]?.message ?? '';
      t.regex(small, /needs 3000000 bytes, the backup partition of small has 100/);
      const made = await lab.make({ kind: 'pi' });
      t.deepEqual(
        made.jobs.map(({ name }) => name),
        ['ready'],
      );
      lab.pass(8 * DAY);
      const late = await planJobs(lab.ground, wish);
      t.true(late.devices.every(({ isEligible }) => !isEligible));
      const error = await t.throwsAsync(lab.make(), { code: 'JOB_NONE_ELIGIBLE' });
      t.like(error, { facts: { count: 7 } });
      await t.throwsAsync(lab.make({ image: 'lab-pc:spring' }), { code: 'MANAGER_NOT_FOUND' });
    },
  },
  {
    title: 'a device has one job, also when two orders are made at the same time',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      await (await lab.device('pc-1')).checkIn();
      const ends = await Promise.allSettled([lab.make(), lab.make(), lab.make()]);
      t.is(ends.filter(({ status }) => status === 'fulfilled').length, 1);
      t.is((await readJobs(ground, { isOpen: true }, 'created_at', { limit: 9 })).total, 1);
    },
  },
  {
    title: 'a ticket whose answer was lost comes again the same, and one that ends is made anew',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      const { id, ticket } = await given(lab, pc);
      t.deepEqual(pc.ticketOf(await pc.checkIn()), ticket);
      t.is((await pc.checkIn(inHand(id, 'sent'))).ticket, null, 'it has it');
      await pc.report(id, 'download');
      lab.pass(DAY - 1800);
      const newer = pc.ticketOf(await pc.checkIn());
      t.true(newer.counter > ticket.counter);
      t.is(await lab.stateOf(id), 'downloading');
    },
  },
  {
    title: 'a report is taken once, and one of another try, or of another device, changes nothing',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const [pc, other] = [await lab.device('pc-1'), await lab.device('pc-2')];
      await other.checkIn();
      const { id } = await given(lab, pc);
      const foreign = { code: 'AGENT_REPORT_FOREIGN' };
      await t.throwsAsync(other.report(id, 'finish'), foreign);
      await t.throwsAsync(pc.report('0'.repeat(32), 'finish'), foreign);
      t.is(await pc.report(id, 'finish', { attempt: 2 }), 'sent');
      t.is(await pc.report(id, 'fail', { code: 'STORE_UNREACHABLE', message: 'gone' }), 'failed');
      t.like(await readJob(ground, id), { code: 'STORE_UNREACHABLE', message: 'gone' });
      const { items } = await readAudit(ground, { action: 'agent.refused' }, { limit: 9 });
      t.is(items[0]?.facts['code'], 'AGENT_REPORT_FOREIGN');
    },
  },
  {
    title:
      'what failed is tried again later each time and not for ever; what a try cannot mend is not',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      const { id } = await given(lab, pc);
      const fail = (attempt: number, code = 'STORE_UNREACHABLE') =>
        pc.report(id, 'fail', { attempt, code });
      await fail(1);
      lab.pass(59);
      await lab.tick();
      t.is(await lab.stateOf(id), 'failed');
      lab.pass(1);
      await lab.tick();
      t.is(pc.ticketOf(await pc.checkIn()).attempt, 2);
      await fail(2);
      lab.pass(299);
      await lab.tick();
      t.is(await lab.stateOf(id), 'failed');
      lab.pass(1);
      await lab.tick();
      t.is(pc.ticketOf(await pc.checkIn()).attempt, 3);
      await fail(3);
      lab.pass(DAY);
      await lab.tick();
      t.like(await readJob(ground, id), { state: 'failed', attempt: 3, retryAt: null });
      for (const [attempt, code] of [
        [4, 'BACKUP_NO_SPACE'],
        [5, 'AGENT_HEALTH_FAILED'],
      ] as const) {
        t.like(await retryJob(lab.ground, KIM, id), { state: 'queued', attempt, code: null });
        pc.ticketOf(await pc.checkIn());
        await fail(attempt, code);
        t.is((await readJob(ground, id)).retryAt, null, code);
      }
      await t.throwsAsync(cancelJob(lab.ground, KIM, id), { code: 'JOB_STATE' });
    },
  },
  {
    title:
      'silence beyond the deadline of a phase loses a job, and a device that speaks has it again',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      const { id } = await given(lab, pc);
      lab.pass(3600);
      await pc.checkIn();
      lab.pass(3600);
      await lab.tick();
      t.like(await readJob(ground, id), { state: 'lost', code: 'JOB_DEADLINE' });
      t.is(pc.ticketOf(await pc.checkIn()).attempt, 2, 'it is there again and knows nothing of it');
      await pc.report(id, 'download', { attempt: 2 });
      for (let hour = 0; hour < 12; hour += 1) {
        lab.pass(3600);
        await pc.report(id, null, { attempt: 2, doneBytes: hour });
        await lab.tick();
      }
      t.is(await lab.stateOf(id), 'downloading');
      lab.pass(6 * 3600);
      await lab.tick();
      t.is(await lab.stateOf(id), 'lost');
      t.is((await pc.checkIn(inHand(id, 'downloading', 2))).cancel, null);
      t.is(await pc.report(id, 'back-up', { attempt: 2 }), 'backed-up');
      t.is(await pc.report(id, 'finish', { attempt: 2 }), 'done');
      const next = await lab.make();
      await lab.tick();
      lab.pass(7 * DAY);
      await lab.tick();
      t.is(await lab.stateOf(next.jobs[0]?.id ?? ''), 'lost', 'nobody came');
      t.is((await pc.checkIn()).ticket, null, 'and what was never given out is not revived');
    },
  },
  {
    title: 'while no manager runs no deadline passes',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      const { id } = await given(lab, pc);
      lab.pass(3 * DAY);
      await giveTime(lab.ground);
      await lab.tick();
      t.is(await lab.stateOf(id), 'sent');
      lab.pass(600);
      await lab.tick();
      t.is(await lab.stateOf(id), 'lost');
    },
  },
  {
    title:
      'a job is cancelled at once before it is sent, asked back afterwards, and not once the OS is written',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      await pc.checkIn();
      const first = (await lab.make()).jobs[0]?.id ?? '';
      t.is((await cancelJob(lab.ground, KIM, first)).state, 'cancelled');
      const { id } = await given(lab, pc);
      await pc.report(id, 'download');
      t.is((await cancelJob(lab.ground, KIM, id)).state, 'downloading');
      t.is((await pc.checkIn(inHand(id, 'downloading'))).cancel, id);
      t.is(await pc.report(id, 'stop'), 'cancelled');
      t.is((await pc.checkIn(inHand(id, 'downloading'))).cancel, id, 'it still has it');
      const next = await given(lab, pc);
      for (const event of ['arm', 'image'] as const) await pc.report(next.id, event);
      await t.throwsAsync(cancelJob(lab.ground, KIM, next.id), { code: 'JOB_STATE' });
      await pc.report(next.id, 'finish');
      const unknown = inHand('0'.repeat(32), 'downloading');
      t.is((await pc.checkIn(unknown)).cancel, '0'.repeat(32));
      const last = await given(lab, pc);
      await cancelJob(lab.ground, KIM, last.id);
      t.like(await pc.checkIn(), { ticket: null, cancel: null });
      t.is(await lab.stateOf(last.id), 'cancelled', 'it had not begun');
      const { items } = await readAudit(ground, { action: 'job.ask-cancel' }, { limit: 9 });
      t.is(items.length, 2);
    },
  },
  {
    title: 'a window opens and closes by the clock of the device, over midnight too',
    check: async (t, { ground }) => {
      // 19:00 in Tokyo.
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      await pc.checkIn();
      const { jobs, plan } = await lab.make({ window: { from: '22:00', to: '05:00' } });
      const id = jobs[0]?.id ?? '';
      t.is(plan.devices[0]?.startAt, '2026-12-01T13:00:00.000Z');
      await lab.tick();
      t.like(await pc.checkIn(), { ticket: null, note: '' });
      lab.pass(3 * 3600);
      await lab.tick();
      t.is(await lab.stateOf(id), 'queued');
      lab.pass(7 * 3600);
      t.like(await pc.checkIn(), {
        ticket: null,
        note: 'waits for its window 22:00-05:00 (Asia/Tokyo)',
      });
      lab.pass(19 * 3600);
      t.is(pc.ticketOf(await pc.checkIn()).job, id);
    },
  },
  {
    title: 'a subnet has so many jobs at work at the same time, and each its share of the bytes',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const limits = { note: '', mostJobs: 2, bytesPerSecond: 1_000_000, repository: null };
      await setSubnet(lab.ground, KIM, { cidr: '192.0.2.0/24', ...limits });
      await setSubnet(lab.ground, KIM, { cidr: '192.0.2.128/25', ...limits, mostJobs: 1 });
      const devices: LabDevice[] = [];
      for (const name of ['a', 'b', 'c']) devices.push(await lab.device(name));
      const [elsewhere, narrow] = [
        await lab.device('d', '198.51.100.1'),
        await lab.device('e', '192.0.2.200'),
      ];
      for (const pc of [...devices, elsewhere, narrow]) await pc.checkIn();
      await lab.make({ limitBytesPerSecond: 600_000 });
      await lab.tick();
      const answers = [];
      for (const pc of devices) answers.push(await pc.checkIn());
      const [first, , third] = devices;
      t.is(first && answers[0] && first.ticketOf(answers[0]).limitBytesPerSecond, 500_000);
      t.like(answers[2], { ticket: null, note: 'waits for a place in 192.0.2.0/24 (2 jobs)' });
      t.is(elsewhere.ticketOf(await elsewhere.checkIn()).limitBytesPerSecond, 600_000);
      t.is(narrow.ticketOf(await narrow.checkIn()).limitBytesPerSecond, 600_000);
      const job = first && answers[0] ? first.ticketOf(answers[0]).job : '';
      await first?.report(job, 'finish');
      t.truthy((await third?.checkIn())?.ticket);
    },
  },
  {
    title: 'agents whose jobs wait for a place wait for the answer, and are woken for places alone',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const { waiters } = lab.desk;
      const limits = { note: '', mostJobs: 1, bytesPerSecond: null, repository: null };
      await setSubnet(lab.ground, KIM, { cidr: '192.0.2.0/24', ...limits });
      const devices: LabDevice[] = [];
      for (const name of ['a', 'b', 'c']) devices.push(await lab.device(name));
      for (const pc of devices) await pc.checkIn();
      await lab.make();
      await lab.tick();
      const toWake = () => devicesToWake(lab.ground, waiters.devices);
      const [first, ...others] = devices;
      const given = await first?.checkIn();
      const job = (given && first?.ticketOf(given).job) ?? '';
      t.like(await others[0]?.checkIn(), { ticket: null, nextSeconds: 1, waitSeconds: 50 });
      const waiting = others.map((pc) => pc.checkIn({ waitSeconds: 60 }));
      while (waiters.devices.length < 2) await new Promise((resolve) => setImmediate(resolve));
      t.deepEqual(await toWake(), [], 'nothing is free');
      await first?.report(job, 'finish');
      const woken = await toWake();
      t.is(woken.length, 1, 'one place, one agent');
      for (const device of woken) waiters.wake(device);
      t.truthy((await Promise.race(waiting)).ticket);
      t.deepEqual(await toWake(), []);
      waiters.close();
      const answers = await Promise.all(waiting);
      t.is(answers.filter(({ ticket }) => ticket !== null).length, 1);
      t.is((await readJobs(lab.ground, { state: 'queued' }, 'due_at', { limit: 9 })).total, 1);
    },
  },
  {
    title: 'the job of a device whose key two machines have, or that was revoked, has ended',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      const { id } = await given(lab, pc);
      const clone = pc.agent.clone();
      const ends = { address: '192.0.2.9' };
      await answerCheckIn(lab.desk, clone.checkIn(inHand(id, 'sent')), ends);
      t.like(await pc.checkIn(inHand(id, 'sent')), { state: 'held', ticket: null });
      t.like(await readJob(ground, id), { state: 'failed', code: 'JOB_DEVICE_STATE' });
      t.is(await pc.report(id, 'finish'), 'failed', 'nobody knows which of the two it was');
      await decideDevice(lab.ground, KIM, pc.id, 'approve');
      const again = await retryJob(lab.ground, KIM, id);
      t.is(pc.ticketOf(await pc.checkIn()).attempt, again.attempt);
      await decideDevice(lab.ground, KIM, pc.id, 'revoke');
      t.like(await readJob(ground, id), { state: 'failed', code: 'JOB_DEVICE_STATE' });
      await t.throwsAsync(pc.report(id, 'finish'), { code: 'AGENT_MESSAGE_REFUSED' });
      t.is(await lab.stateOf(id), 'failed');
    },
  },
  {
    title: 'an agent that waits is told of its job when it is queued, and of its cancellation',
    check: async (t, { ground }) => {
      const lab = await openJobLab(ground);
      const pc = await lab.device('pc-1');
      await pc.checkIn();
      const isWaiting = async () => {
        while (lab.desk.waiters.devices.length === 0)
          await new Promise((resolve) => setImmediate(resolve));
      };
      const waiting = pc.checkIn({ waitSeconds: 60 });
      await isWaiting();
      const { jobs } = await lab.make();
      await lab.tick();
      lab.desk.waiters.wake(pc.id);
      const ticket = pc.ticketOf(await waiting);
      t.is(ticket.job, jobs[0]?.id ?? '');
      const gone = pc.checkIn({ ...inHand(ticket.job, 'sent'), waitSeconds: 60 });
      await isWaiting();
      lab.desk.waiters.close();
      t.is((await gone).ticket, null);
    },
  },
];
