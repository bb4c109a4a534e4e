import { readFileSync, statSync, writeFileSync } from 'node:fs';
import test from 'ava';
import {
  agentFiles,
  lockAgentFolder,
  makeAgentFolder,
} from '../../../src/agent/state/agent-files.ts';
import { AgentMemory } from '../../../src/agent/state/agent-memory.ts';
import {
  type AgentState,
  firstState,
  parseAgentState,
  readAgentState,
  serializeAgentState,
  writeAgentState,
} from '../../../src/agent/state/agent-state.ts';
import { openDeviceKey, readDeviceKey } from '../../../src/agent/state/device-key.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const MANAGER = { urls: ['https://127.0.0.1:30806'], pin: 'ab'.repeat(32) };

const mode = (file: string): number => statSync(file).mode & 0o777;

test('the key is made once, for its owner alone, and found again', async (t) => {
  const files = agentFiles(`${await temporaryFolder(t)}/agent`);
  await makeAgentFolder(files);
  t.is(await readDeviceKey(files), undefined);
  const made = await openDeviceKey(files);
  t.regex(made.fingerprint, /^[0-9a-f]{64}$/);
  t.deepEqual(await openDeviceKey(files), made);
  t.is(mode(files.folder), 0o700);
  t.is(mode(files.key), 0o600);
});

test('a key file that was cut off anywhere is damaged, and never replaced', async (t) => {
  const files = agentFiles(await temporaryFolder(t));
  await openDeviceKey(files);
  const whole = readFileSync(files.key, 'utf8').trimEnd();
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(files.key, whole.slice(0, length));
    const refused = await t.throwsAsync(openDeviceKey(files), { code: 'AGENT_STATE_DAMAGED' });
    t.true(refused?.message.includes(files.key));
    t.is(readFileSync(files.key, 'utf8').length, length);
  }
});

test('a state that was cut off anywhere is damaged, with the file and the way out', async (t) => {
  const files = agentFiles(await temporaryFolder(t));
  await writeAgentState(files, firstState(MANAGER));
  t.is(mode(files.state), 0o600);
  t.deepEqual(await readAgentState(files), firstState(MANAGER));
  const whole = readFileSync(files.state, 'utf8').trimEnd();
  for (let length = 0; length < whole.length; length++)
    t.throws(() => parseAgentState(files.state, whole.slice(0, length)), {
      code: 'AGENT_STATE_DAMAGED',
    });
  writeFileSync(files.state, whole.replace('"lastCounter":0', '"lastCounter":"0"'));
  const refused = await t.throwsAsync(readAgentState(files), { code: 'AGENT_STATE_DAMAGED' });
  t.regex(refused?.message ?? '', /agent\.json.*lastCounter/);
});

test('a state with a job is read as it was written', (t) => {
  const job = {
    ...{ id: 'a'.repeat(32), attempt: 2, stores: [{ url: 'https://a.example/', pin: null }] },
    ticket: { text: '{}', signature: 'A'.repeat(86) },
    ...{ state: 'downloading' as const, told: 1, code: null, message: '' },
    ...{ doneBytes: 1, totalBytes: 2 },
    ...{ postpones: 1, armedIn: '', restarts: 0 },
  };
  const state: AgentState = {
    ...firstState(MANAGER),
    lastCounter: 7,
    job: { ...job, stores: [...job.stores] },
  };
  t.deepEqual(parseAgentState('x', serializeAgentState(state)), state);
});

test('changes are stored one after the other, and before they count', async (t) => {
  const files = agentFiles(await temporaryFolder(t));
  await t.throwsAsync(AgentMemory.open(files), { code: 'AGENT_NOT_ENROLLED' });
  await writeAgentState(files, firstState(MANAGER));
  const memory = await AgentMemory.open(files);
  const counted = memory.change({ lastCounter: 3 });
  t.is(memory.state.lastCounter, 0);
  await Promise.all([counted, memory.change({ lastRun: 'b' })]);
  t.like(await readAgentState(files), { lastCounter: 3, lastRun: 'b' });
  t.like(memory.state, { lastCounter: 3, lastRun: 'b' });
});

test('two agents do not share a folder', async (t) => {
  const files = agentFiles(await temporaryFolder(t));
  const lock = lockAgentFolder(files);
  const refused = t.throws(() => lockAgentFolder(files), { code: 'AGENT_RUNS' });
  t.regex(refused?.message ?? '', new RegExp(`${process.pid}`));
  lock.close();
  lockAgentFolder(files).close();
});
