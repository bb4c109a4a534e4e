/** The policy for network boot services that ask, and for those that wait until it changes. */
import type { NetworkPolicy } from '../../job/network-boot-protocol.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { Ground } from '../ground.ts';
import { lastChange } from '../store/audit-rows.ts';
import { bootOrderMark } from '../store/network-boot-rows.ts';
import { policyIn } from './policy-tables.ts';

/** One service for each network, and some that come again before we know that they have gone. */
const MOST_WAITERS = 64;
/** What agents say of their cards is in no mark: it is looked at this often. */
const STALE_MS = 30_000;

interface Known {
  readonly mark: string;
  readonly atMs: number;
  readonly policy: NetworkPolicy;
}

type Waiter = (policy: NetworkPolicy | undefined) => void;

/** Reads the data base while somebody asks, and not otherwise. */
export class PolicyBoard {
  readonly #ground: Ground;
  readonly #elapsedMs: () => number;
  readonly #log: Pick<ServiceLog, 'warn'>;
  readonly #waiters = new Map<Waiter, string>();
  #known: Known | undefined;
  #isClosed = false;

  constructor(ground: Ground, elapsedMs: () => number, log: Pick<ServiceLog, 'warn'>) {
    this.#ground = ground;
    this.#elapsedMs = elapsedMs;
    this.#log = log;
  }

  /** As it is now. */
  async read(): Promise<NetworkPolicy> {
    const { store } = this.#ground;
    const mark = await store.read(
      async (db) => `${await lastChange(db)} ${await bootOrderMark(db)}`,
    );
    const nowMs = this.#elapsedMs();
    const known = this.#known;
    if (known !== undefined && known.mark === mark && nowMs - known.atMs < STALE_MS)
      return known.policy;
    // Device, cards and orders of one moment: rows that do not belong together could image the wrong machine.
    const policy = await store.snapshot(policyIn);
    this.#known = { mark, atMs: nowMs, policy };
    return policy;
  }

  /**
   * The policy when it is another one than `revision`; undefined when it was that one all the time.
   *
   * @param left of the connection of the one who asks
   */
  async readAfter(
    revision: string,
    milliseconds: number,
    left: AbortSignal,
  ): Promise<NetworkPolicy | undefined> {
    const policy = await this.read();
    if (policy.revision !== revision) return policy;
    const hasRoom = !this.#isClosed && this.#waiters.size < MOST_WAITERS;
    if (!hasRoom || milliseconds <= 0 || left.aborted) return undefined;
    return new Promise((resolve) => {
      const end: Waiter = (found) => {
        clearTimeout(timer);
        left.removeEventListener('abort', leave);
        this.#waiters.delete(end);
        resolve(found);
      };
      const leave = (): void => end(undefined);
      const timer = setTimeout(leave, milliseconds);
      left.addEventListener('abort', leave, { once: true });
      this.#waiters.set(end, revision);
    });
  }

  /** Answers those who wait for a change that has come, whichever manager made it. */
  async look(): Promise<void> {
    if (this.#waiters.size === 0) return;
    try {
      const policy = await this.read();
      for (const [end, revision] of [...this.#waiters])
        if (revision !== policy.revision) end(policy);
    } catch (err) {
      // The next look finds what this one did not.
      this.#log.warn({ err }, 'policy of network boot could not be read');
    }
  }

  /** Answers all of them. */
  close(): void {
    this.#isClosed = true;
    for (const end of [...this.#waiters.keys()]) end(undefined);
  }
}
