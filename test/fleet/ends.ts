/** Waits for the first answers of agents and for ends of their jobs, as their logs tell them. */
import type { DeviceLine } from './device.ts';

const ADMITTED = 'manager says what it takes this device for';

export class Ends {
  readonly #failures: unknown[];
  readonly #idle = new Set<string>();
  readonly #answered = new Set<string>();
  #count = 0;
  #wakers: (() => void)[] = [];

  /** @param failures of agents, which are added to */
  constructor(failures: unknown[]) {
    this.#failures = failures;
  }

  /** Jobs that have ended. */
  get count(): number {
    return this.#count;
  }

  /** A line of the log of a device. */
  hear(device: string, { message, fields }: DeviceLine): void {
    if (message === 'job ended') {
      this.#count += 1;
      this.#idle.add(device);
      this.#wake();
    }
    if (message === ADMITTED && fields['state'] === 'approved') {
      this.#answered.add(device);
      this.#wake();
    }
  }

  /** An agent cannot go on. */
  fail(reason: unknown): void {
    this.#failures.push(reason);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  /** Devices whose job has ended since they were asked for last. */
  takeIdle(): readonly string[] {
    const found = [...this.#idle];
    this.#idle.clear();
    return found;
  }

  /** Resolves at the next end. @throws what made an agent fail */
  async next(): Promise<void> {
    if (this.#failures.length > 0) throw this.#failures[0];
    await new Promise<void>((resolve) => {
      this.#wakers.push(resolve);
    });
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Resolves when all of these devices were told that they are approved. @throws what made an agent fail */
  async admitted(devices: readonly string[]): Promise<void> {
    while (devices.some((device) => !this.#answered.has(device))) await this.next();
  }

  /** Resolves when so many jobs have ended. @throws what made an agent fail */
  async reached(count: number): Promise<void> {
    while (this.#count < count) await this.next();
  }
}
