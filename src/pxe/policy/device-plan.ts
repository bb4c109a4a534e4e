/** What a device is to do at this start, from policy and orders: the same for every firmware. */
import { isOpen } from '../../job/order-states.ts';
import type { AnswerReason } from '../network-client.ts';
import type { OrderStateOf } from './orders.ts';
import { type DeviceIdentity, findDevice, orderOf, type Policy, type PolicyRow } from './policy.ts';

export type DevicePlan =
  /** Nobody answers it: another server may own it. */
  | { readonly does: 'nothing'; readonly reason: AnswerReason }
  | {
      readonly does: 'local-disk' | 'merlin' | 'menu';
      readonly reason: AnswerReason;
      readonly hasSecureBoot: boolean;
    };

type Doing = Exclude<DevicePlan, { does: 'nothing' }>;

const doingOf = (
  { action }: PolicyRow,
  device: string | undefined,
  stateOf: OrderStateOf,
): Pick<Doing, 'does' | 'reason'> => {
  const order = orderOf(action);
  if (order === undefined || device === undefined) {
    if (action.kind === 'merlin') return { does: 'merlin', reason: 'policy-merlin' };
    if (action.kind === 'menu') return { does: 'menu', reason: 'policy-menu' };
    return { does: 'local-disk', reason: 'nothing-to-do' };
  }
  const state = stateOf(device, order);
  if (!isOpen(state)) return { does: 'local-disk', reason: 'nothing-to-do' };
  return { does: 'merlin', reason: state === 'running' ? 'order-running' : 'order-waiting' };
};

/** The plan for whoever claims to be this device. */
export const planDevice = (
  policy: Policy,
  stateOf: OrderStateOf,
  identity: DeviceIdentity,
): DevicePlan => {
  if (policy.answer === 'off') return { does: 'nothing', reason: 'answering-is-off' };
  const device = findDevice(policy, identity);
  if (device === undefined && policy.answer === 'known')
    return { does: 'nothing', reason: 'unknown-device' };
  const row = device?.row ?? policy.otherwise;
  return { ...doingOf(row, device?.key, stateOf), hasSecureBoot: row.hasSecureBoot };
};

/** True when a device is told to load Merlin because of its order. */
export const isOffer = ({ reason }: { readonly reason: AnswerReason }): boolean =>
  reason === 'order-waiting' || reason === 'order-running';
