/** Agents that wait for an answer: woken when there is something for their device, bounded in number. */

/** Above it agents are answered at once, and come less often. */
const MOST_WAITERS = 1000;

/** `woken`: look again. `over`: the time has passed, the agent went away, or another request of its device came. */
export type WaitEnd = 'woken' | 'over';

export class Waiters {
  readonly #most: number;
  readonly #waiting = new Map<string, (end: WaitEnd) => void>();
  #isClosed = false;

  constructor(most = MOST_WAITERS) {
    this.#most = most;
  }

  get hasRoom(): boolean {
    return !this.#isClosed && this.#waiting.size < this.#most;
  }

  /** Devices whose agents wait. */
  get devices(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Waits, at most so long; at once over where there is no room. @param left of the agent's connection */
  wait(device: string, milliseconds: number, left: AbortSignal): Promise<WaitEnd> {
    this.#waiting.get(device)?.('over');
    if (!this.hasRoom || left.aborted) return Promise.resolve('over');
    return new Promise((resolve) => {
      const end = (how: WaitEnd): void => {
        clearTimeout(timer);
        left.removeEventListener('abort', leave);
        if (this.#waiting.get(device) === end) this.#waiting.delete(device);
        resolve(how);
      };
      const leave = (): void => end('over');
      const timer = setTimeout(leave, milliseconds);
      left.addEventListener('abort', leave, { once: true });
      this.#waiting.set(device, end);
    });
  }

  wake(device: string): void {
    this.#waiting.get(device)?.('woken');
  }

  /** Answers all of them. */
  close(): void {
    this.#isClosed = true;
    for (const end of [...this.#waiting.values()]) end('over');
  }
}
