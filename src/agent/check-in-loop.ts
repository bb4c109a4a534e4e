/** When an agent checks in: as often as the manager wants it, and ever more seldom while it is away. */
import { isNacreError, type NacreError } from '../errors.ts';
import { pauseMs } from '../image/store/web-mirrors.ts';
import type { AgentWorld } from './agent-world.ts';

const AWAY = { firstMs: 1000, mostMs: 300_000 } as const;
/** Devices that were told the same do not come at the same moment. */
const CHANCE = 0.25;
/** A machine that slept notices it within this time. */
const SLICE_MS = 30_000;
const JUMP_MS = 10_000;
/** Between check-ins, whatever the manager says. */
const LEAST_MS = 1000;

export interface CheckInLoopOptions {
  readonly world: Pick<AgentWorld, 'elapsedMs' | 'now' | 'random' | 'sleep'>;
  /** Gives the seconds to the next one; undefined when it gave way to a report. @throws NacreError when there is no answer */
  readonly checkIn: (signal: AbortSignal) => Promise<number | undefined>;
  readonly onProblem: (reason: NacreError) => Promise<void>;
}

export class CheckInLoop {
  readonly #options: CheckInLoopOptions;
  #nudge = new AbortController();

  constructor(options: CheckInLoopOptions) {
    this.#options = options;
  }

  /** Something has to be told, or asked, now. */
  nudge(): void {
    this.#nudge.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { world, checkIn, onProblem } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      let pause = LEAST_MS;
      try {
        const seconds = await checkIn(signal);
        failures = 0;
        if (seconds !== undefined)
          pause = Math.max(LEAST_MS, seconds * 1000 * (1 + CHANCE * world.random()));
      } catch (reason) {
        if (signal.aborted) return;
        if (!isNacreError(reason)) throw reason;
        pause = pauseMs(failures, AWAY, world.random);
        failures += 1;
        await onProblem(reason);
      }
      await this.#pause(pause, signal);
    }
  }

  /** Waits on a clock that nobody sets, and no longer where the machine slept meanwhile. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { world } = this.#options;
    const either = AbortSignal.any([signal, this.#nudge.signal]);
    for (let left = ms; left > 0 && !either.aborted; left -= SLICE_MS) {
      const [date, elapsed] = [world.now().getTime(), world.elapsedMs()];
      await world.sleep(Math.min(left, SLICE_MS), either);
      const jumped = world.now().getTime() - date - (world.elapsedMs() - elapsed);
      if (Math.abs(jumped) > JUMP_MS) break;
    }
    if (this.#nudge.signal.aborted) this.#nudge = new AbortController();
  }
}
