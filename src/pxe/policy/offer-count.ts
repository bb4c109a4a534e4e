/**
 * How often a device was told to load Merlin for an order and no Merlin asked for it: too little memory, a card without a
 * driver, a download that breaks off. Only tickets are remembered with the order; whoever never gets so far would be sent round
 * for ever.
 */

/** Starts in a row without a Merlin: the order is given up at the next one. */
export const MOST_OFFERS = 10;
/**
 * One start asks several times: a BIOS by PXE, then its iPXE, for addresses and for its script, each of them more than once
 * when the network is slow.
 */
const ONE_START_MS = 60_000;
/** More than a policy has rows. */
const MOST_DEVICES = 20_000;

interface Offered {
  readonly line: string;
  readonly count: number;
  readonly atMs: number;
}

/** The count of each device; it begins anew with the service. */
export class OfferCount {
  readonly #devices = new Map<string, Offered>();

  /**
   * Counts an offer of an order, by its line.
   *
   * @returns how many starts in a row it was offered at, this one included
   */
  note(device: string, line: string, nowMs: number): number {
    const known = this.#devices.get(device);
    const before = known?.line === line ? known : undefined;
    if (before !== undefined && Math.abs(nowMs - before.atMs) < ONE_START_MS) return before.count;
    const count = (before?.count ?? 0) + 1;
    if (known === undefined && this.#devices.size >= MOST_DEVICES) return count;
    this.#devices.set(device, { line, count, atMs: nowMs });
    return count;
  }

  /** A Merlin asked, or the order is no more. */
  clear(device: string): void {
    this.#devices.delete(device);
  }
}
