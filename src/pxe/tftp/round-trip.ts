/** How long to wait for an ACK: measured round trips, as TCP does it (RFC 6298), and longer after each silence. */

export interface RoundTripLimits {
  /** Wait before anything was measured. */
  readonly firstWaitMs: number;
  /** No wait is shorter, however fast the client answered so far: it may have other work. */
  readonly shortestWaitMs: number;
  /** No wait is longer. */
  readonly longestWaitMs: number;
}

/** Short waits alone would give up on a link that is down for a second: least later waits, in first waits. */
const LATER_WAITS = [0, 0, 1, 4] as const;

/** The round trip of one transfer. */
export class RoundTrip {
  readonly #limits: RoundTripLimits;
  #smoothedMs: number | undefined;
  #deviationMs = 0;
  #factor = 1;

  constructor(limits: RoundTripLimits) {
    this.#limits = limits;
  }

  /** Takes in the time from a datagram to its ACK; only for one that was sent once. */
  measure(ms: number): void {
    this.relax();
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = ms;
      this.#deviationMs = ms / 2;
      return;
    }
    this.#deviationMs += (Math.abs(this.#smoothedMs - ms) - this.#deviationMs) / 4;
    this.#smoothedMs += (ms - this.#smoothedMs) / 8;
  }

  /** Smoothed round trip; before the first the wait for it. */
  get smoothedMs(): number {
    return this.#smoothedMs ?? this.#limits.firstWaitMs;
  }

  /**
   * Doubles the wait after one that was in vain, until something arrives that was not sent again: when the network became
   * slower, the next datagrams would all be sent twice, and never be measured.
   */
  backOff(): void {
    this.#factor *= 2;
  }

  /** Ends the doubling. */
  relax(): void {
    this.#factor = 1;
  }

  /** How long to wait for an answer that may not come: half as long again as a round trip. */
  get soonMs(): number {
    return Math.min(Math.max(1.5 * this.smoothedMs, this.#limits.shortestWaitMs), this.waitMs(1));
  }

  /** How long to wait when the same block was sent so many times. */
  waitMs(sends: number): number {
    const { firstWaitMs, shortestWaitMs, longestWaitMs } = this.#limits;
    const first =
      this.#smoothedMs === undefined
        ? firstWaitMs
        : Math.max(shortestWaitMs, this.#smoothedMs + 4 * this.#deviationMs);
    const later = (LATER_WAITS[sends - 1] ?? 0) * firstWaitMs;
    return Math.min(Math.max(first * this.#factor, later), longestWaitMs);
  }
}
