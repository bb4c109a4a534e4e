/** The side of the service that speaks to a manager: its policy comes from there, and what happens here is told there. */
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { OrderRecord } from '../policy/order-record.ts';
import type { Orders } from '../policy/orders.ts';
import { orderOf, type Policy } from '../policy/policy.ts';
import type { MerlinSighting } from '../sightings/sighting.ts';
import type { Sightings } from '../sightings/sightings.ts';
import type { KeptPlaces } from './kept-policy.ts';
import type { BridgeTrust, ManagerLink } from './manager-link.ts';
import { NewsSender } from './news-sender.ts';
import { OrderNews } from './order-news.ts';
import { PolicyFeed } from './policy-feed.ts';
import { SightingNews } from './sighting-news.ts';

export interface BridgePlaces extends KeptPlaces {
  readonly managerTold: string;
  readonly managerSeen: string;
}

export interface BridgeOptions {
  readonly link: ManagerLink;
  readonly trust: BridgeTrust;
  readonly places: BridgePlaces;
  readonly log: ServiceLog;
  /** Of news; shorter in tests. */
  readonly everyMs?: number | undefined;
}

/** Words of all orders that a policy has. */
const wordsOf = ({ byMac, byUuid }: Policy): ReadonlySet<string> => {
  const words = new Set<string>();
  for (const members of [byMac, byUuid])
    for (const { row } of members.values()) {
      const word = row && orderOf(row.action)?.order;
      if (word !== undefined) words.add(word);
    }
  return words;
};

const isOver = ({ state }: OrderRecord): boolean => state === 'done' || state === 'failed';

/** Opens in two steps: the policy is there before the orders are, and news come from both. */
export class ManagerBridge implements AsyncDisposable {
  readonly #options: BridgeOptions;
  readonly #feed: PolicyFeed;
  #news: OrderNews | undefined;
  /** Two, so that what strangers send keeps no order from being told. */
  #sender: NewsSender | undefined;
  #seenSender: NewsSender | undefined;

  private constructor(options: BridgeOptions, feed: PolicyFeed) {
    this.#options = options;
    this.#feed = feed;
  }

  /** @throws NacreError when the manager cannot be asked and nothing is kept of it */
  static async open(options: BridgeOptions): Promise<ManagerBridge> {
    const feed = await PolicyFeed.open({ ...options, now: () => new Date() });
    return new ManagerBridge(options, feed);
  }

  get policy(): () => Policy {
    return this.#feed.current;
  }

  /** An order was stored in a new state. */
  readonly orderMoved = (): void => this.#sender?.poke();

  /** Merlin said how far it is. */
  said({ order, phase, doneBytes = 0, totalBytes = 0 }: Partial<MerlinSighting>): void {
    const isWork = order != null && phase !== 'asked' && phase !== 'done' && phase !== 'failed';
    if (isWork) this.#news?.progress(order, doneBytes, totalBytes);
  }

  /** Begins to listen and to tell. */
  async start(orders: Orders, devices: Pick<Sightings, 'all'>): Promise<void> {
    const { link, places, log, everyMs } = this.#options;
    const records = (): readonly OrderRecord[] => orders.records;
    const news = await OrderNews.open({ link, file: places.managerTold, records, log });
    const seen = await SightingNews.open({
      ...{ link, file: places.managerSeen, devices: () => devices.all() },
    });
    this.#news = news;
    const sender = new NewsSender({ log, everyMs, round: (signal) => news.tell(signal) });
    this.#sender = sender;
    this.#seenSender = new NewsSender({ log, everyMs, round: (signal) => seen.tell(signal) });
    this.#feed.start(async (policy) => {
      await this.#compare(policy, orders, news);
      sender.poke();
    });
  }

  async close(): Promise<void> {
    await this.#feed.close();
    await this.#sender?.close();
    await this.#seenSender?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Orders that the manager has taken back, and those that it believes to be open. */
  async #compare(policy: Policy, orders: Orders, news: OrderNews): Promise<void> {
    const words = wordsOf(policy);
    for (const record of orders.records) {
      const { word, device, state } = record;
      if (word === null) continue;
      if (words.has(word)) {
        if (isOver(record)) news.again(device);
      } else if (state === 'given' && (await orders.withdraw(device, word)))
        this.#options.log.info({ order: record.id, device }, 'order is taken back');
    }
  }
}
