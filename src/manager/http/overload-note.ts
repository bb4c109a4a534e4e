/** Tells that requests were turned away because there were too many: once a minute at most, whatever comes. */
import type { ServiceLog } from '../../job/serving/service-log.ts';

const EVERY_MS = 60_000;

export class OverloadNote {
  readonly #log: Pick<ServiceLog, 'warn'>;
  readonly #elapsedMs: () => number;
  #lastMs = -Infinity;
  #refused = 0;

  constructor(log: Pick<ServiceLog, 'warn'>, elapsedMs: () => number = () => performance.now()) {
    this.#log = log;
    this.#elapsedMs = elapsedMs;
  }

  /** One was turned away. @param what of which there were too many */
  refused(what: string): void {
    this.#refused++;
    const now = this.#elapsedMs();
    if (now - this.#lastMs < EVERY_MS) return;
    this.#log.warn({ what, refused: this.#refused }, 'asked too much, and turned requests away');
    this.#lastMs = now;
    this.#refused = 0;
  }
}
