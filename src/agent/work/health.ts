/** Whether a new OS does what it is for: the commands that the administrator named, again until their time is over. */
import { runTool } from '../../disk/tool.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { AgentWorld } from '../agent-world.ts';

const PAUSE_MS = 5000;
/** A command that hangs is one that fails. */
const COMMAND_MS = 60_000;

/** Why a command did not succeed; undefined when it did. */
const faultOf = async (
  [program = '', ...words]: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> => {
  const either = AbortSignal.any([signal, AbortSignal.timeout(COMMAND_MS)]);
  try {
    await runTool(program, words, { signal: either });
    return undefined;
  } catch (reason) {
    if (isNacreError(reason)) return reason.message;
    if (either.aborted) return `${program} did not end`;
    throw reason;
  }
};

/** @throws NacreError AGENT_HEALTH_FAILED with the command that failed last; CANCELLED */
export const requireHealth = async (
  commands: readonly (readonly string[])[],
  seconds: number,
  world: Pick<AgentWorld, 'elapsedMs' | 'sleep'>,
  signal: AbortSignal,
): Promise<void> => {
  const end = world.elapsedMs() + seconds * 1000;
  for (const command of commands) {
    for (;;) {
      const reason = await faultOf(command, signal);
      if (signal.aborted) throw new NacreError('CANCELLED', { phase: 'health' });
      if (reason === undefined) break;
      if (world.elapsedMs() >= end)
        throw new NacreError('AGENT_HEALTH_FAILED', { seconds, reason });
      await world.sleep(PAUSE_MS, signal);
    }
  }
};
