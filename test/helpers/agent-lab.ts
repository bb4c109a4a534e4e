/** An agent in this process on a disk that is a file, with a manager that stands in, and a world without clocks to wait for. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Agent, type AgentOptions, startAgent } from '../../src/agent/agent-service.ts';
import type { AgentWorld } from '../../src/agent/agent-world.ts';
import { enrolDevice } from '../../src/agent/enrol.ts';
import { type AgentFiles, agentFiles } from '../../src/agent/state/agent-files.ts';
import { type AgentState, readAgentState } from '../../src/agent/state/agent-state.ts';
import { writeWhole } from '../../src/agent/state/whole-file.ts';
import type { StandInManager } from './stand-in-manager.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { type WatchedLog, watchedLog } from './watched-log.ts';

/** A machine whose clock says 1970, and on which a second is nothing. */
export interface LabWorld extends AgentWorld {
  /** How often it was told to start again. */
  readonly restarts: () => number;
  /** Resolves when it is told to. */
  readonly restarted: () => Promise<void>;
  readonly said: readonly string[];
  /** Cards that it was to wake. */
  readonly woken: readonly string[];
  /** Starts the machine again. */
  readonly reboot: () => void;
}

/** A step of a countdown, and what comes again and again while others work. */
const [SHORT_MS, PAUSE_MS] = [2, 60];
const STEP_MS = 1000;
/** What nobody waits for in a test. */
const [LONG_MS, LONG_PAUSE_MS] = [300_000, 3000];

const lastsFor = (ms: number): number => {
  if (ms >= LONG_MS) return LONG_PAUSE_MS;
  return ms > STEP_MS ? PAUSE_MS : SHORT_MS;
};

/** Waits are as short as lets others do their work in between. */
export const labWorld = (): LabWorld => {
  const said: string[] = [];
  let [restarts, boot, elapsed] = [0, 1, 0];
  const woken: string[] = [];
  let wakers: (() => void)[] = [];
  return {
    said,
    elapsedMs: () => performance.now() + elapsed,
    now: () => new Date(performance.now() + elapsed),
    random: () => 0.5,
    newRun: () => randomBytes(16).toString('hex'),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          elapsed += ms;
          resolve();
        };
        const timer = setTimeout(end, lastsFor(ms));
        signal.addEventListener('abort', end, { once: true });
      }),
    bootId: async () => String(boot),
    tell: async (text) => {
      said.push(text);
    },
    wake: async (macs) => {
      woken.push(...macs);
      return { sentTo: [], failed: [] };
    },
    woken,
    restart: async () => {
      restarts += 1;
      for (const wake of wakers) wake();
      wakers = [];
    },
    restarts: () => restarts,
    restarted: () =>
      new Promise((resolve) => {
        wakers.push(resolve);
      }),
    reboot: () => {
      boot += 1;
    },
  };
};

export interface AgentLab {
  readonly files: AgentFiles;
  readonly fingerprint: string;
  readonly world: LabWorld;
  /** Waits for a line of its log. */
  readonly line: WatchedLog['line'];
  readonly noticeFolder: string;
  readonly start: (more?: Partial<AgentOptions>) => Promise<Agent>;
  readonly state: () => Promise<AgentState>;
}

export interface AgentLabOptions {
  readonly manager: Pick<StandInManager, 'url' | 'pin'>;
  /** Path of the disk. */
  readonly disk: string;
  /** More lines of `agent.toml`. */
  readonly settings?: string;
}

/** An agent that has enrolled and does not run yet. */
export const makeAgentLab = async (
  t: ExecutionContext,
  { manager, disk, settings = '' }: AgentLabOptions,
): Promise<AgentLab> => {
  const folder = await temporaryFolder(t);
  const files = agentFiles(path.join(folder, 'agent'));
  const { signal } = new AbortController();
  const { url: server, pin } = manager;
  const { fingerprint } = await enrolDevice({ files, server, pin, replace: false, signal });
  await writeWhole(files.settings, `disk = '${disk}'\nnotice = '${folder}/hooks'\n${settings}`);
  const world = labWorld();
  const { log, line } = watchedLog();
  const noticeFolder = path.join(folder, 'notice');
  return {
    ...{ files, fingerprint, world, line, noticeFolder },
    start: async (more = {}) => {
      const agent = await startAgent({
        ...{ files, release: '0.0.0', world, log, noticeFolder, efiFolder: `${folder}/efi` },
        places: { files: [], program: undefined },
        ...more,
      });
      t.teardown(() => agent.close().catch(() => undefined));
      return agent;
    },
    state: async () => {
      const state = await readAgentState(files);
      if (state === undefined) throw new TypeError('no state');
      return state;
    },
  };
};
