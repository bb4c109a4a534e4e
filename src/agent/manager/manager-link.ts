/** The way to a manager: its addresses, all with the same pinned key; bounded answers, and refusals as the errors that they are. */
import * as z from 'zod';
import { printable } from '../../codec/printable.ts';
import { ERROR_TABLE, type ErrorCode, isNacreError, NacreError } from '../../errors.ts';
import { parseWebAddress } from '../../image/store/web-address.ts';
import { openSite, type WebSite } from '../../image/store/web-connection.ts';
import { toWebError } from '../../image/store/web-error.ts';
import { type ExchangeReply, exchange } from '../../image/store/web-exchange.ts';
import { WEB_LIMITS, type WebLimits } from '../../image/store/web-limits.ts';

/** Longest answer: a ticket and addresses. */
const ANSWER_BYTES = 512 * 1024;
const HTTPS = /^https:\/\//;

/** Of RFC 9457, as far as we need it. */
const problem = z.object({
  code: z.string().max(64),
  facts: z.record(z.string(), z.union([z.string().max(2048), z.number()])).default({}),
});

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_TABLE, code);

/** A status that may be another one a little later. */
const isBusy = (status: number): boolean => status >= 500 || status === 408 || status === 429;

const away = (server: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('MANAGER_UNREACHABLE', { server, reason }, { cause });

/** True for a manager that another moment may answer. */
export const isAway = (reason: unknown): boolean => isNacreError(reason, 'MANAGER_UNREACHABLE');

const serverOf = ({ address }: WebSite): string => address.shown.replace(/\/$/, '');

/** What the reader of stores says of a web server, said of a manager. */
const ofManager = (failure: NacreError, server: string): NacreError => {
  const { facts } = failure;
  if (isNacreError(failure, 'STORE_WEB_UNREACHABLE'))
    return away(server, String(facts['reason']), failure);
  if (!isNacreError(failure, 'STORE_WEB_PIN')) return failure;
  const needed = String(facts['needed']).replace('sha256:', '');
  const pins = { server, found: String(facts['found']), needed };
  return new NacreError('MANAGER_PIN', pins, { cause: failure });
};

export interface ManagerLinkOptions {
  /** `https://NAME:PORT`, the one to ask first at the front. */
  readonly urls: readonly string[];
  /** SHA-256 of its public key, hex. */
  readonly pin: string;
  readonly limits?: Partial<WebLimits> | undefined;
  /** Address of this machine to speak from; the system chooses by default. */
  readonly localAddress?: string | undefined;
}

/** One message. */
export interface ManagerWish {
  /** Absolute. */
  readonly path: string;
  readonly body: unknown;
  /** How long the manager may take; default that of any web server. */
  readonly answerMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What speaks to a manager: a `ManagerLink`, or what stands before one. */
export type ManagerDoor = Pick<ManagerLink, 'pin' | 'shown' | 'post' | 'close'>;

/** @throws NacreError MANAGER_ADDRESS for anything but `https://NAME:PORT` */
const openAddress = (
  server: string,
  { pin, localAddress }: ManagerLinkOptions,
  limits: WebLimits,
): WebSite => {
  if (HTTPS.test(server)) {
    const address = parseWebAddress(server);
    if (address.url.pathname === '/')
      return openSite(address, { pins: [pin], limits, localAddress });
  }
  throw new NacreError('MANAGER_ADDRESS', { server });
};

/** Connections that stay open between messages. */
export class ManagerLink {
  readonly pin: string;
  readonly #limits: WebLimits;
  /** The one that answered last is at the front. */
  #sites: readonly WebSite[];

  /** @throws NacreError MANAGER_ADDRESS, STORE_ADDRESS */
  constructor(options: ManagerLinkOptions) {
    this.pin = options.pin;
    this.#limits = { ...WEB_LIMITS, ...options.limits };
    this.#sites = options.urls.map((url) => openAddress(url, options, this.#limits));
  }

  /** Address for people. */
  get shown(): string {
    const [site] = this.#sites;
    return site === undefined ? '' : serverOf(site);
  }

  /** Ends connections that are kept open. */
  close(): void {
    for (const { agent } of this.#sites) agent.destroy();
  }

  /**
   * Asks each address once, until one answers.
   *
   * @throws NacreError what the manager refuses with; MANAGER_ANSWER; MANAGER_UNREACHABLE, MANAGER_PIN of the first address
   *   when none answers; CANCELLED
   */
  async post(wish: ManagerWish): Promise<unknown> {
    let first: NacreError | undefined;
    for (const site of this.#sites) {
      const found = await this.#try(site, wish);
      if (found instanceof NacreError) {
        first ??= found;
        continue;
      }
      this.#sites = [site, ...this.#sites.filter((other) => other !== site)];
      return this.#understand(site, wish, found);
    }
    throw first ?? new TypeError('a manager without an address');
  }

  /** The answer of one address, or why it gave none that counts. */
  async #try(site: WebSite, wish: ManagerWish): Promise<ExchangeReply | NacreError> {
    const { path, body, answerMs = this.#limits.answerMs, signal } = wish;
    const server = serverOf(site);
    try {
      const reply = await exchange(site, {
        method: 'POST',
        path,
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        parts: [Buffer.from(JSON.stringify(body))],
        answerMs,
        limitBytes: ANSWER_BYTES,
        tooLong: (reason) => this.#wrong(site, path, reason),
        signal,
      });
      return isBusy(reply.status) ? away(server, `HTTP ${reply.status}`) : reply;
    } catch (reason) {
      if (signal?.aborted === true) throw new NacreError('CANCELLED', { phase: 'network' });
      const failure = toWebError(server, reason);
      if (isNacreError(failure)) return ofManager(failure, server);
      throw failure;
    }
  }

  #understand(site: WebSite, { path }: ManagerWish, { status, bytes }: ExchangeReply): unknown {
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8'));
    } catch (cause) {
      throw this.#wrong(site, path, `status ${status}, and no JSON`, cause);
    }
    if (status >= 200 && status < 300) return value;
    const { data } = problem.safeParse(value);
    if (data === undefined || !isCode(data.code))
      throw this.#wrong(site, path, `status ${status} ${printable(data?.code ?? '')}`.trim());
    // Which facts a code has is known to the manager that sends it; a lacking one stays visible in the text.
    throw new NacreError(data.code, data.facts as never);
  }

  #wrong(site: WebSite, path: string, reason: string, cause?: unknown): NacreError {
    const server = serverOf(site);
    return new NacreError('MANAGER_ANSWER', { server, path, reason }, { cause });
  }
}
