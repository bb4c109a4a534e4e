/** A web server of this process over the files of a folder, which can be made to fail in every way. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import path from 'node:path';
import type { ExecutionContext } from 'ava';

/** What was asked for. */
export interface SeenRequest {
  readonly method: string;
  /** Below the folder. */
  readonly name: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers a request itself and gives true, or leaves it to the server. */
export type Fault = (
  request: SeenRequest,
  response: ServerResponse,
  /** Of a file; empty when there is none. */
  bytes: Buffer,
) => boolean;

export interface WebServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  fault: Fault | undefined;
  /** Breaks all connections off and takes no new one. */
  readonly close: () => Promise<void>;
}

/** Start and end (exclusive) of a range of `bytes=A-B`. */
export const rangeOf = (range: string | undefined): { start: number; end: number } | undefined => {
  const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), end: Number(last) + 1 };
};

/** The right headers of a range. */
export const rangeHeaders = (
  { start, end }: { readonly start: number; readonly end: number },
  size: number,
): Record<string, string> => ({
  'Content-Range': `bytes ${start}-${end - 1}/${size}`,
  'Content-Length': String(end - start),
  ETag: '"one"',
});

const serve = (request: SeenRequest, response: ServerResponse, bytes: Buffer): void => {
  const range = rangeOf(request.range);
  const part = range && { start: range.start, end: Math.min(range.end, bytes.length) };
  if (part === undefined) response.writeHead(200, { 'Content-Length': String(bytes.length) });
  else response.writeHead(206, rangeHeaders(part, bytes.length));
  response.end(request.method === 'HEAD' ? undefined : bytes.subarray(part?.start, part?.end));
};

/** Key and certificate for TLS, PEM. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

const addressOf = (server: Server, scheme: string): string => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no address');
  return `${scheme}://127.0.0.1:${address.port}`;
};

/** Serves a folder at an address of its own until the test ends. */
export const serveFolder = async (
  t: Pick<ExecutionContext, 'teardown'>,
  folder: string,
  tls?: TlsFiles,
): Promise<WebServer> => {
  const requests: SeenRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    const { range, authorization } = headers;
    const seen = { method, name: url.slice(1).replace(/\?.*$/, ''), range, authorization };
    requests.push(seen);
    const bytes = await readFile(path.join(folder, seen.name)).catch(() => undefined);
    if (web.fault?.(seen, response, bytes ?? Buffer.alloc(0)) === true) return;
    if (bytes !== undefined) serve(seen, response, bytes);
    else response.writeHead(404, { 'Content-Length': '0' }).end();
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response);
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  t.teardown(() => (server.listening ? close() : undefined));
  const web: WebServer = {
    url: addressOf(server, tls ? 'https' : 'http'),
    requests,
    fault: undefined,
    close,
  };
  return web;
};
