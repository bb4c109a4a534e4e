/** The HTTP service that machines boot from: boot files, scripts, and the image store by ranges, on one port. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portError } from '../bound-socket.ts';
import type { ServiceLog } from '../service-log.ts';
import { type AnsweredRequest, type FindContent, makeHttpHandler } from './http-handler.ts';
import type { FindStoreFile } from './store-content.ts';

/** What one client, and all of them, may take. */
export interface HttpLimits {
  /** Open connections of one address; behind a relay or a translator that is a whole site. */
  readonly connectionsPerAddress: number;
  readonly connections: number;
  /** Bytes of a request's line and headers. */
  readonly headerBytes: number;
  readonly pathLength: number;
  /** For a request to arrive, once it began. */
  readonly requestMs: number;
  /** Without a byte in either direction in the middle of an answer. */
  readonly idleMs: number;
  /** Between two requests: GRUB leaves its connections open. */
  readonly keepAliveMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  connectionsPerAddress: 32,
  connections: 512,
  headerBytes: 8192,
  pathLength: 1024,
  requestMs: 20_000,
  idleMs: 30_000,
  keepAliveMs: 10_000,
};

/** Names below which the store is. */
const STORE_FOLDER = 'store/';
/** Overdue requests are looked for so often within their time. */
const LOOKS = 4;

export interface BootHttpOptions {
  /** Address to listen at; all of IPv4 by default. */
  readonly address?: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** Boot files. */
  readonly files: FindContent;
  /** Scripts and configurations of single devices; asked first. */
  readonly scripts: FindContent;
  /** Without it no store is served. */
  readonly store?: FindStoreFile | undefined;
  readonly log: ServiceLog;
  /** Ends the service as `close` does. */
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  readonly onRequest?: ((request: AnsweredRequest) => void) | undefined;
}

export interface BootHttp extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Answers that are under way are broken off. */
  readonly close: () => Promise<void>;
}

/** All that is served, by name. */
export const findAmong =
  ({ files, scripts, store }: Pick<BootHttpOptions, 'files' | 'scripts' | 'store'>): FindContent =>
  async (name, ends) => {
    if (name.startsWith(STORE_FOLDER)) return store?.(name.slice(STORE_FOLDER.length));
    return (await scripts(name, ends)) ?? (await files(name, ends));
  };

const TEXTS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

const statusOf = (reason: Error): number => {
  const code = 'code' in reason ? reason.code : '';
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
};

/** Answers what is no request at all, unless an answer is on its way that this would land in. */
const answerErrors = (server: Server): void => {
  const busy = new WeakSet<object>();
  server.prependListener('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
  server.on('clientError', (reason, stream) => {
    const status = statusOf(reason);
    if (!stream.writable || busy.has(stream)) {
      stream.destroy();
      return;
    }
    const head = `HTTP/1.1 ${status} ${TEXTS[status]}`;
    stream.end(`${head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
};

/** Closes connections of an address that has too many. */
const limitAddresses = (server: Server, most: number, log: ServiceLog): void => {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count <= most) return;
    log.warn({ address, connections: count }, 'http connection refused, the address has too many');
    socket.destroy();
  });
};

const makeServer = (options: BootHttpOptions): Server => {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const { log, onRequest } = options;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.requestMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.ceil(limits.requestMs / LOOKS),
    // Old loaders leave it out, and nothing here depends on it.
    requireHostHeader: false,
    noDelay: true,
  });
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connections;
  server.on('drop', () => log.warn({}, 'http connection refused, there are too many'));
  const find = findAmong(options);
  server.on(
    'request',
    makeHttpHandler({ find, log, mostPathLength: limits.pathLength, onRequest }),
  );
  limitAddresses(server, limits.connectionsPerAddress, log);
  answerErrors(server);
  return server;
};

const isAddress = (value: AddressInfo | string | null): value is AddressInfo =>
  typeof value === 'object' && value !== null;

const listen = async (server: Server, address: string, port: number): Promise<void> => {
  const listening = once(server, 'listening');
  server.listen({ host: address, port });
  try {
    await listening;
  } catch (cause) {
    throw await portError(cause, 'tcp', port);
  }
};

/** Starts the service. @throws NacreError PXE_PORT_TAKEN, PXE_PORT_DENIED */
export const startBootHttp = async (options: BootHttpOptions): Promise<BootHttp> => {
  const { log, signal } = options;
  signal?.throwIfAborted();
  const server = makeServer(options);
  await listen(server, options.address ?? '0.0.0.0', options.port);
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.on('error', (err) => log.error({ err }, 'http service failed to accept a connection'));
  const bound = server.address();
  if (!isAddress(bound)) throw new TypeError('the server has no address');
  const { address, port } = bound;
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await closed;
  };
  signal?.addEventListener('abort', () => void close(), { once: true });
  log.info({ address, port }, 'http service started');
  return { address, port, close, [Symbol.asyncDispose]: close };
};
