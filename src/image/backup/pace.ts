/** Holds work back to a number of bytes a second. */
import { setTimeout as wait } from 'node:timers/promises';
import { NacreError } from '../../errors.ts';

export interface PaceOptions {
  /** Undefined: as fast as it goes. */
  readonly limitBytesPerSecond?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly clock?: (() => number) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** A short rest is not worth its timer. */
const SHORTEST_REST_MS = 5;

const sleepFor = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  try {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  } catch (reason) {
    if (signal?.aborted !== true) throw reason;
  }
};

/** Told of every piece of work; rests where that went too fast, and stops where it is told to. */
export class Pace {
  readonly #options: PaceOptions;
  readonly #clock: () => number;
  #owedMs = 0;
  #lastMs: number;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#lastMs = this.#clock();
  }

  /** Bytes were moved. @throws NacreError CANCELLED */
  async spend(bytes: number): Promise<void> {
    const { limitBytesPerSecond, signal, sleep = sleepFor } = this.#options;
    if (limitBytesPerSecond !== undefined) {
      const now = this.#clock();
      const costMs = (bytes / limitBytesPerSecond) * 1000;
      // The time that these bytes took counts; more than their own is not saved up for a burst.
      this.#owedMs = Math.max(0, this.#owedMs - (now - this.#lastMs) + costMs);
      this.#lastMs = now;
      if (this.#owedMs >= SHORTEST_REST_MS) await sleep(this.#owedMs, signal);
    }
    if (signal?.aborted === true) throw new NacreError('CANCELLED', { phase: 'fill' });
  }
}
