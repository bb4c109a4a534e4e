/** What is known of one device and what an administrator may do about it, from what was seen, the policy and the orders. */
import { planDevice } from '../policy/device-plan.ts';
import type { OrderRecord } from '../policy/order-record.ts';
import type { Orders } from '../policy/orders.ts';
import { findDevice, lineOf, orderOf, orderText, type Policy } from '../policy/policy.ts';
import type { Sighting } from '../sightings/sighting.ts';
import { type Advice, adviceFor } from './advice.ts';

/** The order that the policy has for a device now, or that it had last. */
export interface OrderReport {
  readonly text: string;
  readonly state: OrderRecord['state'];
  /** How often it was given. */
  readonly attempts: number;
  /** Code of the error that ended it. */
  readonly failure: string | null;
  /** Null for one that was never given. */
  readonly id: string | null;
  readonly changedAt: string | null;
  /** Id of the version that an image order was given with, or that a capture became. */
  readonly version: string | null;
  /** What came of a capture. */
  readonly captured: OrderRecord['captured'];
}

/** What the policy says to a device that would start now. */
export interface PolicyReport {
  /** The policy names it, by itself or in a group. */
  readonly isNamed: boolean;
  readonly action: string;
  readonly does: 'nothing' | 'local-disk' | 'merlin' | 'menu';
  readonly reason: string;
  readonly hasSecureBoot: boolean;
}

export interface DeviceReport {
  readonly mac: string;
  readonly isRunning: boolean;
  /** Null for a device that never asked. */
  readonly seen: Sighting | null;
  /** Null when there is no policy that can be read. */
  readonly policy: PolicyReport | null;
  readonly order: OrderReport | null;
  readonly advice: readonly Advice[];
}

/** What a report is made of. */
export interface ReportFacts {
  readonly mac: string;
  /** A service has this data folder. */
  readonly isRunning: boolean;
  /** Devices that were ever seen. */
  readonly deviceCount: number;
  readonly seen: Sighting | undefined;
  readonly policy: Policy | undefined;
  readonly orders: Orders;
  readonly now: Date;
}

const orderReport = (
  { orders }: ReportFacts,
  key: string,
  wanted: { readonly text: string; readonly line: string } | undefined,
): OrderReport | null => {
  const damaged = orders.damaged.some(({ device }) => device === key);
  const record = orders.recordOf(key);
  const isCurrent = record !== undefined && (wanted === undefined || record.line === wanted.line);
  if (isCurrent) {
    const { text, state, attempts, failure, id, changedAt, version, captured } = record;
    return { text, state, attempts, failure, id, changedAt, version, captured };
  }
  if (wanted === undefined) return null;
  const rest = { attempts: 0, id: null, changedAt: null, version: null, captured: null };
  if (damaged) return { text: wanted.text, state: 'failed', failure: 'PXE_ORDER_DAMAGED', ...rest };
  const state = record?.onDisk === wanted.line ? 'done' : 'waiting';
  return { text: wanted.text, state, failure: null, ...rest };
};

const keyOf = (mac: string): string => `mac-${mac.replaceAll(':', '-')}`;

const policyParts = (facts: ReportFacts): Pick<DeviceReport, 'policy' | 'order'> => {
  const { mac, policy, orders, seen } = facts;
  if (policy === undefined)
    return { policy: null, order: orderReport(facts, keyOf(mac), undefined) };
  const identity = { mac, uuid: seen?.uuid ?? undefined };
  const device = findDevice(policy, identity);
  const row = device?.row ?? policy.otherwise;
  const wanted = orderOf(row.action);
  const plan = planDevice(policy, orders.stateOf, identity);
  return {
    policy: {
      isNamed: device !== undefined,
      action: row.action.kind,
      does: plan.does,
      reason: plan.reason,
      hasSecureBoot: row.hasSecureBoot,
    },
    order: orderReport(
      facts,
      device?.key ?? keyOf(mac),
      wanted && { text: orderText(wanted), line: lineOf(wanted) },
    ),
  };
};

/** Puts a report together. */
export const reportDevice = (facts: ReportFacts): DeviceReport => {
  const { mac, isRunning, seen = null } = facts;
  const report = { mac, isRunning, seen, ...policyParts(facts) };
  const { deviceCount, now } = facts;
  return { ...report, advice: adviceFor(report, { deviceCount, now }) };
};
