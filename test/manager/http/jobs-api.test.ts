/** Jobs over the wire: orders of people, tickets and reports of devices. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openStore } from '../../../src/image/store/store.ts';
import { checkInAnswerShape } from '../../../src/job/agent-protocol.ts';
import { readTicket } from '../../../src/job/job-ticket.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { BACKUP } from '../../helpers/job-lab.ts';
import { type ManagerLab, openManagerLab } from '../../helpers/manager-lab.ts';
import { SpeakingAgent } from '../../helpers/speaking-agent.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const ALL = { isAll: true };

/** A manager with an image that is Autogenic Capable and a device that is approved and checked in. */
const openJobs = async (t: ExecutionContext) => {
  const folder = await temporaryFolder(t);
  const images = await openStore(path.join(folder, 'store'), { create: true });
  const { id: version } = await publishLetters(images, 'lab-pc', 'abcd');
  const lab = await openManagerLab(t, { dataFolder: folder });
  await lab.admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
  const agent = new SpeakingAgent(lab.service.pin.replace('sha256:', ''), 'pc-1');
  const enrolled = await lab.ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  const device = String(enrolled.json['id']);
  const state = { body: { state: 'approved' } };
  await lab.admin('PUT', `/api/v1/devices/${device}/state`, state);
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn() });
  return { lab, folder, agent, device, version };
};

const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value : [];

/** Asks until a ticket comes: the manager queues jobs within a second. */
const ticketFor = async ({ ask }: ManagerLab, agent: SpeakingAgent) => {
  for (;;) {
    const body = agent.checkIn({ waitSeconds: 10 });
    const answer = checkInAnswerShape.parse(
      (await ask('POST', '/device/v1/checkin', { body })).json,
    );
    if (answer.ticket !== null) return { ticket: answer.ticket, jobKey: answer.jobKey };
  }
};

test('an operator plans and makes jobs, a viewer looks on, and the device that waits has its ticket at once', async (t) => {
  const { lab, agent, device, version } = await openJobs(t);
  const [viewer, operator] = [await lab.userWith('viewer'), await lab.userWith('operator')];
  const body = { image: 'lab-pc', kind: 'bi', selection: ALL };
  t.is((await viewer.ask('POST', '/api/v1/jobs', { body })).status, 403);
  t.is((await viewer.ask('POST', '/api/v1/jobs/plan', { body })).status, 403);
  t.is((await lab.ask('POST', '/api/v1/jobs', { body })).status, 401);
  const plan = await operator.ask('POST', '/api/v1/jobs/plan', { body });
  t.like(plan, { status: 200, json: { version, eligible: 1 } });
  t.like((await viewer.ask('GET', '/api/v1/jobs')).json, { total: 0 });

  const waiting = ticketFor(lab, agent);
  const made = await operator.ask('POST', '/api/v1/jobs', { body });
  t.is(made.status, 201, made.text);
  const [job] = listOf(made.json['jobs']);
  const { ticket, jobKey } = await waiting;
  const check = { managerKey: jobKey, device: agent.fingerprint, lastCounter: 0, now: new Date() };
  t.like(readTicket(ticket, check), { job: job?.['id'], image: { name: 'lab-pc', id: version } });

  const other = new SpeakingAgent(agent.pin, 'pc-2');
  await lab.ask('POST', '/api/v1/enrolments', { body: other.enrolment() });
  await lab.ask('POST', '/device/v1/checkin', { body: other.checkIn() });
  const about = { job: String(job?.['id']), attempt: 1, event: 'finish' } as const;
  t.like(await lab.ask('POST', '/device/v1/report', { body: other.report(about) }), {
    status: 409,
    json: { code: 'AGENT_REPORT_FOREIGN' },
  });
  const done = agent.report(about);
  t.like((await lab.ask('POST', '/device/v1/report', { body: done })).json, { state: 'done' });
  t.like((await lab.ask('POST', '/device/v1/report', { body: done })).json, { state: 'done' });
  const one = await viewer.ask('GET', `/api/v1/jobs/${job?.['id']}`);
  t.like(one.json, { state: 'done', deviceName: 'pc-1', createdBy: 'operator2 (test)' });
  t.deepEqual(
    listOf(one.json['events']).map(({ event }) => event),
    ['make', 'queue', 'send', 'finish'],
  );
  t.like((await viewer.ask('GET', `/api/v1/jobs?device=${device}&image=lab-pc`)).json, {
    total: 1,
  });
  t.like((await viewer.ask('GET', '/api/v1/jobs?open=true')).json, { total: 0 });
  const retry = await operator.ask('POST', `/api/v1/jobs/${job?.['id']}/retry`);
  t.like(retry, { status: 409, json: { code: 'JOB_STATE' } });
  const history = listOf(
    (await viewer.ask('GET', `/api/v1/devices/${device}/history`)).json['items'],
  );
  t.deepEqual(
    history.map(({ action }) => action),
    ['finish done', 'send sent', 'queue queued', 'make planned', 'device.approve', 'device.appear'],
  );
});

test('an agent that waits is told at once that its job is to stop', async (t) => {
  const { lab, agent } = await openJobs(t);
  const body = { image: 'lab-pc', kind: 'bi', selection: ALL };
  await lab.admin('POST', '/api/v1/jobs', { body });
  await ticketFor(lab, agent);
  const { json } = await lab.admin('GET', '/api/v1/jobs');
  const id = String(listOf(json['items'])[0]?.['id']);
  const download = { body: agent.report({ job: id, attempt: 1, event: 'download' }) };
  await lab.ask('POST', '/device/v1/report', download);
  const job = { id, attempt: 1, state: 'downloading' } as const;
  const waiting = lab.ask('POST', '/device/v1/checkin', {
    body: agent.checkIn({ job, waitSeconds: 60 }),
  });
  t.like((await lab.admin('POST', `/api/v1/jobs/${id}/cancel`)).json, { state: 'downloading' });
  t.like((await waiting).json, { cancel: id });
  t.like(
    (
      await lab.ask('POST', '/device/v1/report', {
        body: agent.report({ job: id, attempt: 1, event: 'stop' }),
      })
    ).json,
    { state: 'cancelled', cancel: null },
  );
});

test('what a device said is shown with its disks and backup, or that it has not spoken', async (t) => {
  const { lab, agent, device } = await openJobs(t);
  const clock = new Date(Date.now() - 3_600_000).toISOString();
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn({ ...BACKUP, clock }) });
  const { json } = await lab.admin('GET', `/api/v1/devices/${device}/inventory`);
  t.like(json, {
    ...{ release: '0.1.0', runsIn: 'os', address: '127.0.0.1' },
    inventory: { disks: [{ serial: 'F-0001' }], timeZone: 'Asia/Tokyo' },
    backup: { generations: [{ image: { name: 'lab-pc' }, isVerified: true }] },
    block: { mode: 'os' },
  });
  t.true(Math.abs(Number(json['clockAheadSeconds']) + 3600) < 60);
  const silent = new SpeakingAgent(agent.pin, 'pc-2');
  const { json: enrolled } = await lab.ask('POST', '/api/v1/enrolments', {
    body: silent.enrolment(),
  });
  t.like(await lab.admin('GET', `/api/v1/devices/${enrolled['id']}/inventory`), {
    status: 409,
    json: { code: 'JOB_NO_CHECK_IN' },
  });
});

test('limits of subnets and settings are set, checked and taken back', async (t) => {
  const { admin, userWith } = await openManagerLab(t);
  const limits = { mostJobs: 2, bytesPerSecond: 1_000_000 };
  t.like(await admin('PUT', '/api/v1/subnets/192.0.2.0_24', { body: limits }), {
    status: 200,
    json: { cidr: '192.0.2.0/24', ...limits },
  });
  t.is((await admin('PUT', '/api/v1/subnets/2001:DB8::_64', { body: limits })).status, 200);
  t.like((await admin('GET', '/api/v1/subnets')).json, { total: 2 });
  for (const [cidr, body] of [
    ['192.0.2.0_33', limits],
    ['pc-1_8', limits],
    ['192.0.2.0_24', { bytesPerSecond: 5000 }],
    ['192.0.2.0_24', { mostJobs: 0 }],
  ] as const)
    t.is((await admin('PUT', `/api/v1/subnets/${cidr}`, { body })).status, 400, cidr);
  const unknown = { body: { repository: 'nowhere' } };
  t.is((await admin('PUT', '/api/v1/subnets/192.0.2.0_24', unknown)).status, 404);
  t.is((await admin('DELETE', '/api/v1/subnets/192.0.2.0_24')).status, 204);
  t.is((await admin('DELETE', '/api/v1/subnets/192.0.2.0_24')).status, 404);

  t.like((await admin('GET', '/api/v1/job-settings')).json, { queuedSeconds: 604_800 });
  const change = { body: { sentSeconds: 60 } };
  t.is(
    (await (await userWith('operator')).ask('PATCH', '/api/v1/job-settings', change)).status,
    403,
  );
  t.like((await admin('PATCH', '/api/v1/job-settings', change)).json, {
    ...{ sentSeconds: 60, queuedSeconds: 604_800 },
  });
  const wrong = { body: { ticketSeconds: 8 * 86_400 } };
  t.is((await admin('PATCH', '/api/v1/job-settings', wrong)).status, 400);
});

test('a value that many devices share is ignored, listed, and counts again', async (t) => {
  const { ask, admin, service } = await openManagerLab(t);
  const enrol = async (name: string) => {
    const agent = new SpeakingAgent(service.pin.replace('sha256:', ''), name);
    const hints = { name, macs: ['52:54:00:aa:bb:cc'] };
    const { json } = await ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
    const state = { body: { state: 'approved' } };
    await admin('PUT', `/api/v1/devices/${json['id']}/state`, state);
    await ask('POST', '/device/v1/checkin', { body: agent.checkIn({ hints }) });
    return `/api/v1/devices/${json['id']}`;
  };
  await enrol('pc-1');
  const second = await enrol('pc-2');
  const conflicts = async () => listOf((await admin('GET', second)).json['conflicts']).length;
  t.is(await conflicts(), 1);
  const body = { hint: 'mac', value: '52:54:00:AA:BB:CC', note: 'dock' };
  t.like((await admin('POST', '/api/v1/ignored-hints', { body })).json, { devices: 2 });
  t.is(await conflicts(), 0);
  const wrong = { body: { ...body, hint: 'colour' } };
  t.is((await admin('POST', '/api/v1/ignored-hints', wrong)).status, 400);
  t.like((await admin('GET', '/api/v1/ignored-hints')).json, {
    items: [{ hint: 'mac', value: '52:54:00:aa:bb:cc', note: 'dock' }],
  });
  const one = '/api/v1/ignored-hints?hint=mac&value=52%3A54%3A00%3Aaa%3Abb%3Acc';
  t.is((await admin('DELETE', one)).status, 204);
  t.is((await admin('DELETE', one)).status, 404);
});

test('a package that a job, a group or a backup partition needs is not removed, and its users are named', async (t) => {
  const { lab, agent, version } = await openJobs(t);
  const remove = () => lab.admin('DELETE', '/api/v1/packages/lab-pc');
  const body = { image: 'lab-pc', kind: 'bi', selection: ALL };
  const made = await lab.admin('POST', '/api/v1/jobs', { body });
  const id = String(listOf(made.json['jobs'])[0]?.['id']);
  t.like(await remove(), { status: 409, json: { code: 'MANAGER_IN_USE' } });
  t.regex((await remove()).text, new RegExp(`job ${id.slice(0, 8)}`));
  await lab.admin('POST', `/api/v1/jobs/${id}/cancel`);
  await lab.admin('POST', '/api/v1/groups', { body: { name: 'lab-2' } });
  const wanted = '/api/v1/groups/lab-2/desired-state';
  const wish = { body: { image: 'lab-pc:latest', kind: 'bi' } };
  t.is((await lab.admin('PUT', wanted, wish)).status, 200);
  t.regex((await remove()).text, /group lab-2/);
  t.is((await lab.admin('DELETE', wanted)).status, 204);
  const image = { name: 'lab-pc', id: version };
  const generations = [{ image, isComplete: true, isVerified: true, sizeBytes: 9 }];
  const backup = { sizeBytes: 4e9, freeBytes: 1e9, generations };
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn({ backup }) });
  t.regex((await remove()).text, /device pc-1/);
  await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn() });
  t.is((await remove()).status, 204);
  t.is((await lab.admin('GET', '/api/v1/packages/lab-pc')).status, 404);
});
