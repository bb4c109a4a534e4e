/** One request to an object store with or without a body, and its whole answer. */
import { createReadStream } from 'node:fs';
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import { NacreError } from '../../errors.ts';
import { readBody } from '../store/web-body.ts';
import type { ConnectWish, WebSite } from '../store/web-connection.ts';
import { REFUSAL_BYTES } from '../store/web-door.ts';
import { toWebError, unreachable, wrongAnswer } from '../store/web-error.ts';
import { WEB_HEADER_BYTES } from '../store/web-limits.ts';
import { EMPTY_DIGEST } from './s3-signature.ts';

/** What is sent. */
export interface S3Body {
  /** In memory, or a file. */
  readonly source: Uint8Array | { readonly file: string };
  readonly sizeBytes: number;
  /** SHA-256, hex. */
  readonly digest: string;
  /** Told how many bytes of a file have left. */
  readonly onSent?: ((doneBytes: number) => void) | undefined;
}

export interface S3Wish {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** With its query. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: S3Body | undefined;
  /** Of the answer. */
  readonly limitBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

const READ_BYTES = 2 ** 20;
const MOST_SUCCESS = 299;
const NOT_FOUND = 404;

/** An address for messages: without its query. */
const shownOf = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

const sendBody = async (sent: ClientRequest, { source, onSent }: S3Body): Promise<void> => {
  if (source instanceof Uint8Array) {
    sent.end(source);
    return;
  }
  const read = createReadStream(source.file, { highWaterMark: READ_BYTES });
  let doneBytes = 0;
  const counted = async function* (pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const piece of pieces) {
      yield piece;
      doneBytes += piece.length;
      onSent?.(doneBytes);
    }
  };
  await pipeline(read, counted, sent);
};

interface Exchange {
  readonly sent: ClientRequest;
  readonly response: IncomingMessage;
}

/** The headers of the answer, which may come before the body has left. */
const exchangeHeads = (site: WebSite, wish: S3Wish): Promise<Exchange> =>
  new Promise((resolve, reject) => {
    const { method, url, headers: own = {}, body, signal } = wish;
    const { answerMs } = site.limits;
    signal?.throwIfAborted();
    const headers = { ...own, 'Content-Length': String(body?.sizeBytes ?? 0) };
    const bodyDigest = body?.digest ?? EMPTY_DIGEST;
    const options: ConnectWish & RequestOptions = {
      ...{
        agent: site.agent,
        method,
        hostname: url.hostname,
        path: `${url.pathname}${url.search}`,
      },
      maxHeaderSize: WEB_HEADER_BYTES,
      connectSignal: signal,
      headers: {
        Host: url.host,
        ...headers,
        ...site.door?.admit({ method, url, headers, bodyDigest }),
      },
    };
    const sent = request(options);
    const abort = (): void => void sent.destroy(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    // A large object is brought to several disks before it is answered.
    const quietMs =
      body === undefined || body.source instanceof Uint8Array ? answerMs : 4 * answerMs;
    sent.setTimeout(quietMs, () =>
      sent.destroy(unreachable(shownOf(url), `nothing came or went for ${quietMs} ms`)),
    );
    const fail = (reason: unknown): void => {
      signal?.removeEventListener('abort', abort);
      reject(signal?.aborted ? signal.reason : reason);
    };
    sent.on('error', fail);
    sent.once('response', (response) => {
      signal?.removeEventListener('abort', abort);
      resolve({ sent, response });
    });
    if (body === undefined) sent.end();
    // What stops the request in the middle of its body is told by the request, but for a file that cannot be read.
    else sendBody(sent, body).catch(fail);
  });

/** @throws NacreError for an answer that is neither a success nor hoped for */
const checkAnswer = (
  { door }: WebSite,
  address: string,
  { status, headers, bytes }: S3Answer,
  hoped: readonly number[],
): void => {
  if (status <= MOST_SUCCESS || (hoped.includes(status) && status !== NOT_FOUND)) return;
  const body = bytes.toString('utf8', 0, REFUSAL_BYTES);
  const refusal = door?.refusalOf({ status, headers, address, body });
  // That an object is missing may be hoped for, that its bucket is not.
  if (refusal !== undefined) throw refusal;
  if (!hoped.includes(status)) throw new NacreError('STORE_WEB_STATUS', { address, status });
};

const readAnswer = async (
  site: WebSite,
  wish: S3Wish,
  response: IncomingMessage,
): Promise<S3Answer> => {
  const { url, limitBytes, signal } = wish;
  const [status, address] = [response.statusCode ?? 0, shownOf(url)];
  const pieces: Uint8Array[] = [];
  let length = 0;
  const onBytes = (bytes: Uint8Array): boolean => {
    length += bytes.length;
    if (length > limitBytes)
      throw wrongAnswer(address, 'the body', `more than ${limitBytes} bytes`, 'less');
    pieces.push(bytes);
    return true;
  };
  const { idleMs } = site.limits;
  await readBody({ response, status, address }, { idleMs, signal, onBytes });
  return { status, headers: response.headers, bytes: Buffer.concat(pieces) };
};

/**
 * Sends a request. Answers with a status of `hoped` come back as those below 300 do.
 *
 * @throws NacreError `STORE_S3_…`, `STORE_WEB_…`; errors of `node:fs`; what `signal` was aborted with
 */
export const sendS3 = async (
  site: WebSite,
  wish: S3Wish,
  hoped: readonly number[] = [],
): Promise<S3Answer> => {
  const address = shownOf(wish.url);
  let exchange: Exchange;
  try {
    exchange = await exchangeHeads(site, wish);
  } catch (reason) {
    throw toWebError(address, reason);
  }
  const { sent, response } = exchange;
  try {
    const answer = await readAnswer(site, wish, response);
    checkAnswer(site, address, answer, hoped);
    return answer;
  } finally {
    // Refused before all of it had left: the rest is of no use.
    if (!sent.writableFinished) sent.destroy();
  }
};
