/** Bodies that lie in memory at a time: a few of each order, and a limit for all. */

export interface SlotLimits {
  /** Of one order. */
  readonly perOrder: number;
  readonly all: number;
}

/** Hands out room for bodies; whoever finds none of all waits for it. */
export class BodySlots {
  readonly #limits: SlotLimits;
  readonly #ofOrder = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /**
   * Room for a body of an order.
   *
   * @returns what gives it back; undefined when the order has as much as it may have
   */
  async take(order: string): Promise<(() => void) | undefined> {
    const own = this.#ofOrder.get(order) ?? 0;
    if (own >= this.#limits.perOrder) return undefined;
    this.#ofOrder.set(order, own + 1);
    if (this.#used >= this.#limits.all) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#used++;
    return () => this.#give(order);
  }

  #give(order: string): void {
    const left = (this.#ofOrder.get(order) ?? 1) - 1;
    if (left === 0) this.#ofOrder.delete(order);
    else this.#ofOrder.set(order, left);
    const next = this.#waiting.shift();
    if (next === undefined) this.#used--;
    else next();
  }
}
