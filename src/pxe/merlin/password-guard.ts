/**
 * Checks the administrator's password for machines that nobody knows: one check at a time, and after some that were wrong none
 * for a while, for the device, for the address that asks, and for all together.
 */
import type { PasswordHash } from '../../codec/password-hash.ts';
import { isPasswordOf } from '../../disk/password-hash.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';

export interface GuardLimits {
  /** Wrong passwords at once, of one device or address, and how long it takes until one more may be wrong. */
  readonly triesOfOne: number;
  readonly pauseOfOneMs: number;
  /** The same of everybody together: who makes up addresses gains nothing. */
  readonly triesOfAll: number;
  readonly pauseOfAllMs: number;
  /** Checks that wait for their turn. */
  readonly waiting: number;
}

export const GUARD_LIMITS: GuardLimits = {
  triesOfOne: 3,
  pauseOfOneMs: 20_000,
  triesOfAll: 30,
  pauseOfAllMs: 2000,
  waiting: 16,
};

/** Devices and addresses whose tries are counted; one that is forgotten begins anew, all together never do. */
const REMEMBERED = 4096;

/** How often something may still be wrong. */
class Tries {
  readonly #most: number;
  readonly #pauseMs: number;
  #left: number;
  #sinceMs: number;

  constructor(most: number, pauseMs: number, nowMs: number) {
    this.#most = most;
    this.#pauseMs = pauseMs;
    this.#left = most;
    this.#sinceMs = nowMs;
  }

  /** Milliseconds until one may be wrong; 0 for now. */
  waitMs(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
    this.#left = Math.min(this.#most, this.#left + passedMs / this.#pauseMs);
    return this.#left >= 1 ? 0 : Math.ceil((1 - this.#left) * this.#pauseMs);
  }

  spend(): void {
    this.#left -= 1;
  }
}

/** How a password was: right, wrong, or not looked at. */
export type GuardVerdict = 'right' | 'wrong' | { readonly waitMs: number };

/** The guard of one service. */
export class PasswordGuard {
  readonly #limits: GuardLimits;
  readonly #now: () => number;
  readonly #ofOne = new RecentMap<string, Tries>(REMEMBERED);
  readonly #ofAll: Tries;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param now milliseconds that only rise */
  constructor(now: () => number, limits: Partial<GuardLimits> = {}) {
    this.#now = now;
    this.#limits = { ...GUARD_LIMITS, ...limits };
    this.#ofAll = new Tries(this.#limits.triesOfAll, this.#limits.pauseOfAllMs, now());
  }

  /**
   * Looks at a password when it may be wrong: a right one costs nobody a try.
   *
   * @param names what its tries are counted for, such as the device and its address
   */
  async check(
    hash: PasswordHash,
    password: string,
    names: readonly string[],
  ): Promise<GuardVerdict> {
    if (this.#waiting >= this.#limits.waiting) return { waitMs: this.#limits.pauseOfAllMs };
    this.#waiting += 1;
    // One after the other: a hundred at once would all be looked at before the first was found wrong.
    const turn = this.#last.then(() => this.#look(hash, password, names));
    this.#last = turn.catch(() => undefined);
    return turn.finally(() => {
      this.#waiting -= 1;
    });
  }

  async #look(
    hash: PasswordHash,
    password: string,
    names: readonly string[],
  ): Promise<GuardVerdict> {
    const nowMs = this.#now();
    const tries = [this.#ofAll, ...names.map((name) => this.#triesOf(name, nowMs))];
    const waitMs = Math.max(...tries.map((one) => one.waitMs(nowMs)));
    if (waitMs > 0) return { waitMs };
    if (await isPasswordOf(hash, password)) return 'right';
    for (const one of tries) one.spend();
    return 'wrong';
  }

  #triesOf(name: string, nowMs: number): Tries {
    const { triesOfOne, pauseOfOneMs } = this.#limits;
    const tries = this.#ofOne.get(name) ?? new Tries(triesOfOne, pauseOfOneMs, nowMs);
    this.#ofOne.set(name, tries);
    return tries;
  }
}
