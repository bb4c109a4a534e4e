/** A timer whose moment is moved far more often than it comes: moving it costs nothing as long as it moves away. */
export class DeadlineTimer {
  readonly #onDeadline: (now: number) => void;
  #deadline = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, which may be before the deadline. */
  #firesAt = Number.POSITIVE_INFINITY;

  /** @param onDeadline called once the deadline is over, with the time; the deadline may be set anew in it */
  constructor(onDeadline: (now: number) => void) {
    this.#onDeadline = onDeadline;
  }

  /** Sets or moves the deadline, in milliseconds of `performance.now()`. */
  set(deadline: number, now: number): void {
    this.#deadline = deadline;
    if (this.#firesAt > deadline) this.#start(now);
  }

  stop(): void {
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#firesAt = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
  }

  #start(now: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = this.#deadline;
    this.#timer = setTimeout(this.#fire, Math.ceil(this.#deadline - now));
  }

  readonly #fire = (): void => {
    const now = performance.now();
    this.#firesAt = Number.POSITIVE_INFINITY;
    if (now < this.#deadline) this.#start(now);
    // Node runs timers before it reads sockets. When this process was held up, what was waited for may be there already.
    else setImmediate(this.#check);
  };

  readonly #check = (): void => {
    const now = performance.now();
    if (now < this.#deadline) return;
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#onDeadline(now);
  };
}
