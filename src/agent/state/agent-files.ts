/** The folder of an agent: who the device is, whom it belongs to, what it has in hand. For its owner alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type NativeLock, native } from '../../disk/native.ts';
import { NacreError } from '../../errors.ts';

/** What lies in the folder. */
export interface AgentFiles {
  readonly folder: string;
  /** Private key of the device, PEM. */
  readonly key: string;
  /** What has to survive a cut: `agent-state.ts`. */
  readonly state: string;
  /** What a running agent says of itself: `agent-status.ts`. */
  readonly status: string;
  /** Of an administrator: `agent-settings.ts`. */
  readonly settings: string;
  readonly log: string;
  readonly lock: string;
}

/** Where an agent of this machine has its things. */
export const AGENT_FOLDER = '/var/lib/nacre/agent';

export const agentFiles = (folder: string): AgentFiles => ({
  folder,
  key: path.join(folder, 'device-key.pem'),
  state: path.join(folder, 'agent.json'),
  status: path.join(folder, 'status.json'),
  settings: path.join(folder, 'agent.toml'),
  log: path.join(folder, 'agent.log'),
  lock: path.join(folder, 'agent.lock'),
});

/** Makes the folder where there is none. */
export const makeAgentFolder = async ({ folder }: AgentFiles): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
};

/** Text of a file of the folder; undefined where there is none. */
export const readIfThere = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (reason) {
    const code = reason instanceof Error && 'code' in reason ? reason.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw reason;
  }
};

/**
 * Takes the folder until the lock is closed or this process ends: two agents would number the same messages.
 *
 * @throws NacreError AGENT_RUNS with the process that has it
 */
export const lockAgentFolder = ({ folder, lock: file }: AgentFiles): NativeLock => {
  const lock = native.lockFile(file, 'exclusive');
  if (lock === undefined) {
    const pid = readFileSync(file, 'utf8').trim() || '?';
    throw new NacreError('AGENT_RUNS', { folder, pid });
  }
  writeFileSync(file, `${process.pid}\n`);
  return lock;
};
