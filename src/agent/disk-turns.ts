/** Whoever reads or writes the partitions of the device does it alone: a fill, a hand-over, a look at the generations. */

export class DiskTurns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** True while somebody is at work, or waits for it. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Does work when all that came before is done. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1;
    const done = this.#last.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
