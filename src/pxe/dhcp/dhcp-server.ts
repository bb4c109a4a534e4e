/** The DHCP service of network boot: what listens, and who answers. */
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Logger } from 'pino';
import { NacreError } from '../../errors.ts';
import { findPortOwner } from '../../job/serving/port-owner.ts';
import type { ServedInterface } from '../interfaces.ts';
import type { DecideAnswer } from '../network-client.ts';
import { DHCP_PORTS, type DhcpPorts } from './dhcp-answer.ts';
import { DhcpLog } from './dhcp-log.ts';
import {
  type Arrival,
  type DhcpRequestReport,
  DhcpResponder,
  type DhcpResponderOptions,
  type LeaseService,
  type Wire,
} from './dhcp-responder.ts';
import { type DhcpSockets, openDhcpSockets } from './dhcp-sockets.ts';
import { LeaseFile, readLeases } from './lease-file.ts';
import type { LeaseRange } from './lease-range.ts';
import { LeaseTable } from './lease-table.ts';

/** The small DHCP server for networks that have none. */
export interface DhcpLeaseOptions {
  readonly range: LeaseRange;
  /** Default gateway that devices are told; none without it. */
  readonly router?: string | undefined;
  /** 3600 by default. */
  readonly leaseSeconds?: number | undefined;
  /** Where leases are kept over a restart; nowhere without it. */
  readonly file?: string | undefined;
}

export interface DhcpServerOptions {
  readonly interfaces: readonly ServedInterface[];
  readonly decide: DecideAnswer;
  readonly httpPort: number;
  /** DHCP_PORTS by default; `server` and `pxe` may be 0. */
  readonly ports?: Partial<DhcpPorts> | undefined;
  /** Without it we are a proxy beside another DHCP server. */
  readonly dhcp?: DhcpLeaseOptions | undefined;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Told of every request on which the policy was asked. */
  readonly onRequest?: ((report: DhcpRequestReport) => void) | undefined;
  /** MAC address of our own probe, which is left to the others. */
  readonly ownMac?: string | undefined;
  /** Unix time in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** The running service. */
export interface DhcpServer extends AsyncDisposable {
  /** The ports it listens at. */
  readonly ports: DhcpPorts;
  /** Stops answering and gives the ports back; idempotent. */
  close(): Promise<void>;
}

const LEASE_SECONDS = 3600;

const openLeases = async (
  { range, router, leaseSeconds = LEASE_SECONDS, file }: DhcpLeaseOptions,
  now: () => number,
): Promise<LeaseService> => {
  const stored = file === undefined ? [] : await readLeases(file);
  const reserved = router === undefined ? [] : [router];
  const table = new LeaseTable({ range, leaseSeconds, reserved, now, stored });
  const settings = { interface: range.interface, leaseSeconds, router };
  if (file === undefined) return { settings, table };
  const leases = new LeaseFile(file, () => table.stored());
  return { settings, table, save: () => leases.save() };
};

/** A program that shares the port gets the unicast of its clients no more: the kernel gives it to the last comer. */
const warnOfNeighbour = async (log: Logger, port: number): Promise<void> => {
  if (port === 0) return;
  const owner = await findPortOwner('udp', port);
  if (owner !== undefined)
    log.warn({ port, ...owner }, 'another program has the dhcp port too and may lose its renewals');
};

/** A socket with what its datagrams mean. */
interface Door extends Omit<Arrival, 'from'> {
  readonly socket: Socket;
}

const doorsOf = (sockets: DhcpSockets, log: DhcpLog): readonly Door[] => {
  const wireOf = (served: ServedInterface, socket: Socket): Wire => ({
    interface: served,
    send: (bytes, { address, port }) => {
      // A lease that was being stored when the service was closed.
      if (sockets.isClosed()) return;
      socket.send(bytes, port, address, (reason) => {
        if (reason !== null) log.notSent({ address, port }, reason);
      });
    },
  });
  const doors: Door[] = [{ socket: sockets.broadcast, door: 'dhcp' }];
  for (const { interface: served, dhcp, pxe } of sockets.wires) {
    doors.push({ socket: dhcp, door: 'dhcp', wire: wireOf(served, dhcp) });
    doors.push({ socket: pxe, door: 'pxe', wire: wireOf(served, pxe) });
  }
  return doors;
};

/** Lets datagrams come to a responder. @returns what waits until all that came is handled */
const connect = (
  sockets: DhcpSockets,
  options: Omit<DhcpResponderOptions, 'wires'>,
): (() => Promise<void>) => {
  const { log } = options;
  const doors = doorsOf(sockets, log);
  const wires = doors.flatMap(({ door, wire }) => (door === 'dhcp' && wire ? [wire] : []));
  const responder = new DhcpResponder({ ...options, wires });
  const running = new Set<Promise<void>>();
  for (const { socket, door, wire } of doors) {
    socket.on('message', (datagram, { address, port }: RemoteInfo) => {
      const handling = responder
        .receive(datagram, { from: { address, port }, door, wire })
        .catch((reason: unknown) => log.failed(reason))
        .finally(() => running.delete(handling));
      running.add(handling);
    });
    socket.on('error', (reason) => log.failed(reason));
  }
  return async () => {
    await Promise.all(running);
  };
};

/**
 * Starts the service. All ports are opened or none.
 *
 * @throws NacreError PXE_PORT_TAKEN, PXE_PORT_DENIED, PXE_LEASES_DAMAGED, CANCELLED
 */
export const startDhcpServer = async (options: DhcpServerOptions): Promise<DhcpServer> => {
  const { interfaces, dhcp, log, signal, now = Date.now } = options;
  const stopIfCancelled = (): void => {
    if (signal?.aborted) throw new NacreError('CANCELLED', { phase: 'starting the DHCP service' });
  };
  stopIfCancelled();
  const wished = { ...DHCP_PORTS, ...options.ports };
  const leases = dhcp === undefined ? undefined : await openLeases(dhcp, now);
  await warnOfNeighbour(log, wished.server);
  stopIfCancelled();
  const sockets = await openDhcpSockets(interfaces, wished);
  const { decide, httpPort, onRequest, ownMac } = options;
  const settled = connect(sockets, {
    ...{ decide, httpPort, onRequest, ownMac, leases, now },
    ports: sockets.ports,
    log: new DhcpLog(log, now),
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    closing ??= sockets.close().then(settled);
    return closing;
  };
  const onAbort = (): void => {
    close().catch((reason: unknown) => log.error({ err: reason }, 'dhcp ports not given back'));
  };
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  return { ports: sockets.ports, close, [Symbol.asyncDispose]: close };
};
