/** One request to a web server, up to the headers of its answer. */
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { printable } from '../../codec/printable.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { shownAddress } from './web-address.ts';
import { readBody } from './web-body.ts';
import type { ConnectWish, WebSite } from './web-connection.ts';
import { REFUSAL_BYTES } from './web-door.ts';
import { PIN_HEADER, siteElsewhere } from './web-elsewhere.ts';
import { toWebError, unreachable, wrongAnswer } from './web-error.ts';
import { WEB_HEADER_BYTES, WEB_REDIRECTS } from './web-limits.ts';

/** What is asked for. */
export interface WebWish {
  readonly method: 'GET' | 'HEAD';
  /** Of a file of the store. */
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body has not been read. */
export interface WebAnswer {
  readonly response: IncomingMessage;
  readonly status: number;
  /** Of the file, for messages. */
  readonly address: string;
}

/** The largest body that is read only to keep its connection. */
const DRAIN_BYTES = 16_384;

/** Address of a file for messages. */
export const fileAddress = ({ address }: WebSite, name: string): string =>
  `${address.shown}${name}`;

/** Failures on a connection that was left open: the server may only have closed it meanwhile. */
const stale = new WeakSet<object>();

const isStale = (reason: unknown): boolean =>
  reason instanceof Error && !isNacreError(reason) && stale.has(reason);

const optionsOf = (
  { address, agent, door }: WebSite,
  url: URL,
  { method, headers = {}, signal }: WebWish,
): RequestOptions & ConnectWish => ({
  agent,
  method,
  hostname: url.hostname,
  path: `${url.pathname}${url.search}`,
  maxHeaderSize: WEB_HEADER_BYTES,
  connectSignal: signal,
  headers: {
    Host: url.host,
    'Accept-Encoding': 'identity',
    ...(address.authorization === undefined ? {} : { Authorization: address.authorization }),
    ...headers,
    ...door?.admit({ method, url, headers }),
  },
});

/** @throws what `node:http` and `node:net` throw, NacreError `STORE_WEB_…`, and what `signal` was aborted with */
const send = (site: WebSite, url: URL, wish: WebWish): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { signal } = wish;
    const { answerMs } = site.limits;
    signal?.throwIfAborted();
    const sent = request(optionsOf(site, url, wish));
    let timer: NodeJS.Timeout | undefined;
    const late = () =>
      sent.destroy(unreachable(fileAddress(site, wish.name), `no answer within ${answerMs} ms`));
    const abort = () => sent.destroy(signal?.reason);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort, { once: true });
    sent.once('socket', () => {
      timer = setTimeout(late, answerMs);
    });
    sent.once('response', (response) => {
      settle();
      resolve(response);
    });
    // It stays: an error after the answer began is told to the body as well, where it counts.
    sent.on('error', (reason) => {
      settle();
      if (sent.reusedSocket) stale.add(reason);
      reject(signal?.aborted ? signal.reason : reason);
    });
    sent.end();
  });

/** Lets go of an answer that nobody reads; a short one is drained, so that its connection can be used again. */
export const dropAnswer = ({ response }: WebAnswer, idleMs: number): void => {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  response.on('error', () => undefined);
  if (response.readableEnded) return;
  if (!(length <= DRAIN_BYTES)) {
    response.destroy();
    return;
  }
  response.setTimeout(idleMs, () => response.destroy());
  response.resume();
};

/** Where a file is asked for. */
interface Step {
  readonly site: WebSite;
  readonly url: URL;
  readonly wish: WebWish;
}

const redirectOf = (
  { response, status, address }: WebAnswer,
  { site, url, wish }: Step,
): Step | undefined => {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  const { location, [PIN_HEADER]: pins } = response.headers;
  if (location === undefined) throw wrongAnswer(address, 'Location', undefined, 'an address');
  const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  if (target?.origin === url.origin && target.search === '') return { site, url: target, wish };
  const other = target && siteElsewhere(site, wish.name, target, pins);
  if (target !== undefined && other !== undefined)
    return { site: other, url: target, wish: { ...wish, name: target.pathname.slice(1) } };
  // What follows a question mark may be a signature.
  const shown = printable(shownAddress(location).replace(/\?.*$/s, '?…'));
  throw new NacreError('STORE_WEB_REDIRECT', { address, target: shown });
};

const MISSING: ReadonlySet<number> = new Set([404, 410]);

const askOnce = async (site: WebSite, url: URL, wish: WebWish): Promise<WebAnswer> => {
  const address = fileAddress(site, wish.name);
  for (let isRepeated = false; ; isRepeated = true) {
    try {
      const response = await send(site, url, wish);
      return { response, status: response.statusCode ?? 0, address };
    } catch (reason) {
      if (isRepeated || !isStale(reason)) throw toWebError(address, reason);
    }
  }
};

const READABLE: ReadonlySet<number> = new Set([200, 206, 412, 416]);

const checkReadable = ({ response, status, address }: WebAnswer): void => {
  if (MISSING.has(status)) throw new NacreError('STORE_FILE_MISSING', { path: address });
  if (!READABLE.has(status)) throw new NacreError('STORE_WEB_STATUS', { address, status });
  const coding = response.headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') throw wrongAnswer(address, 'Content-Encoding', coding, 'identity');
};

/** Throws what a server with a door means by an answer that is not hoped for. */
const checkAdmitted = async (
  { door, limits }: WebSite,
  answer: WebAnswer,
  { signal }: WebWish,
): Promise<void> => {
  const { status, address, response } = answer;
  if (door === undefined || READABLE.has(status)) return;
  const pieces: Uint8Array[] = [];
  let length = 0;
  const onBytes = (bytes: Uint8Array): boolean => {
    pieces.push(bytes);
    length += bytes.length;
    return length < REFUSAL_BYTES;
  };
  await readBody(answer, { idleMs: limits.idleMs, signal, onBytes });
  const body = Buffer.concat(pieces).toString('utf8', 0, REFUSAL_BYTES);
  const refusal = door.refusalOf({ status, headers: response.headers, address, body });
  if (refusal !== undefined) throw refusal;
};

/** The answer of one address, or where it sends us to. */
const askAt = async (step: Step): Promise<WebAnswer | Step> => {
  const { site, url, wish } = step;
  const answer = await askOnce(site, url, wish);
  try {
    await checkAdmitted(site, answer, wish);
    const target = redirectOf(answer, step);
    if (target === undefined) {
      checkReadable(answer);
      return answer;
    }
    dropAnswer(answer, site.limits.idleMs);
    return target;
  } catch (reason) {
    dropAnswer(answer, site.limits.idleMs);
    throw reason;
  }
};

/**
 * Asks for a file; redirects of the same server are followed, and those of `siteElsewhere`. What comes back has status 200, 206, 412 or 416.
 *
 * @throws NacreError `STORE_FILE_MISSING`, `STORE_WEB_…`; what `signal` was aborted with
 */
export const ask = async (site: WebSite, wish: WebWish): Promise<WebAnswer> => {
  let step: Step = { site, url: new URL(wish.name, site.address.url), wish };
  for (let redirects = 0; redirects <= WEB_REDIRECTS; redirects++) {
    const found = await askAt(step);
    if ('response' in found) return found;
    step = found;
  }
  const { origin, pathname } = step.url;
  const target = `${printable(`${origin}${pathname}`)} (after ${WEB_REDIRECTS} others)`;
  throw new NacreError('STORE_WEB_REDIRECT', { address: fileAddress(site, wish.name), target });
};
