/** The time of the manager, counted on by a clock that nobody sets: the device's own date may be anything. */

export class ManagerTime {
  readonly #elapsedMs: () => number;
  #said: { readonly time: number; readonly at: number } | undefined;

  /** @param elapsedMs milliseconds that only rise */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** The manager said what time it is. */
  hear(now: string): void {
    this.#said = { time: Date.parse(now), at: this.#elapsedMs() };
  }

  /** Undefined until the manager said something in this run. */
  get now(): Date | undefined {
    if (this.#said === undefined) return undefined;
    return new Date(this.#said.time + this.#elapsedMs() - this.#said.at);
  }
}
