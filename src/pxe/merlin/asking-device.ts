/** Which device of the policy a Merlin speaks for, and what it has to do. */
import type { Hello } from '../../job/merlin-protocol.ts';
import { refuseMessage } from '../../job/serving/json-exchange.ts';
import { planDevice } from '../policy/device-plan.ts';
import type { Orders } from '../policy/orders.ts';
import {
  type DeviceIdentity,
  type FoundDevice,
  findDevice,
  type OrderAction,
  orderOf,
  type Policy,
} from '../policy/policy.ts';

/** A device that asks, and its place in the policy. */
export interface Asking {
  readonly identity: DeviceIdentity;
  readonly device: FoundDevice | undefined;
}

/** The card that the policy knows; a row of a device comes before the row of a group. @throws Refusal without a card */
export const findAsking = (policy: Policy, { macs, uuid }: Hello): Asking => {
  const all = macs.map((mac): Asking => {
    const identity = { mac, uuid: uuid ?? undefined };
    return { identity, device: findDevice(policy, identity) };
  });
  const known = all.filter(({ device }) => device !== undefined);
  const found = known.find(({ device }) => device?.isOwn) ?? known[0] ?? all[0];
  if (found === undefined) throw refuseMessage(400, 'macs: there is none');
  return found;
};

/** The order that a device has to do; otherwise why it has none, for its screen. */
export const orderFor = (
  policy: Policy,
  orders: Orders,
  { identity, device }: Asking,
): OrderAction | string => {
  const order = orderOf((device?.row ?? policy.otherwise).action);
  const plan = planDevice(policy, orders.stateOf, identity);
  if (plan.does === 'nothing')
    return plan.reason === 'unknown-device'
      ? 'the policy of the server does not name this device'
      : 'the policy of the server answers nobody';
  if (order === undefined || device === undefined) return 'the policy has no order for this device';
  if (plan.does === 'merlin') return order;
  const failure = orders.recordOf(device.key)?.failure;
  return failure ? `its order failed: ${failure}` : 'its order is done';
};
