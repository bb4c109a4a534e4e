/** The image store for devices: which addresses they are told, and what lies behind ours. */
import path from 'node:path';
import { isWebAddress } from '../../image/store/web-address.ts';
import { DEVICE_PATH } from '../../job/agent-protocol.ts';
import type { FindContent } from '../../job/serving/http-handler.ts';
import { storeInFolder } from '../../job/serving/store-content.ts';
import type { StoreAddress } from '../../job/store-address.ts';
import type { Ground } from '../ground.ts';
import { findDevice } from '../store/device-rows.ts';
import { deviceOfCapability, makeCapability } from './capability.ts';

/** Below this path the store is; the capability comes next. */
export const STORE_PREFIX = `${DEVICE_PATH}/store/`;

export interface StorePlaces {
  readonly ground: Ground;
  /** Of `capabilityKey`. */
  readonly key: Buffer;
  /** Folder or web address. */
  readonly imageStore: string;
  /** Pins of a web address, `sha256:HEX`. */
  readonly storePins?: readonly string[] | undefined;
  /** Pin of this manager, 64 hex digits. */
  readonly pin: string;
}

/** A name or an address with a port, as a `Host` header has it. */
const HOST = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:\d{1,5})?$/;

/**
 * Where a device fetches: from the copy near it, and else from the store itself.
 *
 * @param host how the device reached this manager; hostile
 */
export const storesFor = (
  places: StorePlaces,
  device: string,
  host: string | undefined,
  nearest?: StoreAddress,
): StoreAddress[] => {
  const master = masterFor(places, device, host);
  // A copy alone may not know what is new.
  return nearest === undefined || master.length === 0 ? master : [nearest, ...master];
};

const masterFor = (
  { ground, key, imageStore, storePins = [], pin }: StorePlaces,
  device: string,
  host: string | undefined,
): StoreAddress[] => {
  if (isWebAddress(imageStore)) {
    const found = storePins[0]?.replace(/^sha256:/i, '').toLowerCase();
    return [{ url: imageStore, pin: found ?? null }];
  }
  if (host === undefined || !HOST.test(host)) return [];
  const capability = makeCapability(key, device, ground.now());
  return [{ url: `https://${host}${STORE_PREFIX}${capability}/`, pin }];
};

/** A path without the capability in it, which is a secret. */
export const shownStorePath = (asked: string): string => asked.replace(/(\/store\/)[^/?#]*/, '$1…');

/** Finds files of the store for devices that are approved at this moment. */
export const findForDevices = ({ ground, key, imageStore }: StorePlaces): FindContent => {
  const find = isWebAddress(imageStore) ? undefined : storeInFolder(path.resolve(imageStore));
  return async (asked) => {
    const rest = `/${asked}`.slice(STORE_PREFIX.length);
    const end = rest.indexOf('/');
    const id = deviceOfCapability(key, rest.slice(0, Math.max(end, 0)), ground.now());
    if (id === undefined) return undefined;
    const device = await ground.store.read((db) => findDevice(db, id));
    return device?.state === 'approved' ? find?.(rest.slice(end + 1)) : undefined;
  };
};
