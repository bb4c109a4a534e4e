/** The image store for devices: which addresses they are told, and what lies behind ours. */
import path from 'node:path';
import { NacreError } from '../../errors.ts';
import { isS3Address, parseS3Address, type S3Settings } from '../../image/s3/s3-address.ts';
import { openS3Files, signedAddresses } from '../../image/s3/s3-bucket.ts';
import { isWebAddress } from '../../image/store/web-address.ts';
import { DEVICE_PATH } from '../../job/agent-protocol.ts';
import type { FindContent } from '../../job/serving/http-handler.ts';
import {
  type FindStoreFile,
  storeElsewhere,
  storeInFolder,
} from '../../job/serving/store-content.ts';
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
  /** Folder, web address, or place in a bucket. */
  readonly imageStore: string;
  /** Pins of a web address, `sha256:HEX`. */
  readonly storePins?: readonly string[] | undefined;
  /** Server and keys of a bucket. */
  readonly s3?: S3Settings | undefined;
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

/** Devices that read at a time each take one, for a moment. */
const BUCKET_SOCKETS = 64;
/** A device that gets no answer asks again by itself. */
const BUCKET_PATIENCE_MS = 15_000;

/** Checks what can be known to be wrong before anything is asked. @throws NacreError `STORE_ADDRESS`, `STORE_S3_SETTING` */
export const checkBucket = ({
  imageStore,
  s3 = {},
}: Pick<StorePlaces, 'imageStore' | 's3'>): void => {
  if (!isS3Address(imageStore)) return;
  const isTls = parseS3Address(imageStore, s3).url.startsWith('https:');
  const { devices = 'through' } = s3;
  if (devices === 'through' || (devices === 'redirect' && isTls)) return;
  const expected = isTls ? 'through | redirect' : 'through, since the bucket is read without TLS';
  throw new NacreError('STORE_S3_SETTING', { name: 's3-devices', value: devices, expected });
};

/** Where devices read packs of a bucket, unless it is through us. */
const elsewhereIn = ({ imageStore, storePins = [], s3 = {}, ground }: StorePlaces) => {
  if (s3.devices !== 'redirect') return undefined;
  const addressOf = signedAddresses(imageStore, s3, ground.now);
  return (name: string) =>
    name.startsWith('packs/') ? { url: addressOf(name).href, pins: storePins } : undefined;
};

/** What lies behind our addresses. Devices know nothing of the keys of a bucket: its bytes come through us, or by addresses that end soon. */
const finderOf = (places: StorePlaces): FindStoreFile | undefined => {
  const { imageStore, storePins, s3 = {}, ground } = places;
  if (isWebAddress(imageStore)) return undefined;
  if (!isS3Address(imageStore)) return storeInFolder(path.resolve(imageStore));
  const limits = { patienceMs: BUCKET_PATIENCE_MS };
  const options = { pins: storePins, now: ground.now, sockets: BUCKET_SOCKETS, limits };
  const files = openS3Files(imageStore, { settings: s3, ...options });
  return storeElsewhere(files, elsewhereIn(places));
};

/**
 * Finds files of the store for devices that are approved at this moment.
 * @throws NacreError `STORE_ADDRESS`, `STORE_S3_SETTING`, `STORE_PIN_…`
 */
export const findForDevices = (places: StorePlaces): FindContent => {
  const { ground, key } = places;
  const find = finderOf(places);
  return async (asked) => {
    const rest = `/${asked}`.slice(STORE_PREFIX.length);
    const end = rest.indexOf('/');
    const id = deviceOfCapability(key, rest.slice(0, Math.max(end, 0)), ground.now());
    if (id === undefined) return undefined;
    const device = await ground.store.read((db) => findDevice(db, id));
    return device?.state === 'approved' ? find?.(rest.slice(end + 1)) : undefined;
  };
};
