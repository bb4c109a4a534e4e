/**
 * Orders of devices: `action = "image"` and `action = "capture"` are done once for each change of their line in the policy.
 * Each step is stored before anybody is told of it. A device gets its order with a ticket, says with the ticket that it
 * begins before it writes anything, and says how it ended. To begin, only the ticket counts that was given last; a device that
 * began may say how it ended, whoever else asked in its name since.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import {
  isOpen,
  next,
  type OrderEvent,
  type OrderState,
  resumesAs,
} from '../../job/order-states.ts';
import { MOST_OFFERS, OfferCount } from './offer-count.ts';
import {
  type DamagedRecord,
  FAILURE,
  type OrderFiles,
  type OrderRecord,
  type StoredOrders,
} from './order-record.ts';
import { lineOf, type OrderAction, orderIdOf, orderText } from './policy.ts';

/** How often one order is given: power and network may fail now and then, but not for ever. */
export const MOST_ATTEMPTS = 5;
const TICKET_BYTES = 32;
const ID_BYTES = 16;

/** An order in the hands of its device. */
export interface GivenOrder {
  /** 32 hex digits; fits the `cmdid` of a boot decision block. */
  readonly id: string;
  /** 64 hex digits, a secret: whoever has it speaks for the device. Void when another one is given before it begins. */
  readonly ticket: string;
  /**
   * `true`: an earlier run said that it began. The device goes on only with what its own disk says it was doing under this
   * id, and begins nothing anew.
   */
  readonly goesOn: boolean;
  /** Counted from 1. */
  readonly attempt: number;
}

/** What orders need of the world. */
export interface OrdersOptions {
  readonly files: OrderFiles;
  readonly now: () => Date;
  /** Bytes that nobody can guess. */
  readonly random: (length: number) => Uint8Array;
  /** Told of each step when it is stored. */
  readonly onStored?: ((record: OrderRecord) => void) | undefined;
}

/** Looks up how far a device is with an order. */
export type OrderStateOf = (device: string, action: OrderAction) => OrderState;

const digestOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');

const isTicket = (ticket: string, digest: string | null): boolean =>
  digest !== null && timingSafeEqual(Buffer.from(digestOf(ticket)), Buffer.from(digest));

const hasBegun = (ticket: string, { begun }: OrderRecord): boolean =>
  begun.some((digest) => isTicket(ticket, digest));

const isHolder = (ticket: string, record: OrderRecord): boolean =>
  isTicket(ticket, record.ticket) || hasBegun(ticket, record);

const refusal = (
  { id, device }: Pick<OrderRecord, 'id' | 'device'>,
  event: OrderEvent,
  reason: string,
): NacreError<'PXE_ORDER_REFUSED'> =>
  new NacreError('PXE_ORDER_REFUSED', { order: id, device, event, reason });

/** The orders of all devices. */
export class Orders {
  readonly #records = new Map<string, OrderRecord>();
  readonly #damaged: ReadonlyMap<string, DamagedRecord>;
  readonly #options: OrdersOptions;
  readonly #offers = new OfferCount();
  /** Steps go one after the other: what one read is still so when it writes. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: OrdersOptions, { records, damaged }: StoredOrders) {
    this.#options = options;
    this.#damaged = new Map(damaged.map((record) => [record.device, record]));
    for (const record of records) this.#records.set(record.device, record);
  }

  /** Reads what is stored. A record that cannot be read counts as a failed order of its device. */
  static async open(options: OrdersOptions): Promise<Orders> {
    return new Orders(options, await options.files.read());
  }

  /** Orders to look at, as somebody else keeps them; every step is refused with a TypeError. */
  static view(stored: StoredOrders): Orders {
    const refuse = (): never => {
      throw new TypeError('these orders are only looked at');
    };
    const files = { read: async () => stored, write: async () => refuse() };
    return new Orders({ files, now: refuse, random: refuse }, stored);
  }

  /** Records that cannot be read. */
  get damaged(): readonly DamagedRecord[] {
    return [...this.#damaged.values()];
  }

  /** The last order of every device. */
  get records(): readonly OrderRecord[] {
    return [...this.#records.values()];
  }

  /** What is known of a device's last order. */
  recordOf(device: string): OrderRecord | undefined {
    return this.#records.get(device);
  }

  /**
   * How far a device is with an order. `waiting` for one that was never given; `done` also for one whose image lies whole on
   * the disk, with others in between that never began.
   */
  readonly stateOf: OrderStateOf = (device, action) => {
    if (this.#damaged.has(device)) return 'failed';
    const record = this.#records.get(device);
    const line = lineOf(action);
    if (record?.line === line) return record.state;
    return record?.onDisk === line ? 'done' : 'waiting';
  };

  /**
   * Gives a device its order, with a new ticket.
   *
   * @throws NacreError PXE_ORDER_REFUSED when it is done or has failed, PXE_ORDER_ATTEMPTS when it was given too often and
   *   fails with that, PXE_ORDER_DAMAGED
   */
  give(device: string, action: OrderAction): Promise<GivenOrder> {
    this.#offers.clear(device);
    return this.#inTurn(() => this.#giveRecord(this.#toGive(device, action)));
  }

  /**
   * Takes down that a device was told to load Merlin for its order. One that was told so at many starts in a row, and whose
   * Merlin never asked, loses the order.
   *
   * @returns the failure of an order that was given up now
   */
  async noteOffer(
    device: string,
    action: OrderAction,
  ): Promise<NacreError<'PXE_ORDER_NEVER_STARTED'> | undefined> {
    const offers = this.#offers.note(device, lineOf(action), this.#options.now().getTime());
    if (offers <= MOST_OFFERS) return undefined;
    return this.#inTurn(async () => {
      if (!isOpen(this.stateOf(device, action))) return undefined;
      this.#offers.clear(device);
      const record = this.#toGive(device, action);
      await this.#fail(record, 'PXE_ORDER_NEVER_STARTED');
      const facts = { order: record.id, device, offers: MOST_OFFERS };
      return new NacreError('PXE_ORDER_NEVER_STARTED', facts);
    });
  }

  /**
   * Gives a device its order although it is done, has failed or is under way: an administrator stands at it and wants that. It
   * is a new order with an id and tries of its own, in the place of the old one, whose tickets count no more.
   *
   * @param visit the same for one wish that is heard twice, because an answer got lost: then it is still the same order
   * @throws NacreError PXE_ORDER_DAMAGED; as `give` for a visit whose order is there already
   */
  giveAnew(device: string, action: OrderAction, visit: string): Promise<GivenOrder> {
    return this.#inTurn(async () => {
      const known = this.#records.get(device);
      const isHeard = known?.visit === visit && known.line === lineOf(action);
      if (isHeard) return this.#giveRecord(known);
      const id = this.#hex(ID_BYTES);
      return this.#giveRecord({ ...this.#newRecord(device, action), id, visit, word: null });
    });
  }

  /**
   * The device begins: it may write when this has resolved, and not before.
   *
   * @throws NacreError PXE_ORDER_REFUSED
   */
  start(device: string, ticket: string): Promise<void> {
    return this.#report(device, ticket, 'start', ({ erases, begun }) => ({
      begun: [...begun, digestOf(ticket)],
      ...(erases ? { onDisk: null } : {}),
    }));
  }

  /**
   * The device has done it, and read back what it wrote. A capture is done only when its version is in the store.
   *
   * @throws NacreError PXE_ORDER_REFUSED
   */
  finish(device: string, ticket: string, result: OrderRecord['result'] = null): Promise<void> {
    return this.#report(device, ticket, 'finish', (record) => {
      const { erases, line, version } = record;
      if (!erases && version === null) throw refusal(record, 'finish', 'no version is published');
      return { failure: null, result, ...(erases ? { onDisk: line } : {}) };
    });
  }

  /** Remembers what a capture became, which is under way. @throws NacreError PXE_ORDER_REFUSED */
  keepCaptured(
    device: string,
    ticket: string,
    { id: version, ...captured }: { readonly id: string } & NonNullable<OrderRecord['captured']>,
  ): Promise<void> {
    return this.#inTurn(() => {
      const record = this.#held(device, ticket, 'finish');
      return this.#store({ ...record, version, captured });
    });
  }

  /** The device cannot do it. @param code of the error @throws NacreError PXE_ORDER_REFUSED */
  fail(
    device: string,
    ticket: string,
    code: string,
    result: OrderRecord['result'] = null,
  ): Promise<void> {
    if (!FAILURE.test(code)) throw new TypeError(`no error code: ${code}`);
    // What it said is its last word: it cannot be done afterwards by the same ticket, nor failed by another.
    const digest = digestOf(ticket);
    return this.#report(device, ticket, 'fail', ({ begun }) => ({
      ...{ failure: code, result, ticket: digest, begun: begun.filter((one) => one !== digest) },
    }));
  }

  /**
   * Takes an order back of which its device has not begun: a ticket that is out counts no more.
   *
   * @returns whether it did
   */
  withdraw(device: string, word: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const record = this.#records.get(device);
      if (record?.word !== word || record.state !== 'given') return false;
      await this.#fail(record, 'PXE_ORDER_WITHDRAWN');
      return true;
    });
  }

  /** Remembers the version that an order was given with. @throws NacreError PXE_ORDER_REFUSED */
  keepVersion(device: string, ticket: string, version: string): Promise<void> {
    return this.#inTurn(() => this.#store({ ...this.#held(device, ticket, 'give'), version }));
  }

  /** Nothing for an order that is under way with this ticket. @throws NacreError PXE_ORDER_REFUSED */
  check(device: string, ticket: string): void {
    const record = this.#held(device, ticket, 'start');
    if (!isOpen(record.state)) throw refusal(record, 'start', `it is ${record.state}`);
  }

  /** The capture that is under way with this ticket. @throws NacreError PXE_ORDER_REFUSED */
  captureOf(device: string, ticket: string): NonNullable<OrderRecord['capture']> {
    const record = this.#held(device, ticket, 'start');
    const { state, capture } = record;
    if (state !== 'running') throw refusal(record, 'start', `it is ${state}`);
    if (capture === null) throw refusal(record, 'start', 'it is no capture');
    return capture;
  }

  /** The device whose order has this id, when the ticket is the one that was given last, or one with which it began. */
  deviceWith(id: string, ticket: string): string | undefined {
    for (const record of this.#records.values())
      if (record.id === id && isHolder(ticket, record)) return record.device;
    return undefined;
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #hex(length: number): string {
    return Buffer.from(this.#options.random(length)).toString('hex');
  }

  async #store(record: OrderRecord): Promise<void> {
    const stamped = { ...record, changedAt: this.#options.now().toISOString() };
    await this.#options.files.write(stamped);
    this.#records.set(record.device, stamped);
    this.#options.onStored?.(stamped);
  }

  async #giveRecord(record: OrderRecord): Promise<GivenOrder> {
    // An order that the device lost by starting again is what it was before it was given.
    const from = resumesAs[record.state];
    const state = next(from, 'give');
    if (state === undefined) throw refusal(record, 'give', `it is ${record.state}`);
    if (record.attempts >= MOST_ATTEMPTS) return this.#giveUp(record);
    const ticket = this.#hex(TICKET_BYTES);
    const attempts = record.attempts + 1;
    await this.#store({ ...record, state, attempts, ticket: digestOf(ticket) });
    return { id: record.id, ticket, goesOn: from === 'running', attempt: attempts };
  }

  /** The record of this order, or a new one that takes the place of another order's. */
  #toGive(device: string, action: OrderAction): OrderRecord {
    const known = this.#records.get(device);
    const line = lineOf(action);
    if (known?.line === line) return known;
    if (known?.onDisk === line) throw refusal(known, 'give', 'its image is on the disk');
    return this.#newRecord(device, action);
  }

  /** @throws NacreError PXE_ORDER_DAMAGED when nobody knows what took place before */
  #newRecord(device: string, action: OrderAction): OrderRecord {
    const damaged = this.#damaged.get(device);
    if (damaged !== undefined) throw new NacreError('PXE_ORDER_DAMAGED', { ...damaged });
    const known = this.#records.get(device);
    return {
      format: 1,
      device,
      id: orderIdOf(action) ?? this.#hex(ID_BYTES),
      line: lineOf(action),
      word: orderIdOf(action) === undefined ? null : (action.order ?? null),
      text: orderText(action),
      erases: action.kind === 'image',
      state: 'waiting',
      attempts: 0,
      ticket: null,
      failure: null,
      version: null,
      capture:
        action.kind === 'capture'
          ? { name: action.name, comment: action.comment, sign: action.sign ?? null }
          : null,
      captured: null,
      result: null,
      visit: null,
      begun: [],
      onDisk: known?.onDisk ?? null,
      changedAt: this.#options.now().toISOString(),
    };
  }

  /** Ends an order that its device does not get done. */
  async #fail(record: OrderRecord, failure: string): Promise<void> {
    const state = next(record.state, 'give-up') ?? record.state;
    await this.#store({ ...record, state, ticket: null, failure });
  }

  async #giveUp(record: OrderRecord): Promise<never> {
    const { id: order, device, attempts } = record;
    await this.#fail(record, 'PXE_ORDER_ATTEMPTS');
    throw new NacreError('PXE_ORDER_ATTEMPTS', { order, device, attempts });
  }

  /** The order of a device for which a ticket counts. */
  #held(device: string, ticket: string, event: OrderEvent): OrderRecord {
    const record = this.#records.get(device);
    if (record === undefined) throw refusal({ id: 'none', device }, event, 'it has no order');
    if (isHolder(ticket, record)) return record;
    throw refusal(record, event, 'the ticket is not the one that was given last');
  }

  #report(
    device: string,
    ticket: string,
    event: OrderEvent,
    change: (record: OrderRecord) => Partial<OrderRecord>,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const record = this.#held(device, ticket, event);
      const state = next(record.state, event);
      const isLate = record.state === 'failed' && event === 'finish' && !hasBegun(ticket, record);
      if (state === undefined || isLate) throw refusal(record, event, `it is ${record.state}`);
      // An answer that got lost is given once more; nothing is new. A ticket that begins in the middle of an order is.
      const isNew = event === 'start' && !hasBegun(ticket, record);
      if (state === record.state && !isNew) return;
      await this.#store({ ...record, ...change(record), state });
    });
  }
}
