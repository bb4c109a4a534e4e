/** How often agents check in: seldom enough that all of them together are no load. */
import type { Ground } from '../ground.ts';
import { countDevices } from '../store/device-rows.ts';

/** Check-ins of a second that leave room for everything else. */
const PER_SECOND = 20;
const LEAST_SECONDS = 60;
/** The number of devices is asked for so often. */
const COUNT_MS = 30_000;
/** A person who approves a device waits for it. */
const PENDING_SECONDS = 30;
const HELD_SECONDS = 300;
const REVOKED_SECONDS = 3600;

export class Pace {
  readonly #ground: Ground;
  readonly #elapsedMs: () => number;
  #devices = 0;
  #countedMs: number | undefined;

  /** @param elapsedMs milliseconds that only rise */
  constructor(ground: Ground, elapsedMs: () => number) {
    this.#ground = ground;
    this.#elapsedMs = elapsedMs;
  }

  /** Seconds until a device of this state checks in again. */
  async nextSeconds(state: 'pending' | 'approved' | 'held' | 'revoked'): Promise<number> {
    const shared = Math.ceil((await this.#count()) / PER_SECOND);
    switch (state) {
      case 'pending':
        return Math.max(PENDING_SECONDS, shared);
      case 'held':
        return Math.max(HELD_SECONDS, shared);
      case 'revoked':
        return Math.max(REVOKED_SECONDS, shared);
      default:
        return Math.max(LEAST_SECONDS, shared);
    }
  }

  /** For a device whose job waits for its time, or for a place. */
  async waitingSeconds(): Promise<number> {
    return Math.max(PENDING_SECONDS, Math.ceil((await this.#count()) / PER_SECOND));
  }

  async #count(): Promise<number> {
    const nowMs = this.#elapsedMs();
    if (this.#countedMs !== undefined && nowMs - this.#countedMs < COUNT_MS) return this.#devices;
    this.#countedMs = nowMs;
    const counts = await this.#ground.store.read(countDevices);
    this.#devices = counts.reduce((sum, { count }) => sum + count, 0);
    return this.#devices;
  }
}
