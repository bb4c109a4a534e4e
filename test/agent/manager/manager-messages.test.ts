import test from 'ava';
import { readManagerPin } from '../../../src/agent/manager/manager-key.ts';
import { ManagerLink } from '../../../src/agent/manager/manager-link.ts';
import { ManagerMessages, type ReportFacts } from '../../../src/agent/manager/manager-messages.ts';
import { ManagerTime } from '../../../src/agent/manager/manager-time.ts';
import { agentFiles } from '../../../src/agent/state/agent-files.ts';
import { openDeviceKey } from '../../../src/agent/state/device-key.ts';
import { checkInExample } from '../../helpers/check-in-example.ts';
import { startStandInManager } from '../../helpers/stand-in-manager.ts';
import { type Owner, temporaryFolder } from '../../helpers/temporary-folder.ts';

const REPORT: ReportFacts = {
  ...{ job: 'a'.repeat(32), attempt: 1, event: 'download', command: 'BI' },
  ...{ doneBytes: 0, totalBytes: 0, code: null, message: '' },
};
const NEVER = new AbortController().signal;

const messagesTo = async (t: Owner, urls: readonly string[], pin: string) => {
  const key = await openDeviceKey(agentFiles(await temporaryFolder(t)));
  const link = new ManagerLink({ urls, pin });
  t.teardown(() => link.close());
  const world = { sleep: async () => undefined, random: () => 0 };
  return new ManagerMessages({ link, key, run: 'c'.repeat(32), world });
};

test('messages are signed, numbered, and answered', async (t) => {
  const manager = await startStandInManager(t);
  const messages = await messagesTo(t, [manager.url], manager.pin);
  t.like(await messages.checkIn(checkInExample(), NEVER), { state: 'approved', nextSeconds: 1 });
  t.like(await messages.report(REPORT, NEVER), { state: 'downloading' });
  t.is(manager.checkIns[0]?.number, 1);
  t.like(manager.reports[0], { number: 2, run: 'c'.repeat(32), pin: manager.pin });
});

test('an answer that got lost is asked for again with the same number', async (t) => {
  const manager = await startStandInManager(t);
  const messages = await messagesTo(t, [manager.url], manager.pin);
  let lost = 0;
  manager.fault = (_, response) => {
    lost += 1;
    if (lost > 2) return false;
    if (lost === 1) response.destroy();
    else response.writeHead(503).end('{}');
    return true;
  };
  await messages.report(REPORT, NEVER);
  t.is(lost, 3);
  t.deepEqual(
    manager.reports.map(({ number }) => number),
    [1],
  );
});

test('of several addresses the next one is asked, and the one that answers stays in front', async (t) => {
  const manager = await startStandInManager(t);
  const other = await startStandInManager(t);
  await other.leave();
  const messages = await messagesTo(t, [other.url, manager.url], manager.pin);
  await messages.report(REPORT, NEVER);
  await messages.report(REPORT, NEVER);
  t.is(manager.reports.length, 2);
});

test('a manager with another key is told nothing', async (t) => {
  const [manager, rogue] = [await startStandInManager(t), await startStandInManager(t)];
  const messages = await messagesTo(t, [rogue.url], manager.pin);
  await t.throwsAsync(messages.checkIn(checkInExample(), NEVER), { code: 'MANAGER_PIN' });
  t.is(rogue.checkIns.length, 0);
  t.is(await readManagerPin(rogue.url, NEVER), rogue.pin);
});

test('what is no answer, and what is longer than one, is refused', async (t) => {
  const manager = await startStandInManager(t);
  const messages = await messagesTo(t, [manager.url], manager.pin);
  for (const text of ['{', '{"state":"approved"}', `"${'x'.repeat(600_000)}"`]) {
    manager.fault = (_, response) => {
      response.writeHead(200).end(text);
      return true;
    };
    await t.throwsAsync(messages.checkIn(checkInExample(), NEVER), { code: 'MANAGER_ANSWER' });
  }
  manager.fault = (_, response) => {
    const problem = { code: 'MANAGER_JOIN_CODE', facts: {}, detail: '' };
    response.writeHead(403).end(JSON.stringify(problem));
    return true;
  };
  await t.throwsAsync(messages.checkIn(checkInExample(), NEVER), { code: 'MANAGER_JOIN_CODE' });
});

test('a check-in that waits gives way to a report', async (t) => {
  const manager = await startStandInManager(t);
  const messages = await messagesTo(t, [manager.url], manager.pin);
  let isWaiting: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    isWaiting = resolve;
  });
  manager.fault = (path) => {
    if (path.endsWith('report')) return false;
    isWaiting();
    return true;
  };
  const checkIn = messages.checkIn({ ...checkInExample(), waitSeconds: 60 }, NEVER);
  await waiting;
  await messages.report(REPORT, NEVER);
  t.is(await checkIn, undefined);
});

test("the manager's time goes on by a clock that nobody sets", (t) => {
  let elapsed = 500;
  const time = new ManagerTime(() => elapsed);
  t.is(time.now, undefined);
  time.hear('2026-11-21T00:00:00Z');
  elapsed += 61_000;
  t.is(time.now?.toISOString(), '2026-11-21T00:01:01.000Z');
});
