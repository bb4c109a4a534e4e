/** A store in a bucket: read as any store behind a web server, and written object by object. */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { checkMark } from '../store/store-folder.ts';
import { parseWebAddress } from '../store/web-address.ts';
import { openSite, type WebSite } from '../store/web-connection.ts';
import { isTransient } from '../store/web-error.ts';
import { WEB_LIMITS, type WebLimits } from '../store/web-limits.ts';
import { Mirrors } from '../store/web-mirrors.ts';
import { parsePin } from '../store/web-pin.ts';
import {
  openWebFiles,
  openWebStore,
  type WebStore,
  type WebStoreOptions,
} from '../store/web-store.ts';
import { parseS3Address, type S3Place, type S3Settings } from './s3-address.ts';
import { makeS3Door } from './s3-door.ts';
import { type ListedObject, parseListing } from './s3-listing.ts';
import { type S3Answer, type S3Body, type S3Wish, sendS3 } from './s3-send.ts';
import { signedAddress } from './s3-signature.ts';

export interface S3Options
  extends Pick<WebStoreOptions, 'pins' | 'signal' | 'limits' | 'world' | 'sockets'> {
  readonly settings: S3Settings;
  readonly now?: (() => Date) | undefined;
}

/** What a write asks to be so before: that there is no such object, or that it is still this one. */
export type S3Condition = 'absent' | { readonly etag: string };

/** A small object with what tells it from others. */
export interface S3Object {
  readonly bytes: Buffer;
  readonly etag: string | undefined;
}

/** Answers of servers to a condition that does not hold; 409: another write is under way. */
const UNMET = [409, 412];
const NOT_IMPLEMENTED = 501;
const NOT_FOUND = 404;
/** Of an answer that has no content. */
const ANSWER_BYTES = 65_536;
const LISTING_BYTES = 4 * 2 ** 20;
/** Of 1000 keys each. */
const MOST_PAGES = 10_000;
const MOST_LISTENERS = 64;
const LARGE_TRIES = 3;
/** Whoever is told an address asks it at once; the rest is for clocks. */
const SIGNED_SECONDS = 300;

const conditionHeaders = (condition: S3Condition | undefined): Record<string, string> => {
  if (condition === undefined) return {};
  return condition === 'absent' ? { 'If-None-Match': '*' } : { 'If-Match': condition.etag };
};

/** A body in memory. */
export const bodyOf = (bytes: Uint8Array): S3Body => ({
  source: bytes,
  sizeBytes: bytes.length,
  digest: createHash('sha256').update(bytes).digest('hex'),
});

const webPlaceOf = (place: S3Place, { settings, pins, now }: S3Options) => ({
  url: place.url,
  keys: (pins ?? []).map(parsePin),
  door: makeS3Door(place.region, settings, now ?? (() => new Date())),
});

/** Files of a store in a bucket, which may come later. @throws NacreError `STORE_ADDRESS`, `STORE_S3_SETTING`, `STORE_PIN_…` */
export const openS3Files = (location: string, options: S3Options): WebStore =>
  openWebFiles([webPlaceOf(parseS3Address(location, options.settings), options)], options);

/**
 * Addresses of files of a bucket that anybody may read for some minutes.
 * @throws NacreError `STORE_ADDRESS`, `STORE_S3_SETTING`
 */
export const signedAddresses = (
  location: string,
  settings: S3Settings,
  now: () => Date,
): ((name: string) => URL) => {
  const { url: root, region } = parseS3Address(location, settings);
  return (name) => {
    const url = new URL(`${root}${name}`);
    const keys = settings.keys?.();
    return keys === undefined
      ? url
      : signedAddress({ url, at: now(), region }, keys, SIGNED_SECONDS);
  };
};

/**
 * The files of a store in a bucket, for reading.
 * @throws NacreError as `openWebStore`; `STORE_S3_…`
 */
export const openS3Store = async (location: string, options: S3Options): Promise<WebStore> => {
  const { signal, limits, world } = options;
  const place = webPlaceOf(parseS3Address(location, options.settings), options);
  return openWebStore([place], { signal, limits, world });
};

/** A bucket with everything that writing needs. Nothing is asked of it yet. */
export class S3Bucket {
  /** Its files, for reading. */
  readonly files: WebStore;
  readonly #place: S3Place;
  readonly #site: WebSite;
  readonly #mirrors: Mirrors;
  readonly #limits: WebLimits;
  readonly #signal: AbortSignal | undefined;
  /** Until the server says that it does not know them. */
  #knowsConditions = true;

  /** @throws NacreError `STORE_ADDRESS`, `STORE_S3_SETTING`, `STORE_PIN_…` */
  constructor(location: string, options: S3Options) {
    const {
      signal,
      limits,
      world = { now: () => performance.now(), random: Math.random },
    } = options;
    this.#place = parseS3Address(location, options.settings);
    const place = webPlaceOf(this.#place, options);
    this.#limits = { ...WEB_LIMITS, ...limits };
    this.#signal = signal;
    if (signal !== undefined) setMaxListeners(MOST_LISTENERS, signal);
    this.files = openWebFiles([place], { signal, limits, world });
    const { keys, door } = place;
    this.#site = openSite(parseWebAddress(place.url), { pins: keys, limits: this.#limits, door });
    this.#mirrors = new Mirrors([this.#site], this.#limits, world);
  }

  get location(): string {
    return this.#place.url;
  }

  /** False once the server has refused a condition as something that it does not know. */
  get knowsConditions(): boolean {
    return this.#knowsConditions;
  }

  /** @throws NacreError `STORE_NOT_FOUND`, `STORE_FORMAT` */
  checkMark(): Promise<void> {
    return checkMark(this.files);
  }

  /** A small object; `undefined` when there is none. @throws NacreError `STORE_WEB_ANSWER` for a larger one */
  async get(name: string, limitBytes: number): Promise<S3Object | undefined> {
    const url = this.#urlOf(name);
    const answer = await this.#send({ method: 'GET', url, limitBytes }, [NOT_FOUND]);
    if (answer.status === NOT_FOUND) return undefined;
    return { bytes: answer.bytes, etag: answer.headers.etag };
  }

  /**
   * Puts an object in place, whole or not at all: the server compares the SHA-256 that was signed with what came.
   *
   * @returns false when the condition does not hold; a server that knows no conditions stores always
   */
  async put(name: string, body: S3Body, condition?: S3Condition): Promise<boolean> {
    const url = this.#urlOf(name);
    const conditional = this.#knowsConditions ? conditionHeaders(condition) : {};
    const isConditional = Object.keys(conditional).length > 0;
    const wish = {
      method: 'PUT',
      url,
      headers: conditional,
      body,
      limitBytes: ANSWER_BYTES,
    } as const;
    const hoped = isConditional ? [...UNMET, NOT_FOUND, NOT_IMPLEMENTED] : [];
    const { status } = await this.#sendAgain(wish, hoped);
    if (status !== NOT_IMPLEMENTED) return !hoped.includes(status);
    this.#knowsConditions = false;
    return this.put(name, body);
  }

  /** Deletes an object; one that is gone already is no failure. */
  async delete(name: string): Promise<void> {
    const url = this.#urlOf(name);
    await this.#send({ method: 'DELETE', url, limitBytes: ANSWER_BYTES }, [NOT_FOUND]);
  }

  /** All objects whose names begin so, in the order of their names. */
  async list(begin: string): Promise<readonly ListedObject[]> {
    const found: ListedObject[] = [];
    let next: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const url = new URL(this.#place.bucketUrl);
      url.searchParams.set('list-type', '2');
      url.searchParams.set('prefix', `${this.#place.prefix}${begin}`);
      if (next !== undefined) url.searchParams.set('continuation-token', next);
      const { bytes, headers } = await this.#send({
        method: 'GET',
        url,
        limitBytes: LISTING_BYTES,
      });
      const listing = parseListing(bytes.toString('utf8'), this.#place.prefix, headers.date);
      found.push(...listing.objects);
      next = listing.next;
      if (next === undefined) break;
    }
    return found;
  }

  #urlOf(name: string): URL {
    return new URL(`${this.#place.url}${name}`);
  }

  /** A large object takes longer than the patience for small ones, so that a broken line counts by itself. */
  async #sendAgain(wish: Omit<S3Wish, 'signal'>, hoped: readonly number[]): Promise<S3Answer> {
    for (let tries = 1; ; tries++)
      try {
        return await this.#send(wish, hoped);
      } catch (reason) {
        const isSmall = wish.body === undefined || wish.body.source instanceof Uint8Array;
        if (isSmall || tries === LARGE_TRIES || !isTransient(reason)) throw reason;
      }
  }

  #send(wish: Omit<S3Wish, 'signal'>, hoped?: readonly number[]): Promise<S3Answer> {
    return this.#mirrors.run({
      with: (site) => sendS3(site, { ...wish, signal: this.#signal }, hoped),
      patienceMs: this.#limits.patienceMs,
      signal: this.#signal,
    });
  }
}
