import test, { type ExecutionContext } from 'ava';
import { agentFiles } from '../../../src/agent/state/agent-files.ts';
import { AgentMemory } from '../../../src/agent/state/agent-memory.ts';
import { firstState, writeAgentState } from '../../../src/agent/state/agent-state.ts';
import { JobDesk } from '../../../src/agent/work/job-desk.ts';
import { untold } from '../../../src/agent/work/job-path.ts';
import type { JobTicket } from '../../../src/job/job-ticket.ts';
import { keyTextOf } from '../../../src/job/signed-message.ts';
import { makeJobKey, makeTicket } from '../../helpers/stand-in-manager.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const KEY = makeJobKey();
const DEVICE = 'ab'.repeat(32);
const IMAGE = { name: 'lab', id: 'cd'.repeat(32) };
const NOW = new Date('2026-11-21T12:00:00Z');

const ticket = (about: Partial<JobTicket> = {}, key = KEY) =>
  makeTicket(key, {
    ...{ device: DEVICE, image: IMAGE, expiresAt: '2026-11-21T13:00:00.000Z' },
    ...about,
  });

const openDesk = async (t: ExecutionContext) => {
  const files = agentFiles(await temporaryFolder(t));
  const manager = { urls: ['https://127.0.0.1:1'], pin: 'ef'.repeat(32) };
  await writeAgentState(files, { ...firstState(manager), jobKey: keyTextOf(KEY) });
  const memory = await AgentMemory.open(files);
  const again = async () => new JobDesk(await AgentMemory.open(files), DEVICE);
  return { desk: new JobDesk(memory, DEVICE), memory, again };
};

test('a ticket is taken once, with its counter, and gone on with when it comes again', async (t) => {
  const { desk, memory, again } = await openDesk(t);
  const given = ticket({ counter: 5 });
  t.true(await desk.take(given, [], NOW));
  t.like(memory.state, { lastCounter: 5, job: { state: 'sent' } });
  t.false(await desk.take(given, [{ url: 'https://b.example/', pin: null }], NOW));
  t.deepEqual(desk.job?.stores, [{ url: 'https://b.example/', pin: null }]);
  t.deepEqual((await again()).job, desk.job, 'after a cut');
});

test('one job at a time', async (t) => {
  const { desk } = await openDesk(t);
  await desk.take(ticket(), [], NOW);
  const { id } = desk.job ?? {};
  t.false(await desk.take(ticket({ counter: 2 }), [], NOW));
  t.is(desk.job?.id, id);
});

test('another try of a job that is under way goes on with it, and of one that failed begins anew', async (t) => {
  const { desk, memory } = await openDesk(t);
  const job = 'a'.repeat(32);
  await desk.take(ticket({ job, counter: 1 }), [], NOW);
  await desk.move('download');
  await desk.hear('download');
  t.false(await desk.take(ticket({ job, attempt: 2, counter: 2 }), [], NOW));
  t.like(desk.job, { attempt: 2, state: 'downloading', told: 0 });
  t.is(memory.state.lastCounter, 2);
  t.false(await desk.take(ticket({ job, attempt: 1, counter: 2 }), [], NOW));
  t.is(desk.job?.attempt, 2);
  await desk.fail({ code: 'BACKUP_NO_SPACE', message: '' });
  t.true(await desk.take(ticket({ job, attempt: 3, counter: 3 }), [], NOW));
  t.like(desk.job, { attempt: 3, state: 'sent', code: null });
});

test('addresses of stores are kept fresh', async (t) => {
  const { desk } = await openDesk(t);
  await desk.take(ticket(), [{ url: 'https://a.example/old/', pin: null }], NOW);
  await desk.refresh([]);
  t.is(desk.job?.stores[0]?.url, 'https://a.example/old/');
  await desk.refresh([{ url: 'https://a.example/new/', pin: null }]);
  t.is(desk.job?.stores[0]?.url, 'https://a.example/new/');
});

const REFUSED: readonly (readonly [string, () => ReturnType<typeof ticket>, RegExp])[] = [
  ['expired', () => ticket({ counter: 5, expiresAt: '2026-11-21T12:00:00.000Z' }), /it expired at/],
  ['of another device', () => ticket({ device: '12'.repeat(32) }), /it is for device 1212/],
  ['of another manager', () => ticket({}, makeJobKey()), /not signed by the manager/],
  [
    'older than one that was obeyed',
    () => ticket({ counter: 3 }),
    /its counter is 3, after one with 4/,
  ],
  ['with the counter of another one', () => ticket({ counter: 4 }), /of one that has ended/],
];

for (const [what, make, reason] of REFUSED) {
  test(`a ticket ${what} is refused, and nothing is in hand`, async (t) => {
    const { desk, memory } = await openDesk(t);
    await memory.change({ lastCounter: 4 });
    const refused = await t.throwsAsync(desk.take(make(), [], NOW), { code: 'TICKET_REFUSED' });
    t.regex(refused?.message ?? '', reason);
    t.like(memory.state, { job: null, lastCounter: 4 });
  });
}

test('a job that has ended is only told again', async (t) => {
  const { desk, memory } = await openDesk(t);
  const given = ticket({ commands: ['BI'] });
  await desk.take(given, [], NOW);
  await desk.fail({ code: 'BACKUP_NO_SPACE', message: 'full' });
  t.like(desk.untold, { event: 'fail', code: 'BACKUP_NO_SPACE', message: 'full', command: null });
  t.true(await desk.hear('fail'));
  t.is(desk.job, null);
  t.like(memory.state.ended, { state: 'failed', code: 'BACKUP_NO_SPACE' });
  t.false(await desk.take(given, [], NOW));
  t.like(desk.untold, { event: 'fail', code: 'BACKUP_NO_SPACE' });
});

test('a code that no table has is said to be a bug, and a long message is cut', async (t) => {
  const { desk } = await openDesk(t);
  await desk.take(ticket(), [], NOW);
  await desk.fail({ code: 'oops', message: 'x'.repeat(5000) });
  t.is(desk.untold?.code, 'CLI_BUG');
  t.is(desk.untold?.message.length, 2048);
});

test('what is still to be told follows from state and answers', (t) => {
  const both = ['BI', 'PI'] as const;
  t.deepEqual(untold(both, { state: 'sent', told: 0 }), []);
  t.deepEqual(untold(both, { state: 'armed', told: 0 }), ['download', 'back-up', 'arm']);
  t.deepEqual(untold(both, { state: 'armed', told: 2 }), ['arm']);
  t.deepEqual(untold(both, { state: 'first-boot', told: 3 }), ['image', 'verify', 'start-os']);
  t.deepEqual(untold(both, { state: 'done', told: 6 }), ['finish']);
  t.deepEqual(untold(['BI'], { state: 'done', told: 1 }), ['back-up', 'finish']);
  t.deepEqual(untold(['PI'], { state: 'armed', told: 0 }), ['arm']);
  t.deepEqual(untold(both, { state: 'failed', told: 1 }), ['fail']);
  t.deepEqual(untold(both, { state: 'cancelled', told: 1 }), ['stop']);
});
