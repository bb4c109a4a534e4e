import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { enrolDevice } from '../../src/agent/enrol.ts';
import { agentFiles, lockAgentFolder } from '../../src/agent/state/agent-files.ts';
import { readAgentState, writeAgentState } from '../../src/agent/state/agent-state.ts';
import { type StandInManager, startStandInManager } from '../helpers/stand-in-manager.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const { signal } = new AbortController();

const enrolling = async (t: ExecutionContext) => {
  const files = agentFiles(path.join(await temporaryFolder(t), 'agent'));
  const at = ({ url: server, pin }: StandInManager, replace = false) =>
    enrolDevice({ files, server, pin, replace, signal });
  return { files, at };
};

test('a device enrols with a key of its own, and again without harm', async (t) => {
  const manager = await startStandInManager(t);
  const { files, at } = await enrolling(t);
  const first = await at(manager);
  t.like(first, { state: 'pending', wasKnown: false });
  const before = await readAgentState(files);
  t.like(before, { manager: { urls: [manager.url], pin: manager.pin }, lastCounter: 0 });
  const running = lockAgentFolder(files);
  t.like(await at(manager), { wasKnown: true, fingerprint: first.fingerprint });
  running.close();
  t.deepEqual(await readAgentState(files), before);
});

test('another manager needs to be meant, and then the device forgets the first', async (t) => {
  const [manager, other] = [await startStandInManager(t), await startStandInManager(t)];
  const { files, at } = await enrolling(t);
  const { fingerprint } = await at(manager);
  const refused = await t.throwsAsync(at(other), { code: 'AGENT_MANAGER_OTHER' });
  t.true(refused?.message.includes(manager.url));
  const state = await readAgentState(files);
  if (state !== undefined) await writeAgentState(files, { ...state, lastCounter: 7 });
  t.like(await at(other, true), { fingerprint, wasKnown: false });
  t.like(await readAgentState(files), { manager: { urls: [other.url] }, lastCounter: 0 });
});

test('a server with another key gets nothing, and nothing is remembered', async (t) => {
  const [manager, rogue] = [await startStandInManager(t), await startStandInManager(t)];
  const { files } = await enrolling(t);
  const wish = { files, server: rogue.url, pin: manager.pin, replace: false, signal };
  await t.throwsAsync(enrolDevice(wish), { code: 'MANAGER_PIN' });
  t.is(await readAgentState(files), undefined);
});

test('while an agent runs its manager is not changed under it', async (t) => {
  const manager = await startStandInManager(t);
  const { files, at } = await enrolling(t);
  await at(manager);
  const running = lockAgentFolder(files);
  await t.throwsAsync(at(manager, true), { code: 'AGENT_RUNS' });
  running.close();
});
