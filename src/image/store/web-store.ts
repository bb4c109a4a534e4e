/** A store behind web servers: any that answers byte ranges, with one or several copies of the files. */
import { setMaxListeners } from 'node:events';
import { NacreError } from '../../errors.ts';
import type { ByteStore, PackPlace } from './byte-store.ts';
import { readImageNames } from './image-names.ts';
import { checkMark } from './store-folder.ts';
import { imageName, isChanging } from './store-layout.ts';
import { parseWebAddress, type WebAddress } from './web-address.ts';
import { openSite, type WebSite } from './web-connection.ts';
import type { WebDoor } from './web-door.ts';
import { fetchSize, fetchSmall, isMissing } from './web-file.ts';
import { WEB_LIMITS, WEB_SOCKETS, type WebLimits } from './web-limits.ts';
import { Mirrors, type WebWorld } from './web-mirrors.ts';
import { RangeOrigins } from './web-origins.ts';
import { parsePin } from './web-pin.ts';
import { fetchRange, type RangeRead } from './web-range.ts';
import { fileAddress } from './web-request.ts';

/** Reads at a time, and a few whose end is still to be told. */
const MOST_LISTENERS = 4 * WEB_SOCKETS;

/** How a store behind web servers is opened. */
export interface WebStoreOptions {
  /** `sha256:HEX` of public keys; a server must have one of them. Without any, CA and host name are asked. */
  readonly pins?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<WebLimits> | undefined;
  readonly world?: WebWorld | undefined;
  /** The last copy is the one that the others are made of: it is asked first for what changes. */
  readonly isLastMaster?: boolean | undefined;
  /** Connections to each server; for those that read for many others. */
  readonly sockets?: number | undefined;
}

/** A copy of a store with keys of its own instead of those of `pins`. */
export interface WebPlace {
  readonly url: string;
  /** Hex digits; empty asks CA and host name. */
  readonly keys: readonly string[];
  /** For a server that wants its requests signed. */
  readonly door?: WebDoor | undefined;
}

interface Shared {
  readonly mirrors: Mirrors;
  readonly first: WebSite;
  readonly limits: WebLimits;
  /** Addresses as people gave them, without passwords. */
  readonly location: string;
  readonly isLastMaster: boolean;
}

/** Files of a store behind web servers. */
export class WebStore implements ByteStore {
  readonly #shared: Shared;
  readonly #signal: AbortSignal | undefined;
  readonly #patienceMs: number;

  constructor(shared: Shared, patienceMs: number, signal?: AbortSignal) {
    this.#shared = shared;
    this.#patienceMs = patienceMs;
    this.#signal = signal;
    if (signal !== undefined) setMaxListeners(MOST_LISTENERS, signal);
  }

  get location(): string {
    return this.#shared.location;
  }

  until(signal: AbortSignal): WebStore {
    const both = this.#signal === undefined ? signal : AbortSignal.any([this.#signal, signal]);
    return new WebStore(this.#shared, this.#shared.limits.patienceMs, both);
  }

  async size(name: string): Promise<number | undefined> {
    return orUndefined(this.#run((site) => fetchSize(site, name, this.#signal)));
  }

  async read(name: string, offset: number, length: number): Promise<Buffer> {
    const target = Buffer.allocUnsafeSlow(length);
    if (length > 0) await this.#readInto({ name, offset, target, done: 0 });
    return target;
  }

  async readSmall(name: string, limitBytes: number): Promise<Buffer | undefined> {
    // A copy may not know yet what is new; what it has never changes.
    const isLastFirst = this.#shared.isLastMaster && isChanging(name);
    const fetch = (site: WebSite) => fetchSmall(site, name, limitBytes + 1, this.#signal);
    return orUndefined(this.#run(fetch, isLastFirst));
  }

  /** Only the names of images are known: a web server lists nothing. @throws NacreError `STORE_WEB_NO_LIST` */
  async list(folder: string): Promise<readonly string[]> {
    const { location } = this;
    const refusal = new NacreError('STORE_WEB_NO_LIST', {
      store: location,
      what: folder || 'files',
    });
    if (folder !== 'images') throw refusal;
    const names = await readImageNames(this);
    if (names === undefined) throw refusal;
    return names.map(imageName);
  }

  packPlace(name: string, sizeBytes: number): Promise<PackPlace> {
    const path = fileAddress(this.#shared.first, name);
    const { mirrors } = this.#shared;
    const origins = new RangeOrigins();
    const read = async (offset: number, target: Uint8Array, attempt: number): Promise<boolean> => {
      if (attempt > mirrors.count) return false;
      const liar = attempt === 0 ? undefined : origins.find(offset);
      if (liar !== undefined) mirrors.distrust(liar);
      try {
        const from = await this.#readInto({ name, offset, target, sizeBytes, done: 0 });
        origins.add(offset, target.length, from);
        return true;
      } catch (reason) {
        if (!isMissing(reason)) throw reason;
        throw new NacreError('STORE_WEB_PACK_GONE', { pack: path }, { cause: reason });
      }
    };
    return Promise.resolve({ path, read });
  }

  /** @returns the copy that the bytes came from */
  async #readInto(wish: Omit<RangeRead, 'signal' | 'tag'>): Promise<WebSite> {
    const read: RangeRead = { ...wish, signal: this.#signal };
    let from: WebSite | undefined;
    let before = 0;
    return this.#shared.mirrors.run({
      patienceMs: this.#patienceMs,
      signal: this.#signal,
      doneBytes: () => before + read.done,
      with: async (site) => {
        if (from !== site) {
          // Two copies may differ: a range comes from one of them, whole.
          before += read.done;
          read.done = 0;
          read.tag = undefined;
          from = site;
        }
        while (read.done < read.target.length) await fetchRange(site, read);
        return site;
      },
    });
  }

  #run<Result>(work: (site: WebSite) => Promise<Result>, isLastFirst = false): Promise<Result> {
    const { mirrors } = this.#shared;
    const patience = { patienceMs: this.#patienceMs, signal: this.#signal };
    return mirrors.run({ with: work, ...patience, isLastFirst });
  }
}

const orUndefined = async <Result>(promise: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await promise;
  } catch (reason) {
    if (isMissing(reason)) return undefined;
    throw reason;
  }
};

const requireTls = ({ url, shown }: WebAddress, pins: readonly string[]): void => {
  if (pins.length === 0 || url.protocol === 'https:') return;
  throw new NacreError('STORE_PIN_PLAIN', { store: shown });
};

/** Nothing is asked of a server yet. */
const openShared = (
  locations: readonly (string | WebPlace)[],
  options: WebStoreOptions,
): Shared => {
  const limits = { ...WEB_LIMITS, ...options.limits };
  const world = options.world ?? { now: () => performance.now(), random: Math.random };
  const keys = (options.pins ?? []).map(parsePin);
  const sites = locations.map((place) => {
    const { url, keys: pins, door } = typeof place === 'string' ? { url: place, keys } : place;
    const address = parseWebAddress(url);
    requireTls(address, pins);
    return openSite(address, { pins, limits, door, sockets: options.sockets });
  });
  const [first] = sites;
  if (first === undefined) throw new TypeError('a store needs an address');
  const location = sites.map(({ address }) => address.shown).join(' ');
  const { isLastMaster = false } = options;
  return { mirrors: new Mirrors(sites, limits, world), first, limits, location, isLastMaster };
};

/**
 * Files of a folder behind web servers, whatever they are.
 *
 * @param locations at least one
 * @throws NacreError `STORE_ADDRESS`, `STORE_PIN_INVALID`, `STORE_PIN_PLAIN`
 */
export const openWebFiles = (
  locations: readonly (string | WebPlace)[],
  options: WebStoreOptions = {},
): WebStore => {
  const shared = openShared(locations, options);
  return new WebStore(shared, shared.limits.patienceMs, options.signal);
};

/**
 * The files of a store behind web servers that all have the same ones.
 *
 * @param locations at least one
 * @throws NacreError `STORE_ADDRESS`, `STORE_PIN_INVALID`, `STORE_PIN_PLAIN`, `STORE_NOT_FOUND`, `STORE_FORMAT`,
 *   `STORE_WEB_…`
 */
export const openWebStore = async (
  locations: readonly (string | WebPlace)[],
  options: WebStoreOptions = {},
): Promise<WebStore> => {
  const shared = openShared(locations, options);
  const opening = new WebStore(shared, shared.limits.openPatienceMs, options.signal);
  await checkMark(opening);
  return new WebStore(shared, shared.limits.patienceMs, options.signal);
};
