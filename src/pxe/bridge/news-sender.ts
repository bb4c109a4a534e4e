/** Sends news to the manager, one round after the other: at once when an order moves, else every two seconds. */
import { isNacreError } from '../../errors.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { backOffMs, pause } from './pause.ts';

const EVERY_MS = 2000;

export interface NewsSenderOptions {
  /** What each round tells; one that throws is tried again. */
  readonly round: (signal: AbortSignal) => Promise<void>;
  readonly log: ServiceLog;
  readonly everyMs?: number | undefined;
}

export class NewsSender implements AsyncDisposable {
  readonly #options: NewsSenderOptions;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #wake = new AbortController();

  constructor(options: NewsSenderOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** There is something that should not wait. */
  poke(): void {
    this.#wake.abort();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { everyMs = EVERY_MS } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const isDone = await this.#round(failures);
      failures = isDone ? 0 : failures + 1;
      // A manager that is away is not asked more often for every order that moves.
      const waits = isDone ? AbortSignal.any([signal, this.#wake.signal]) : signal;
      await pause(isDone ? everyMs : backOffMs(failures), waits);
    }
  }

  async #round(failures: number): Promise<boolean> {
    const { signal } = this.#abort;
    const { round, log } = this.#options;
    try {
      await round(signal);
      return true;
    } catch (err) {
      // The feed of the policy says that the manager is away; only what it refuses is told here, once.
      const isAway = signal.aborted || isNacreError(err, 'MANAGER_UNREACHABLE');
      if (!isAway && failures === 0) log.warn({ err }, 'manager cannot be told');
      return false;
    }
  }
}
