/** The parts of a service, opened one after the other and closed the other way round. */

export class Parts implements AsyncDisposable {
  readonly #parts: AsyncDisposable[] = [];
  #closed: Promise<void> | undefined;

  /** Takes a part over. */
  own<Part extends AsyncDisposable>(part: Part): Part {
    this.#parts.push(part);
    return part;
  }

  /** Closes all, each also when another one fails to; idempotent. @throws what the first of them threw */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.toReversed()) {
      try {
        await part[Symbol.asyncDispose]();
      } catch (reason) {
        failures.push(reason);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
