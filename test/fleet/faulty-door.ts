/** The way from a device to the manager: it tells how long answers took, and is as bad as it is told to be. */
import {
  type ManagerDoor,
  ManagerLink,
  type ManagerLinkOptions,
  type ManagerWish,
} from '../../src/agent/manager/manager-link.ts';
import { isNacreError, NacreError } from '../../src/errors.ts';

/**
 * `drop`: a message, or its answer, gets lost. `slow`: both take up to 2 s. `duplicate`: it arrives twice. `reorder`: an old one
 * arrives once more behind a newer one. `clock`: the device has a wrong date (`device.ts`).
 */
export const FAULTS = ['drop', 'slow', 'duplicate', 'reorder', 'clock'] as const;
export type Fault = (typeof FAULTS)[number];

/** Of ten messages one has a fault. */
const SHARE = 0.1;
const SLOW_MS = 2000;

/** A message that was answered. */
export interface Answered {
  /** `checkin`, `report` or `enrolments`. */
  readonly what: string;
  /** How long the manager was allowed to wait; 0 for a message that is answered at once. */
  readonly waitSeconds: number;
  readonly milliseconds: number;
}

export interface DoorOptions {
  readonly localAddress: string;
  readonly faults: ReadonlySet<Fault>;
  readonly random: () => number;
  readonly onSend?: ((what: string, waitSeconds: number) => void) | undefined;
  readonly onAnswer?: ((answered: Answered) => void) | undefined;
  /** It ended without an answer. */
  readonly onLost?: ((what: string, waitSeconds: number) => void) | undefined;
  /** An old message was not refused: the manager took it twice. */
  readonly onTakenTwice?: (() => void) | undefined;
}

const waitSecondsOf = (body: unknown): number => {
  const { text = '{}' } = { text: '{}', ...(typeof body === 'object' ? body : {}) };
  const said: unknown = JSON.parse(text);
  return Number({ waitSeconds: 0, ...(typeof said === 'object' ? said : {}) }.waitSeconds);
};

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

class FaultyDoor implements ManagerDoor {
  readonly #link: ManagerLink;
  readonly #options: DoorOptions;
  #old: ManagerWish | undefined;

  constructor(link: ManagerLink, options: DoorOptions) {
    this.#link = link;
    this.#options = options;
  }

  get pin(): string {
    return this.#link.pin;
  }

  get shown(): string {
    return this.#link.shown;
  }

  close(): void {
    this.#link.close();
  }

  async post(wish: ManagerWish): Promise<unknown> {
    const { onSend, onAnswer, onLost } = this.#options;
    const what = wish.path.slice(wish.path.lastIndexOf('/') + 1);
    const waitSeconds = waitSecondsOf(wish.body);
    onSend?.(what, waitSeconds);
    const startedMs = performance.now();
    try {
      const answer = await this.#badly(wish);
      onAnswer?.({ what, waitSeconds, milliseconds: performance.now() - startedMs });
      return answer;
    } catch (reason) {
      onLost?.(what, waitSeconds);
      throw reason;
    }
  }

  #happens(fault: Fault): boolean {
    const { faults, random } = this.#options;
    return faults.has(fault) && random() < SHARE;
  }

  async #badly(wish: ManagerWish): Promise<unknown> {
    const { random } = this.#options;
    const lost = (): NacreError =>
      new NacreError('MANAGER_UNREACHABLE', { server: this.shown, reason: 'simulated loss' });
    const isDropped = this.#happens('drop');
    if (isDropped && random() < 0.5) throw lost();
    if (this.#happens('slow')) await pause(random() * SLOW_MS);
    if (this.#happens('duplicate')) await this.#link.post(wish);
    const answer = await this.#link.post(wish);
    await this.#comeLate(wish);
    if (this.#happens('slow')) await pause(random() * SLOW_MS);
    if (isDropped) throw lost();
    return answer;
  }

  /** An old message behind a newer one. */
  async #comeLate(wish: ManagerWish): Promise<void> {
    const old = this.#old;
    this.#old = this.#happens('reorder') ? wish : undefined;
    // The same one said again, since its answer was lost, is answered.
    if (old === undefined || old.body === wish.body) return;
    try {
      await this.#link.post(old);
      this.#options.onTakenTwice?.();
    } catch (reason) {
      if (!isNacreError(reason)) throw reason;
    }
  }
}

export const openDoor =
  (options: DoorOptions) =>
  (link: ManagerLinkOptions): ManagerDoor =>
    new FaultyDoor(new ManagerLink({ ...link, localAddress: options.localAddress }), options);
