import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { NacreError } from '../../../src/errors.ts';
import type { NetworkPolicy, PolicyTables } from '../../../src/job/network-boot-protocol.ts';
import { readManagerWord } from '../../../src/pxe/bridge/kept-policy.ts';
import type { ManagerLink } from '../../../src/pxe/bridge/manager-link.ts';
import { PolicyFeed } from '../../../src/pxe/bridge/policy-feed.ts';
import { collectingLog, nextRead } from '../../helpers/service-log.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const SERVER = 'https://manager.example:30806';
const policyWith = (
  revision: string,
  answer: PolicyTables['answer'],
  group: PolicyTables['group'] = [],
): NetworkPolicy => ({
  revision: revision.repeat(64),
  tables: { answer, group, device: [], subnet: [] },
});

/** A manager that answers each question with what the test has put in, one after the other. */
const scripted = (server = SERVER) => {
  const waiting: ((answer: NetworkPolicy | Error | undefined) => void)[] = [];
  const asked = nextRead();
  const link: ManagerLink = {
    server,
    policy: (_revision, _wait, signal) =>
      new Promise((resolve, reject) => {
        waiting.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
        asked.notify();
      }),
    tellSeen: async () => undefined,
    tellOrder: async () => undefined,
  };
  const answer = async (next: NetworkPolicy | Error | undefined): Promise<void> => {
    await asked.next();
    waiting.shift()?.(next);
  };
  return { link, answer, asked: asked.next };
};

const AWAY = new NacreError('MANAGER_UNREACHABLE', { server: SERVER, reason: 'ECONNREFUSED' });

const openLab = async (t: ExecutionContext) => {
  const folder = await temporaryFolder(t);
  const places = {
    managerPolicy: path.join(folder, 'policy.json'),
    managerWord: path.join(folder, 'word.json'),
  };
  const { log, lines } = collectingLog();
  const open = (link: ManagerLink): Promise<PolicyFeed> =>
    PolicyFeed.open({
      ...{ link, places, log, trust: { kind: 'unsigned' }, now: () => new Date() },
    });
  return { places, lines, open };
};

test('each change is in force and kept, and a policy that cannot be read changes nothing', async (t) => {
  const { open, lines, places } = await openLab(t);
  const { link, answer, asked } = scripted();
  const [feed] = await Promise.all([open(link), answer(policyWith('a', 'off'))]);
  t.is(feed.current().answer, 'off');
  const heard: string[] = [];
  feed.start(async ({ answer: found }) => {
    heard.push(found);
  });
  await answer(policyWith('b', 'everyone'));
  const twice = ['one', 'two'].map((name) => ({
    ...{ name, macs: ['52:54:00:12:34:56'], uuids: [], 'one-device': true as const },
  }));
  await answer(policyWith('c', 'known', twice));
  await asked();
  t.is(feed.current().answer, 'everyone');
  t.deepEqual(heard, ['off', 'everyone']);
  t.is(lines.filter(({ level }) => level === 'error').length, 1);
  t.like(await readManagerWord(places), { problem: 'PXE_POLICY_INVALID' });
  await feed.close();
});

test('what is kept of a manager counts while it is away, and of no other', async (t) => {
  const { open, places } = await openLab(t);
  const first = scripted();
  const [feed] = await Promise.all([open(first.link), first.answer(policyWith('a', 'off'))]);
  await feed.close();
  const second = scripted();
  const [again] = await Promise.all([open(second.link), second.answer(AWAY)]);
  t.is(again.current().answer, 'off');
  t.like(await readManagerWord(places), { server: SERVER, problem: 'MANAGER_UNREACHABLE' });
  const other = scripted('https://other.example:30806');
  await Promise.all([
    t.throwsAsync(open(other.link), { code: 'MANAGER_UNREACHABLE' }),
    other.answer(AWAY),
  ]);
});
