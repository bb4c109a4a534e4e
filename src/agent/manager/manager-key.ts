/** The key that a server shows, before anybody has said whether it is the right one: for a person to compare. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { NacreError } from '../../errors.ts';
import { keyDigestOf } from '../../image/store/web-pin.ts';

const CONNECT_MS = 15_000;

/**
 * Connects, looks at the certificate, and sends nothing.
 *
 * @returns 64 hex digits
 * @throws NacreError MANAGER_ADDRESS, MANAGER_UNREACHABLE
 */
export const readManagerPin = async (server: string, signal: AbortSignal): Promise<string> => {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== 'https:') throw new NacreError('MANAGER_ADDRESS', { server });
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = tls.connect({
    host,
    port: Number(url.port) || 443,
    servername: net.isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error(`nothing within ${CONNECT_MS} ms`)));
  try {
    await once(socket, 'secureConnect', { signal });
    const certificate = socket.getPeerX509Certificate();
    if (certificate !== undefined) return keyDigestOf(certificate);
    throw new NacreError('MANAGER_UNREACHABLE', { server, reason: 'it shows no certificate' });
  } catch (reason) {
    signal.throwIfAborted();
    if (reason instanceof NacreError || !(reason instanceof Error)) throw reason;
    const text = 'code' in reason ? String(reason.code) : reason.message;
    throw new NacreError('MANAGER_UNREACHABLE', { server, reason: text }, { cause: reason });
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
};
