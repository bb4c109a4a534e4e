/** The socket of one transfer: its port is the server's transfer identifier, TID (RFC 1350 section 4). */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** Where a datagram comes from or goes to. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** UDP ports, both inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const socketTypeOf = (address: string): 'udp4' | 'udp6' =>
  isIPv6(address) ? 'udp6' : 'udp4';

/** Any free port, by the kernel, which takes one at random; or all of a range, from a random one on. */
function* candidates(range: PortRange | undefined): Generator<number> {
  if (range === undefined) return yield 0;
  const count = range.last - range.first + 1;
  const start = randomInt(count);
  for (let index = 0; index < count; index++) yield range.first + ((start + index) % count);
}

const connectedSocket = async (local: Endpoint, client: Endpoint): Promise<Socket> => {
  const socket = createSocket(socketTypeOf(local.address));
  try {
    socket.bind({ ...local, exclusive: true });
    await once(socket, 'listening');
    socket.connect(client.port, client.address);
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
};

const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/**
 * Opens a socket that the kernel lets only datagrams of `client` through to.
 *
 * @param address of the server; a port of it is chosen from `range`, or by the kernel
 * @returns undefined when every port of the range is taken
 * @throws Error of the operating system, with nothing left open
 */
export const openTransferSocket = async (
  address: string,
  range: PortRange | undefined,
  client: Endpoint,
): Promise<Socket | undefined> => {
  for (const port of candidates(range)) {
    try {
      return await connectedSocket({ address, port }, client);
    } catch (error) {
      if (!isPortTaken(error)) throw error;
    }
  }
  return undefined;
};
