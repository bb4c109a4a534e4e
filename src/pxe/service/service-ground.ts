/** What all parts of the service stand on: policy, boot files, orders, memory of devices, and Merlin's desk. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { openStore } from '../../image/store/store.ts';
import type { ManagerBridge } from '../bridge/manager-bridge.ts';
import { makeProbeMac } from '../dhcp/rival-probe.ts';
import { type BootFileSet, watchBootFileSet } from '../files/boot-file-set.ts';
import { MenuDesk } from '../merlin/menu-desk.ts';
import { MerlinDesk } from '../merlin/merlin-desk.ts';
import { type MerlinKey, openMerlinKey } from '../merlin/merlin-key.ts';
import { PasswordGuard } from '../merlin/password-guard.ts';
import { readSignKey } from '../merlin/sign-key.ts';
import { readTrustKey } from '../merlin/trust-keys.ts';
import { UploadDesk } from '../merlin/upload-desk.ts';
import { openOrderFiles } from '../policy/order-record.ts';
import { Orders } from '../policy/orders.ts';
import { findDevice, type Policy } from '../policy/policy.ts';
import { OrderOffers } from './order-offers.ts';
import type { Parts } from './parts.ts';
import { openPolicy, type PolicySource } from './policy-source.ts';
import { type Seen, watchDevices } from './seen.ts';
import { servicePaths } from './service-paths.ts';

export interface GroundOptions {
  readonly policySource: PolicySource;
  readonly bootFolder: string;
  readonly storeFolder: string;
  readonly dataFolder: string;
  readonly log: Logger;
}

export interface ServiceGround {
  readonly policy: () => Policy;
  readonly files: () => BootFileSet;
  readonly orders: Orders;
  readonly seen: Seen;
  readonly key: MerlinKey;
  readonly desk: MerlinDesk;
  readonly uploads: UploadDesk;
  readonly menuDesk: MenuDesk;
  readonly offers: OrderOffers;
  /** Of our own probe, which we leave to the others. */
  readonly ownMac: string;
}

const openOrders = async (
  folder: string,
  log: Logger,
  bridge: ManagerBridge | undefined,
): Promise<Orders> => {
  const files = await openOrderFiles(folder);
  const orders = await Orders.open({
    ...{ files, now: () => new Date(), random: randomBytes },
    onStored: bridge?.orderMoved,
  });
  for (const { device, path, reason } of orders.damaged)
    log.warn({ device, path, reason }, 'order cannot be read, its device starts its disk');
  return orders;
};

/**
 * Opens all of it.
 *
 * @param hold takes the data folder for this process; before orders are read
 * @throws NacreError of each of them
 */
export const openGround = async (
  { policySource, bootFolder, storeFolder, dataFolder, log }: GroundOptions,
  parts: Parts,
  hold: (pin: string) => Promise<AsyncDisposable>,
): Promise<ServiceGround> => {
  const paths = servicePaths(dataFolder);
  const key = await openMerlinKey(paths.merlin);
  parts.own(await hold(key.pin));
  const { policy, keyBase, bridge } = await openPolicy(policySource, paths, log, parts);
  const fileSets = parts.own(await watchBootFileSet({ folder: bootFolder, log }));
  const orders = await openOrders(paths.orders, log, bridge);
  const isKnown: Seen['isKnown'] = (identity) => findDevice(policy(), identity) !== undefined;
  const seen = parts.own(await watchDevices({ path: paths.sightings, isKnown, log }));
  const readSign = (name: string): Promise<string> => readSignKey(keyBase, name);
  const uploads = new UploadDesk({
    ...{ orders, log, keeper: `pxe ${key.pin}`, readSignKey: readSign },
    openStore: () => openStore(storeFolder, { create: true }),
  });
  const desk = new MerlinDesk({
    ...{ policy, orders, uploads, log, readSignKey: readSign },
    resolveImage: async (image) => (await openStore(storeFolder)).resolve(image),
    bootListDigest: () => fileSets.current().listDigest,
    readTrustKey: (name) => readTrustKey(keyBase, name),
    onSaid: (identity, address, said) => {
      seen.book.note(address, identity.mac);
      seen.devices.merlinSaid(identity, address, said);
      bridge?.said(said);
    },
    macAt: (address) => seen.book.find(address),
  });
  if (orders.records.some(({ capture }) => capture !== null)) await uploads.sweep();
  const now = (): number => performance.now();
  const menuDesk = new MenuDesk({ policy, desk, log, now, guard: new PasswordGuard(now) });
  const offers = parts.own(new OrderOffers({ policy, orders, log }));
  await bridge?.start(orders, seen.devices);
  const rest = { desk, uploads, menuDesk, offers, ownMac: makeProbeMac() };
  return { policy, files: fileSets.current, orders, seen, key, ...rest };
};
