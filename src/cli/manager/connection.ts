/** A connection to a manager that has shown who it is, by the pinned key or by a CA: before that nothing is sent. */
import net from 'node:net';
import tls from 'node:tls';
import { NacreError } from '../../errors.ts';
import { keyDigestOf } from '../../image/store/web-pin.ts';

const CONNECT_MS = 15_000;

/** A manager as it is connected to. */
export interface ManagerAddress {
  /** `https://NAME:PORT`. */
  readonly server: string;
  /** 64 hex digits; undefined asks a CA. */
  readonly pin: string | undefined;
}

/** @throws NacreError MANAGER_ADDRESS */
export const parseServer = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url?.protocol === 'https:' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.username === ''
  )
    return url.origin;
  throw new NacreError('MANAGER_ADDRESS', { server: text });
};

const reasonOf = (reason: NodeJS.ErrnoException): string => reason.code ?? reason.message;

const connectError = (
  reason: NodeJS.ErrnoException,
  socket: tls.TLSSocket,
  server: string,
): NacreError => {
  const facts = { server, reason: reasonOf(reason) };
  const isRefused =
    Boolean(socket.authorizationError) || reason.code === 'ERR_TLS_CERT_ALTNAME_INVALID';
  return new NacreError(isRefused ? 'MANAGER_CERTIFICATE' : 'MANAGER_UNREACHABLE', facts, {
    cause: reason,
  });
};

/** @throws NacreError MANAGER_PIN */
const checkPin = (socket: tls.TLSSocket, { server, pin }: ManagerAddress): void => {
  if (pin === undefined) return;
  const certificate = socket.getPeerX509Certificate();
  const found = certificate === undefined ? 'none' : keyDigestOf(certificate);
  if (found !== pin) throw new NacreError('MANAGER_PIN', { server, found, needed: pin });
};

/** @throws NacreError MANAGER_UNREACHABLE, MANAGER_CERTIFICATE, MANAGER_PIN; what `signal` was aborted with */
export const connectManager = async (
  address: ManagerAddress,
  signal: AbortSignal,
): Promise<tls.TLSSocket> => {
  const { server, pin } = address;
  const url = new URL(server);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = tls.connect({
    host,
    port: Number(url.port) || 443,
    servername: net.isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
    rejectUnauthorized: pin === undefined,
  });
  const abort = (): void => {
    socket.destroy(new Error('cancelled'));
  };
  signal.addEventListener('abort', abort, { once: true });
  socket.setTimeout(CONNECT_MS, () =>
    socket.destroy(new Error(`no answer within ${CONNECT_MS} ms`)),
  );
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', (reason) => reject(connectError(reason, socket, server)));
    });
    checkPin(socket, address);
    // From here on the request has a patience of its own.
    socket.setTimeout(0);
    return socket;
  } catch (reason) {
    socket.on('error', () => undefined);
    socket.destroy();
    signal.throwIfAborted();
    throw reason;
  } finally {
    signal.removeEventListener('abort', abort);
  }
};
