/** Has orders know which devices were told to load Merlin for them, and tells people when one is given up. */

import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { Orders } from '../policy/orders.ts';
import { type DeviceIdentity, findDevice, orderOf, type Policy } from '../policy/policy.ts';

export interface OrderOffersOptions {
  readonly policy: () => Policy;
  readonly orders: Orders;
  readonly log: ServiceLog;
}

/** What is told of each offer. Closing it waits for what is being stored. */
export class OrderOffers implements AsyncDisposable {
  readonly #options: OrderOffersOptions;
  readonly #running = new Set<Promise<void>>();

  constructor(options: OrderOffersOptions) {
    this.#options = options;
  }

  readonly note = (identity: DeviceIdentity): void => {
    const task = this.#take(identity)
      .catch((err: unknown) =>
        this.#options.log.error({ err, mac: identity.mac }, 'an offer cannot be noted'),
      )
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running);
  }

  async #take(identity: DeviceIdentity): Promise<void> {
    const { policy, orders, log } = this.#options;
    const device = findDevice(policy(), identity);
    const order = device?.row === undefined ? undefined : orderOf(device.row.action);
    if (device === undefined || order === undefined) return;
    const err = await orders.noteOffer(device.key, order);
    if (err !== undefined) log.error({ mac: identity.mac, err }, 'order is given up');
  }
}
