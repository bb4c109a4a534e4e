/** How often a password may be tried: few failures for each user and each address, then a wait that doubles. */
import { NacreError } from '../../errors.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';

/** Failures without a wait. An address may be a whole site behind one router. */
const FREE_OF_USER = 5;
const FREE_OF_ADDRESS = 20;
const FIRST_WAIT_MS = 2000;
const MOST_WAIT_MS = 15 * 60_000;
/** Failures this long ago are forgotten. */
const FORGET_MS = 60 * 60_000;
const REMEMBERED = 8192;

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

const waitOf = ({ count, lastMs }: Failures, free: number, nowMs: number): number => {
  if (count < free) return 0;
  const wait = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(count - free, 30));
  return Math.max(0, lastMs + wait - nowMs);
};

/** The tries of one manager. */
export class LoginLimit {
  readonly #users = new RecentMap<string, Failures>(REMEMBERED);
  readonly #addresses = new RecentMap<string, Failures>(REMEMBERED);
  readonly #nowMs: () => number;

  /** @param nowMs milliseconds that only rise */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @throws NacreError MANAGER_TOO_MANY_TRIES with the seconds to wait: the password is not even looked at */
  check(user: string, address: string): void {
    const nowMs = this.#nowMs();
    const none = { count: 0, lastMs: nowMs };
    const waitMs = Math.max(
      waitOf(this.#users.get(user) ?? none, FREE_OF_USER, nowMs),
      waitOf(this.#addresses.get(address) ?? none, FREE_OF_ADDRESS, nowMs),
    );
    if (waitMs > 0)
      throw new NacreError('MANAGER_TOO_MANY_TRIES', { seconds: Math.ceil(waitMs / 1000) });
  }

  /** A try begins: it counts as failed until it succeeds, so that many at once gain nothing. */
  begin(user: string, address: string): void {
    this.#add(this.#users, user);
    this.#add(this.#addresses, address);
  }

  /** The password was right. What failed from this address for other users still counts. */
  succeeded(user: string, address: string): void {
    this.#users.delete(user);
    const { count = 1, lastMs = 0 } = this.#addresses.get(address) ?? {};
    this.#addresses.set(address, { count: count - 1, lastMs });
  }

  #add(map: RecentMap<string, Failures>, key: string): void {
    const nowMs = this.#nowMs();
    const known = map.get(key);
    const isRecent = known !== undefined && nowMs - known.lastMs < FORGET_MS;
    map.set(key, { count: (isRecent ? known.count : 0) + 1, lastMs: nowMs });
  }
}
