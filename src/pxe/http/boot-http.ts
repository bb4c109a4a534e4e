/** The HTTP service that machines boot from: boot files, scripts, and the image store by ranges, on one port. */
import { createServer, type Server } from 'node:http';
import {
  type AnsweredRequest,
  type FindContent,
  makeHttpHandler,
} from '../../job/serving/http-handler.ts';
import {
  type ConnectionLimits,
  type ListeningServer,
  listenWithin,
} from '../../job/serving/listening-server.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { FindStoreFile } from '../../job/serving/store-content.ts';

/** What one client, and all of them, may take. */
export interface HttpLimits extends ConnectionLimits {
  /** Bytes of a request's line and headers. */
  readonly headerBytes: number;
  readonly pathLength: number;
  /** For a request to arrive, once it began. */
  readonly requestMs: number;
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

/** The running service; answers that are under way when it is closed are broken off. */
export type BootHttp = ListeningServer;

/** All that is served, by name. */
export const findAmong =
  ({ files, scripts, store }: Pick<BootHttpOptions, 'files' | 'scripts' | 'store'>): FindContent =>
  async (name, ends) => {
    if (name.startsWith(STORE_FOLDER)) return store?.(name.slice(STORE_FOLDER.length));
    return (await scripts(name, ends)) ?? (await files(name, ends));
  };

const makeServer = (options: BootHttpOptions, limits: HttpLimits): Server => {
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
  const find = findAmong(options);
  server.on(
    'request',
    makeHttpHandler({ find, log, mostPathLength: limits.pathLength, onRequest }),
  );
  return server;
};

/** Starts the service. @throws NacreError PXE_PORT_TAKEN, PXE_PORT_DENIED */
export const startBootHttp = async (options: BootHttpOptions): Promise<BootHttp> => {
  const { log, signal } = options;
  signal?.throwIfAborted();
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const { address = '0.0.0.0', port } = options;
  const server = await listenWithin(makeServer(options, limits), { address, port, limits, log });
  signal?.addEventListener('abort', () => void server.close(), { once: true });
  log.info({ address: server.address, port: server.port }, 'http service started');
  return server;
};
