/**
 * Answers of the boot service to HTTP requests, whatever server they come through: GET and HEAD of known names, one range of
 * bytes, and a length in every answer. Names of headers are in title case: GRUB 2.06 finds them only so, and waits for ever
 * without.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PIN_HEADER } from '../../image/store/web-elsewhere.ts';
import type { ContentElsewhere, HttpContent } from './http-content.ts';
import { type ByteRange, parseRange } from './http-range.ts';
import type { ServiceLog } from './service-log.ts';

/** Between which addresses a request came. */
export interface RequestEnds {
  /** Of the client. */
  readonly address: string;
  /** Ours, as the client reached it. */
  readonly localAddress: string;
  readonly localPort: number;
}

/** Looks a name up, without the slash in front; `undefined` when there is nothing. */
export type FindContent = (
  name: string,
  ends: RequestEnds,
) => HttpContent | undefined | Promise<HttpContent | undefined>;

/** An answer that has ended. */
export interface AnsweredRequest extends RequestEnds {
  readonly method: string;
  /** As it was asked for, at most 200 characters; hostile. */
  readonly path: string;
  readonly status: number;
  /** Bytes of the content that the connection took; 0 for an answer that is not whole. */
  readonly sentBytes: number;
  /** All of the answer left. */
  readonly isWhole: boolean;
  /** How long it took. */
  readonly seconds: number;
}

export interface HttpHandlerOptions {
  readonly find: FindContent;
  readonly log: ServiceLog;
  /** Longest path that is looked at. */
  readonly mostPathLength: number;
  /** Told when an answer ends. */
  readonly onRequest?: ((request: AnsweredRequest) => void) | undefined;
  /** A path as logs may have it; without it as it is. */
  readonly shownPath?: ((path: string) => string) | undefined;
}

const SHOWN_LENGTH = 200;
/** Requests that a client may send ahead on one connection. */
const MOST_AHEAD = 16;

type Headers = Readonly<Record<string, string | number>>;

const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:/, '');

const endsOf = ({ socket }: IncomingMessage): RequestEnds => ({
  address: plainAddress(socket.remoteAddress),
  localAddress: plainAddress(socket.localAddress),
  localPort: socket.localPort ?? 0,
});

/** The path of a target in either form (RFC 9112 section 3.2), without its first slash. */
const nameOf = (target: string): string =>
  target.replace(/^http:\/\/[^/?#]*/i, '').replace(/^\//, '');

const refuse = (response: ServerResponse, status: number, headers: Headers = {}): void => {
  response.writeHead(status, { ...headers, 'Content-Length': 0 });
  response.end();
};

/** Why a request is not even looked up. */
const refusalOf = (
  { method, url = '', headers }: IncomingMessage,
  mostPathLength: number,
): { readonly status: number; readonly headers: Headers } | undefined => {
  const hasBody =
    headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, headers: { Allow: 'GET, HEAD', Connection: 'close' } };
  // Nobody sends one with these methods but to be read differently by two servers.
  if (hasBody) return { status: 400, headers: { Connection: 'close' } };
  return url.length > mostPathLength ? { status: 414, headers: {} } : undefined;
};

/** The range to send: a condition that does not hold means the whole content (RFC 9110 section 13.1.5). */
const rangeOf = ({ method, headers }: IncomingMessage, { sizeBytes, tag }: HttpContent) => {
  const condition = headers['if-range'];
  const isMet = condition === undefined || (tag !== undefined && condition === `"${tag}"`);
  return method === 'GET' && isMet ? parseRange(headers.range, sizeBytes) : 'whole';
};

const headersOf = ({ sizeBytes, type, tag }: HttpContent, range: ByteRange | 'whole'): Headers => ({
  'Content-Length': range === 'whole' ? sizeBytes : range.end - range.start,
  'Content-Type': type,
  'Accept-Ranges': 'bytes',
  ...(range === 'whole'
    ? {}
    : { 'Content-Range': `bytes ${range.start}-${range.end - 1}/${sizeBytes}` }),
  ...(tag === undefined ? {} : { ETag: `"${tag}"` }),
});

const sendElsewhere = (response: ServerResponse, { url, pins }: ContentElsewhere): void => {
  const pin = pins.length === 0 ? {} : { [PIN_HEADER]: pins.join() };
  refuse(response, 307, { Location: url, 'Cache-Control': 'no-store', ...pin });
};

/** Sends a content; resolves to the bytes of it that were to be sent. */
const sendContent = async (
  request: IncomingMessage,
  response: ServerResponse,
  content: HttpContent,
): Promise<number> => {
  const range = rangeOf(request, content);
  if (range === 'unsatisfiable') {
    refuse(response, 416, { 'Content-Range': `bytes */${content.sizeBytes}` });
    return 0;
  }
  response.writeHead(range === 'whole' ? 200 : 206, headersOf(content, range));
  const sent = range === 'whole' ? { start: 0, end: content.sizeBytes } : range;
  const isBodyWanted = request.method === 'GET' && sent.end > sent.start;
  if (isBodyWanted) await content.send(response, sent);
  response.end();
  return isBodyWanted ? sent.end - sent.start : 0;
};

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  { find, mostPathLength }: HttpHandlerOptions,
): Promise<number> => {
  const refusal = refusalOf(request, mostPathLength);
  if (refusal !== undefined) {
    refuse(response, refusal.status, refusal.headers);
    return 0;
  }
  const content = await find(nameOf(request.url ?? ''), endsOf(request));
  if (content === undefined) {
    refuse(response, 404);
    return 0;
  }
  await using held = content;
  if (request.method === 'GET' && held.elsewhere !== undefined) {
    sendElsewhere(response, held.elsewhere);
    return 0;
  }
  return await sendContent(request, response, held);
};

/** A failure in the middle: the length was promised, so that only the end of the connection tells the client. */
const breakOff = (
  response: ServerResponse,
  reason: unknown,
  log: ServiceLog,
  path: string,
): void => {
  // The client went away: not our failure.
  if (!response.destroyed) log.error({ err: reason, path }, 'http answer broken off');
  if (response.headersSent) response.destroy();
  else refuse(response, 500, { Connection: 'close' });
};

const handle = async (
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpHandlerOptions,
): Promise<void> => {
  const ends = endsOf(request);
  const { shownPath = (whole) => whole } = options;
  const path = shownPath((request.url ?? '').slice(0, SHOWN_LENGTH));
  const startedMs = performance.now();
  let sentBytes = 0;
  let isWhole = true;
  try {
    sentBytes = await answer(request, response, options);
  } catch (reason) {
    isWhole = false;
    breakOff(response, reason, options.log, path);
  }
  const method = request.method ?? '';
  const status = response.statusCode;
  options.log.debug({ ...ends, method, path, status, sentBytes, isWhole }, 'http request answered');
  const seconds = (performance.now() - startedMs) / 1000;
  options.onRequest?.({ ...ends, method, path, status, sentBytes, isWhole, seconds });
};

/**
 * Makes the listener of an HTTP or HTTPS server. Requests of one connection are answered one after the other, so that none
 * holds memory or a file before its turn.
 */
export const makeHttpHandler = (options: HttpHandlerOptions): RequestListener => {
  const turns = new WeakMap<Socket, { last: Promise<void>; waiting: number }>();
  return (request, response) => {
    const { socket } = request;
    const turn = turns.get(socket) ?? { last: Promise.resolve(), waiting: 0 };
    turns.set(socket, turn);
    if (turn.waiting >= MOST_AHEAD) {
      socket.destroy();
      return;
    }
    const closed = new Promise<void>((resolve) => response.once('close', () => resolve()));
    const answerInTurn = async (): Promise<void> => {
      if (socket.destroyed) return;
      await handle(request, response, options);
      await closed;
      turn.waiting -= 1;
    };
    turn.waiting += 1;
    turn.last = turn.last.then(answerInTurn);
  };
};
