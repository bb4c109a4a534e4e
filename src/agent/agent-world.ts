/** What an agent touches of its machine besides its disk and its folder: given to it, so that tests can stand in for all of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { kernelText } from '../disk/machine.ts';
import { runTool } from '../disk/tool.ts';
import { type WakeReport, wake } from './network/wake.ts';

export interface AgentWorld {
  /** Milliseconds that only rise. */
  readonly elapsedMs: () => number;
  /** The device's own date, which may be anything. */
  readonly now: () => Date;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** 32 hex digits that nobody can guess. */
  readonly newRun: () => string;
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** This start of the machine. */
  readonly bootId: () => Promise<string>;
  /** Tells everybody at the device. */
  readonly tell: (text: string) => Promise<void>;
  /** Wakes machines of its networks by the addresses of their cards. */
  readonly wake: (macs: readonly string[]) => Promise<WakeReport>;
  /** Starts the machine again; resolves when it was told to. */
  readonly restart: () => Promise<void>;
}

const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await wait(ms, undefined, { signal });
  } catch (reason) {
    if (!signal.aborted) throw reason;
  }
};

/** The machine that this runs on. */
export const thisWorld = (): AgentWorld => ({
  elapsedMs: () => performance.now(),
  now: () => new Date(),
  random: Math.random,
  newRun: () => randomBytes(16).toString('hex'),
  sleep,
  bootId: () => kernelText('/proc/sys/kernel/random/boot_id'),
  tell: async (input) => {
    await runTool('wall', [], { input, accept: [0, 1] });
  },
  wake,
  restart: async () => {
    await runTool('systemctl', ['reboot']);
  },
});
