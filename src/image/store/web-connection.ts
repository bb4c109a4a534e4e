/**
 * Connections to a web server. One is handed to HTTP only when the server has shown who it is: by the pinned
 * key, or by a certificate of a known CA for its name. So no byte of a request reaches anybody else.
 */
import { Agent } from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { NacreError } from '../../errors.ts';
import type { WebAddress } from './web-address.ts';
import type { WebDoor } from './web-door.ts';
import { unreachable } from './web-error.ts';
import { WEB_SOCKETS, type WebLimits } from './web-limits.ts';
import { keyDigestOf } from './web-pin.ts';

const KEEP_ALIVE_MS = 15_000;

/** What a server is asked by. */
export interface WebSite {
  readonly address: WebAddress;
  readonly agent: Agent;
  readonly limits: WebLimits;
  readonly door?: WebDoor | undefined;
  /** Its key is pinned: it may send readers of packs to other servers. */
  readonly isPinned?: boolean | undefined;
}

export interface WebSiteOptions {
  /** Hex digits; empty asks CA and host name. */
  readonly pins: readonly string[];
  readonly limits: WebLimits;
  /** Address of this machine to speak from; the system chooses by default. */
  readonly localAddress?: string | undefined;
  /** Most connections at a time; as many as threads of the addon may wait by default. */
  readonly sockets?: number | undefined;
  /** For a server that wants its requests signed. */
  readonly door?: WebDoor | undefined;
}

/** The server's own name for TLS and for DNS: without the brackets of an IPv6 address. */
const hostOf = ({ url }: WebAddress): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

const isTls = ({ url }: WebAddress): boolean => url.protocol === 'https:';

const portOf = (address: WebAddress): number =>
  Number(address.url.port) || (isTls(address) ? 443 : 80);

const openSocket = (
  address: WebAddress,
  { pins, localAddress }: Pick<WebSiteOptions, 'pins' | 'localAddress'>,
): net.Socket => {
  const host = hostOf(address);
  const ends = { host, port: portOf(address), ...(localAddress && { localAddress }) };
  if (!isTls(address)) return net.connect({ ...ends, noDelay: true });
  return tls.connect({
    ...ends,
    servername: net.isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: pins.length === 0,
  });
};

const checkPin = (socket: net.Socket, address: WebAddress, pins: readonly string[]): void => {
  if (!(socket instanceof tls.TLSSocket) || pins.length === 0) return;
  const certificate = socket.getPeerX509Certificate();
  const found = certificate === undefined ? 'none' : keyDigestOf(certificate);
  if (pins.includes(found)) return;
  const needed = pins.map((pin) => `sha256:${pin}`).join(', ');
  throw new NacreError('STORE_WEB_PIN', { address: address.shown, found, needed });
};

/** An error while TLS begins that is about the certificate, and not about the line. */
const certificateError = (
  reason: NodeJS.ErrnoException,
  socket: net.Socket,
  { shown }: WebAddress,
): NacreError | undefined => {
  const isRefused = socket instanceof tls.TLSSocket && Boolean(socket.authorizationError);
  const isName = reason.code === 'ERR_TLS_CERT_ALTNAME_INVALID';
  if (!isRefused && !isName) return undefined;
  const facts = { address: shown, reason: reason.code ?? reason.message };
  return new NacreError('STORE_WEB_CERTIFICATE', facts, { cause: reason });
};

/** A connection to a server that is the right one. @throws NacreError `STORE_WEB_…` */
const connect = (
  address: WebAddress,
  options: WebSiteOptions,
  signal: AbortSignal | undefined,
): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const { pins, limits } = options;
    const socket = openSocket(address, options);
    const fail = (error: unknown): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const onError = (reason: NodeJS.ErrnoException): void =>
      fail(certificateError(reason, socket, address) ?? unreachable(address.shown, reason));
    const onClose = (): void => fail(unreachable(address.shown, 'the connection was closed'));
    const onAbort = (): void => fail(signal?.reason);
    const onTime = (): void =>
      fail(unreachable(address.shown, `no connection within ${limits.connectMs} ms`));
    const timer = setTimeout(onTime, limits.connectMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('error', onError).off('close', onClose);
      signal?.removeEventListener('abort', onAbort);
    };
    socket.on('error', onError).on('close', onClose);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once(isTls(address) ? 'secureConnect' : 'connect', () => {
      try {
        checkPin(socket, address, pins);
      } catch (error) {
        fail(error);
        return;
      }
      settle();
      resolve(socket);
    });
  });

/** A field of the request beside those of HTTP, which the agent hands through. */
export interface ConnectWish {
  readonly connectSignal?: AbortSignal | undefined;
}

/** What requests to a server go through: connections that stay open between them, as few as are needed. */
export const openSite = (address: WebAddress, options: WebSiteOptions): WebSite => {
  const { limits, door, sockets = WEB_SOCKETS } = options;
  const agent = new Agent({
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxSockets: sockets,
    maxFreeSockets: sockets,
  });
  const createConnection = (
    wish: ConnectWish,
    done: (error: unknown, socket?: net.Socket) => void,
  ): void => {
    connect(address, options, wish.connectSignal).then(
      (socket) => done(null, socket),
      (error: unknown) => done(error),
    );
  };
  const isPinned = options.pins.length > 0;
  return { address, agent: Object.assign(agent, { createConnection }), limits, door, isPinned };
};
