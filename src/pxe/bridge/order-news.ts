/**
 * What becomes of the manager's orders, told to it as soon as it can be. Nothing waits in a queue that could be lost: the records of
 * the orders are what is to be told, and one file says how much of each was.
 */
import * as z from 'zod';
import { isNacreError } from '../../errors.ts';
import type { NetworkOrderEvent } from '../../job/network-boot-protocol.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { OrderRecord } from '../policy/order-record.ts';
import type { ManagerLink } from './manager-link.ts';
import { readSmallFile, writeSmallFile } from './small-file.ts';

/** Orders under way whose bytes are remembered. */
const MOST_RUNNING = 1000;

const toldShape = z.object({
  format: z.literal('nacre-manager-told'),
  version: z.literal(1),
  server: z.string(),
  /** What was told of each device's order: its word and state. */
  told: z.record(z.string(), z.string()),
});

export interface OrderNewsOptions {
  readonly link: ManagerLink;
  /** File of what was told. */
  readonly file: string;
  /** The last order of every device. */
  readonly records: () => readonly OrderRecord[];
  readonly log: ServiceLog;
}

type Bytes = Pick<NetworkOrderEvent, 'verifiedBytes' | 'totalBytes'>;
type Told = OrderRecord & { readonly word: string };

/** Refusals of what was said: it would be refused again. Everything else passes, or a person puts it right. */
const IN_VAIN = ['MANAGER_NOT_FOUND', 'MANAGER_INPUT_INVALID'] as const;

const eventName = ({ state, failure }: OrderRecord): NetworkOrderEvent['event'] | undefined => {
  if (state === 'waiting') return undefined;
  return state === 'failed' && failure === 'PXE_ORDER_WITHDRAWN' ? 'withdrawn' : state;
};

/** The event of a record as it is now. */
const eventOf = (record: Told, running: Bytes | undefined): NetworkOrderEvent | undefined => {
  const event = eventName(record);
  if (event === undefined) return undefined;
  const { result, version, failure, state, word } = record;
  const verifiedBytes = result?.verifiedBytes ?? running?.verifiedBytes ?? 0;
  return {
    ...{ attempt: Number(word.split('.')[1] ?? 1), event, verifiedBytes },
    totalBytes: result?.verifiedBytes ?? running?.totalBytes ?? 0,
    ...{ writtenBytes: result?.writtenBytes ?? 0, version },
    code: state === 'failed' ? failure : null,
  };
};

const isOfManager = (record: OrderRecord): record is Told => record.word !== null;

const markOf = ({ word, state }: Told): string => `${word} ${state}`;

export class OrderNews {
  readonly #options: OrderNewsOptions;
  readonly #told: Map<string, string>;
  readonly #running = new RecentMap<string, Bytes>(MOST_RUNNING);
  readonly #moved = new Set<string>();

  private constructor(options: OrderNewsOptions, told: Map<string, string>) {
    this.#options = options;
    this.#told = told;
  }

  static async open(options: OrderNewsOptions): Promise<OrderNews> {
    const stored = await readSmallFile(options.file, toldShape);
    const isOurs = stored?.server === options.link.server;
    return new OrderNews(options, new Map(isOurs ? Object.entries(stored.told) : []));
  }

  /** Verified bytes of an order under way; told with the next round. */
  progress(id: string, verifiedBytes: number, totalBytes: number): void {
    this.#running.set(id, { verifiedBytes, totalBytes });
    if (this.#moved.size < MOST_RUNNING) this.#moved.add(id);
  }

  /** The manager has an order open that is over here: it is told again. */
  again(device: string): void {
    this.#told.delete(device);
  }

  /** Tells what is new. @throws NacreError while the manager cannot be told */
  async tell(signal: AbortSignal): Promise<void> {
    const records = this.#options.records().filter(isOfManager);
    const untold = records.filter((record) => this.#isNew(record));
    if (untold.length === 0) return;
    try {
      for (const record of untold) await this.#tellOne(record, signal);
    } finally {
      await this.#store(records);
    }
  }

  #isNew(record: Told): boolean {
    if (record.state === 'running' && this.#moved.has(record.id)) return true;
    return eventName(record) !== undefined && this.#told.get(record.device) !== markOf(record);
  }

  async #tellOne(record: Told, signal: AbortSignal): Promise<void> {
    const { link, log } = this.#options;
    const { id, device, word } = record;
    const event = eventOf(record, this.#running.get(id));
    if (event === undefined) return;
    this.#moved.delete(id);
    try {
      await link.tellOrder(word.slice(0, 32), event, signal);
    } catch (err) {
      if (!IN_VAIN.some((code) => isNacreError(err, code))) throw err;
      log.warn({ order: id, device, event: event.event, err }, 'manager does not know the order');
    }
    this.#told.set(device, markOf(record));
  }

  /** Only what there still is a record of. */
  #store(records: readonly Told[]): Promise<void> {
    const devices = new Set(records.map(({ device }) => device));
    for (const device of this.#told.keys()) if (!devices.has(device)) this.#told.delete(device);
    const { link, file } = this.#options;
    const told = Object.fromEntries(this.#told);
    return writeSmallFile(file, {
      ...{ format: 'nacre-manager-told', version: 1, server: link.server, told },
    });
  }
}
