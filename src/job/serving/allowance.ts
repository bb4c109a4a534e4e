/** How often somebody may do a thing. */

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
