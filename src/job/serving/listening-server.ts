/** What every HTTP server of ours is like: connections within limits, errors of strangers answered, and an end that ends. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type PortArea, portError } from './port-error.ts';
import type { ServiceLog } from './service-log.ts';

/** Limits that Node does not know by itself. */
export interface ConnectionLimits {
  /** Open connections of one address; behind a relay or a translator that is a whole site. */
  readonly connectionsPerAddress: number;
  readonly connections: number;
  /** Without a byte in either direction. */
  readonly idleMs: number;
}

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
    // A handshake that took too long may end in this moment: what is written now would pass for an answer.
    const isHandshake = 'code' in reason && reason.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
    if (!stream.writable || busy.has(stream) || isHandshake) {
      stream.destroy();
      return;
    }
    const head = `HTTP/1.1 ${status} ${TEXTS[status]}`;
    stream.end(`${head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
};

/** Closes connections of an address that has too many. @returns all that are open */
const limitAddresses = (server: Server, most: number, log: ServiceLog): ReadonlySet<Socket> => {
  const sockets = new Set<Socket>();
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count <= most) return;
    log.warn({ address, connections: count }, 'http connection refused, the address has too many');
    socket.destroy();
  });
  return sockets;
};

const isAddress = (value: AddressInfo | string | null): value is AddressInfo =>
  typeof value === 'object' && value !== null;

const listen = async (
  server: Server,
  { address, port, area = 'PXE' }: ListenOptions,
): Promise<AddressInfo> => {
  const listening = once(server, 'listening');
  server.listen({ host: address, port });
  try {
    await listening;
  } catch (cause) {
    throw await portError(cause, 'tcp', port, area);
  }
  const bound = server.address();
  if (!isAddress(bound)) throw new TypeError('the server has no address');
  return bound;
};

export interface ListenOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits: ConnectionLimits;
  readonly log: ServiceLog;
  /** Whose codes the errors about the port have; PXE by default. */
  readonly area?: PortArea | undefined;
}

/** A server that listens. */
export interface ListeningServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Breaks off what is under way, and resolves when no connection is left. */
  readonly close: () => Promise<void>;
}

/** Lets a server listen, within limits. @throws NacreError PXE_PORT_TAKEN, PXE_PORT_DENIED, or those of MANAGER */
export const listenWithin = async (
  server: Server,
  options: ListenOptions,
): Promise<ListeningServer> => {
  const { limits, log } = options;
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connections;
  server.on('drop', () => log.warn({}, 'http connection refused, there are too many'));
  const sockets = limitAddresses(server, limits.connectionsPerAddress, log);
  answerErrors(server);
  const { address, port } = await listen(server, options);
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.on('error', (err) => log.error({ err }, 'http service failed to accept a connection'));
  const close = async (): Promise<void> => {
    server.close();
    // Those too that have not said a word, or are in the middle of a handshake.
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { address, port, close, [Symbol.asyncDispose]: close };
};
