/** The manager's HTTPS server: TLS with our certificate, limits for whoever connects. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { type ListeningServer, listenWithin } from '../../job/serving/listening-server.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';

export interface ManagerLimits {
  readonly connections: number;
  /** A site behind one router shares an address. */
  readonly connectionsPerAddress: number;
  readonly idleMs: number;
  /** For a request to arrive, once it began. */
  readonly requestMs: number;
  readonly headerBytes: number;
  /** For a request of bulk bytes: 4 MiB at 280 kbit/s. */
  readonly bulkMs: number;
}

export const MANAGER_LIMITS: ManagerLimits = {
  connections: 4096,
  connectionsPerAddress: 1024,
  idleMs: 120_000,
  requestMs: 30_000,
  headerBytes: 16_384,
  bulkMs: 120_000,
};

/** Key and certificates in PEM; the chain ends with the CA. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** Bulk bytes below a path. */
export interface BulkPlace {
  readonly prefix: string;
  readonly listener: RequestListener;
}

export interface ManagerServerOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: TlsFiles;
  // biome-ignore lint/suspicious/noExplicitAny: the environment of the application is its own affair
  readonly app: Pick<Hono<any>, 'fetch'>;
  /** What goes past the application: bulk bytes. */
  readonly bulk: readonly BulkPlace[];
  readonly log: ServiceLog;
  readonly limits?: Partial<ManagerLimits> | undefined;
}

export interface ManagerServer extends ListeningServer {
  /** Takes another certificate; connections that are open keep theirs. */
  readonly renew: (tls: TlsFiles) => void;
}

/** Ends a request that does not arrive in time. */
const endLate = (request: IncomingMessage, mostMs: number): void => {
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, mostMs).unref();
  request.once('close', () => clearTimeout(timer));
};

/** Starts it. @throws NacreError MANAGER_PORT_TAKEN, MANAGER_PORT_DENIED */
export const startManagerServer = async (options: ManagerServerOptions): Promise<ManagerServer> => {
  const { address, port, tls, app, bulk, log } = options;
  const limits = { ...MANAGER_LIMITS, ...options.limits };
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server: Server = createServer(
    {
      ...tls,
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.requestMs,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.requestMs,
      requestTimeout: Math.max(limits.requestMs, limits.bulkMs),
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.ceil(limits.requestMs / 4),
    },
    (request, response) => {
      const place = bulk.find(({ prefix }) => request.url?.startsWith(prefix));
      if (place !== undefined) return place.listener(request, response);
      endLate(request, limits.requestMs);
      void listener(request, response);
    },
  );
  const listening = await listenWithin(server, { address, port, limits, log, area: 'MANAGER' });
  return {
    ...listening,
    renew: (next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2' }),
  };
};
