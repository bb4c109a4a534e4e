/**
 * The sockets of the DHCP service. Broadcasts arrive at one socket for all interfaces, which does not tell from where;
 * unicast arrives at the socket of the address it was sent to. What is sent from the socket of an address leaves on
 * the wire of its interface, broadcasts too.
 */
import type { Socket } from 'node:dgram';
import { closeSocket, openSocket } from '../bound-socket.ts';
import type { ServedInterface } from '../interfaces.ts';
import type { DhcpPorts } from './dhcp-answer.ts';

/** Sockets of one interface. */
export interface WireSockets {
  readonly interface: ServedInterface;
  /** Sends everything but answers of port 4011. */
  readonly dhcp: Socket;
  readonly pxe: Socket;
}

export interface DhcpSockets {
  /** Takes broadcasts of all interfaces. */
  readonly broadcast: Socket;
  readonly wires: readonly WireSockets[];
  /** The ports in use, where 0 was wished. */
  readonly ports: DhcpPorts;
  isClosed(): boolean;
  close(): Promise<void>;
}

/** A second of requests from a large room; the default of Linux holds about 160. */
const RECEIVE_BUFFER_BYTES = 2 ** 20;

const openWire = async (
  served: ServedInterface,
  { server, pxe }: DhcpPorts,
  opened: Socket[],
): Promise<WireSockets> => {
  const keep = async (opening: Promise<Socket>): Promise<Socket> => {
    const socket = await opening;
    opened.push(socket);
    return socket;
  };
  const { address } = served;
  const receiveBufferBytes = RECEIVE_BUFFER_BYTES;
  return {
    interface: served,
    dhcp: await keep(
      openSocket({ port: server, address, isShared: true, canBroadcast: true, receiveBufferBytes }),
    ),
    // Not shared: a second PXE service on this machine would take turns with us.
    pxe: await keep(openSocket({ port: pxe, address, receiveBufferBytes })),
  };
};

/**
 * Opens all sockets, or none.
 * @throws NacreError PXE_PORT_TAKEN, PXE_PORT_DENIED
 */
export const openDhcpSockets = async (
  interfaces: readonly ServedInterface[],
  wished: DhcpPorts,
): Promise<DhcpSockets> => {
  const opened: Socket[] = [];
  let hasClosed = false;
  const close = async (): Promise<void> => {
    hasClosed = true;
    await Promise.all(opened.map(closeSocket));
  };
  try {
    const broadcast = await openSocket({
      port: wished.server,
      address: '0.0.0.0',
      isShared: true,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    });
    opened.push(broadcast);
    const ports = { ...wished, server: broadcast.address().port };
    const wires: WireSockets[] = [];
    for (const served of interfaces) {
      const wire = await openWire(served, ports, opened);
      ports.pxe = wire.pxe.address().port;
      wires.push(wire);
    }
    return { broadcast, wires, ports, isClosed: () => hasClosed, close };
  } catch (reason) {
    await close();
    throw reason;
  }
};
