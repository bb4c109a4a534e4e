/**
 * The policy of network boot from the data base, as the tables of its file: each approved device is a group of its cards, which
 * starts its disk, or does its order. Devices that are pending, held or revoked are in none.
 */
import { createHash } from 'node:crypto';
import {
  MOST_POLICY_DEVICES,
  MOST_POLICY_SUBNETS,
  type NetworkPolicy,
  type PolicyDeviceRow,
  type PolicyTables,
} from '../../job/network-boot-protocol.ts';
import { swappedUuid, tellingHints } from '../devices/hints.ts';
import type { CommandArgTable } from '../store/job-tables.ts';
import {
  argsOfCommands,
  type BootOrderRow,
  bootDevices,
  bootMacs,
  bootOrders,
  ignoredHints,
  secureBootDevices,
} from '../store/network-boot-rows.ts';
import type { Queries } from '../store/store.ts';
import { subnetCopies } from '../store/subnet-rows.ts';
import { bootSettingsIn } from './boot-settings.ts';
import { readComment, readConvertArgs } from './order-args.ts';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST_CARDS = 64;

const groupBy = <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, readonly Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
};

/** The order of a job and its try, as a word of the policy. */
export const orderWord = ({ id, attempt }: Pick<BootOrderRow, 'id' | 'attempt'>): string =>
  attempt === 1 ? id : `${id}.${attempt}`;

/** An order that is to stop, and that no device has begun, is not given any more. */
const isTakenBack = ({ state, cancel_requested_at: asked }: BootOrderRow): boolean =>
  asked !== null && (state === 'queued' || state === 'sent');

const orderRow = (
  order: BootOrderRow,
  args: readonly CommandArgTable[],
): PolicyDeviceRow | undefined => {
  const head = { group: order.device_id, order: orderWord(order) };
  const { image_name: name } = order;
  if (order.kind === 'capture')
    return { ...head, action: 'capture', name, comment: readComment(args) };
  const convert = readConvertArgs(args);
  return (
    convert && {
      ...{ ...head, action: 'image', image: `${name}@${order.version_id}` },
      ...{ layout: convert.layout, 'layout-policy': convert.policy, backup: convert.backup },
    }
  );
};

/** Rows of orders by device. */
const orderRows = async (db: Queries): Promise<ReadonlyMap<string, PolicyDeviceRow>> => {
  const orders = (await bootOrders(db)).filter((order) => !isTakenBack(order));
  const args = await argsOfCommands(db, [...new Set(orders.map((order) => order.command_id))]);
  const byCommand = groupBy(args, ({ command_id: id }) => id);
  return new Map(
    orders.flatMap((order) => {
      const row = orderRow(order, byCommand.get(order.command_id) ?? []);
      return row === undefined ? [] : [[order.device_id, row] as const];
    }),
  );
};

interface Cards {
  readonly id: string;
  readonly macs: readonly string[];
  readonly uuids: readonly string[];
}

/** By what each device is known at a start; nothing that other devices have too, since it would be the wrong one that is imaged. */
const cardsOf = async (db: Queries): Promise<readonly Cards[]> => {
  const ignored = await ignoredHints(db);
  const macs = groupBy(await bootMacs(db), ({ device_id: id }) => id);
  const all = (await bootDevices(db, MOST_POLICY_DEVICES)).map(({ id, uuid }): Cards => {
    const own = (macs.get(id) ?? []).map(({ mac }) => mac);
    const telling = tellingHints({ macs: own, ...(uuid && { uuid }) }).filter(
      ({ hint, value }) => !ignored.has(`${hint} ${value}`),
    );
    const of = (wanted: string, form: RegExp): string[] =>
      telling.flatMap(({ hint, value }) => (hint === wanted && form.test(value) ? [value] : []));
    // Network boot and the tables of the firmware do not agree on the order of its bytes.
    const uuids = of('uuid', UUID).flatMap((value) => [value, swappedUuid(value)]);
    return { id, macs: of('mac', MAC).slice(0, MOST_CARDS), uuids: [...new Set(uuids)] };
  });
  const count = new Map<string, number>();
  for (const { macs: cards, uuids } of all)
    for (const value of [...cards, ...uuids]) count.set(value, (count.get(value) ?? 0) + 1);
  const isOwn = (value: string): boolean => count.get(value) === 1;
  return all.map((one) => ({
    ...{ id: one.id, macs: one.macs.filter(isOwn), uuids: one.uuids.filter(isOwn) },
  }));
};

const tablesIn = async (db: Queries): Promise<PolicyTables> => {
  const [orders, secure] = [await orderRows(db), await secureBootDevices(db)];
  const known = (await cardsOf(db))
    .filter(({ macs, uuids }) => macs.length + uuids.length > 0)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return {
    answer: (await bootSettingsIn(db)).answer,
    group: known.map(({ id, macs, uuids }) => ({
      ...{ name: id, macs: [...macs], uuids: [...uuids], 'one-device': true },
    })),
    device: known.map(({ id }): PolicyDeviceRow => {
      const row = orders.get(id) ?? { group: id, action: 'local-disk' };
      return secure.has(id) ? { ...row, 'secure-boot': true } : row;
    }),
    subnet: (await subnetCopies(db)).slice(0, MOST_POLICY_SUBNETS).map(({ cidr, url, pin }) => ({
      network: cidr,
      ...(url !== null && { store: url }),
      ...(pin !== null && { 'store-pin': pin }),
    })),
  };
};

/** The policy as it is now. */
export const policyIn = async (db: Queries): Promise<NetworkPolicy> => {
  const tables = await tablesIn(db);
  const revision = createHash('sha256').update(JSON.stringify(tables)).digest('hex');
  return { revision, tables };
};
