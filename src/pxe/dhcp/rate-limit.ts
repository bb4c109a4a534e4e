/** How often strangers are answered: each one a little, all together not more than the machine bears. */
import { RecentMap } from './recent-map.ts';

/** Lets `perSecond` things happen in a second, and as many at once after a quiet second. */
export class Allowance {
  readonly #perSecond: number;
  #left: number;
  #sinceMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#sinceMs = nowMs;
  }

  /** True when one more may happen now. A clock that goes back gives nothing and takes nothing. */
  take(nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
    this.#left = Math.min(this.#perSecond, this.#left + (passedMs * this.#perSecond) / 1000);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** Answers a second to one MAC: firmware asks four times in its first 30 s. */
export const ANSWERS_PER_MAC = 5;
/** Answers a second in all. */
export const ANSWERS_IN_ALL = 200;
/** MACs that are told apart; one that was forgotten begins anew. */
export const REMEMBERED_MACS = 4096;

/** Answers a second for each MAC and for all. */
export class AnswerLimit {
  readonly #byMac = new RecentMap<string, Allowance>(REMEMBERED_MACS);
  readonly #all: Allowance;
  readonly #now: () => number;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#all = new Allowance(ANSWERS_IN_ALL, now());
  }

  /** True when this MAC may be answered now; what one MAC asks too much is not taken from the others. */
  take(mac: string): boolean {
    const nowMs = this.#now();
    const own = this.#byMac.get(mac) ?? new Allowance(ANSWERS_PER_MAC, nowMs);
    this.#byMac.set(mac, own);
    return own.take(nowMs) && this.#all.take(nowMs);
  }
}
