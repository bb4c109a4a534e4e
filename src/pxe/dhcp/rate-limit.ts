/** How often strangers are answered: each one a little, all together not more than the machine bears. */
import { Allowance } from '../../job/serving/allowance.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';

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
