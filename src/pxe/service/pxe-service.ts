/** Network boot as one service: DHCP, TFTP, HTTP and Merlin's HTTPS over one policy, one set of boot files, one memory. */
import type { Logger } from 'pino';
import { NacreError } from '../../errors.ts';
import { storeInFolder } from '../../job/serving/store-content.ts';
import type { DhcpPorts } from '../dhcp/dhcp-answer.ts';
import { type DhcpServer, startDhcpServer } from '../dhcp/dhcp-server.ts';
import type { LeaseRange } from '../dhcp/lease-range.ts';
import { type BootLookup, makeBootLookup, type ServerOf } from '../files/boot-lookup.ts';
import { startBootHttp } from '../http/boot-http.ts';
import type { ServedInterface } from '../interfaces.ts';
import { startMerlinServer } from '../merlin/merlin-server.ts';
import { decideAnswer } from '../policy/boot-answer.ts';
import { isOffer } from '../policy/device-plan.ts';
import { checkNetwork } from '../preflight.ts';
import { startTftpServer } from '../tftp/tftp-server.ts';
import { NetworkWatch } from './network-watch.ts';
import { OwnServers } from './own-servers.ts';
import { Parts } from './parts.ts';
import { type PolicySource, sourceName } from './policy-source.ts';
import { openGround, type ServiceGround } from './service-ground.ts';
import { servicePaths } from './service-paths.ts';
import { holdServiceRecord } from './service-record.ts';

/** Ports outside of tests; those of DHCP are DHCP_PORTS. */
export const SERVICE_PORTS = { tftp: 69, http: 30_880, https: 30_806 } as const;

export interface PxeServiceOptions {
  /** At least one. */
  readonly interfaces: readonly ServedInterface[];
  readonly policySource: PolicySource;
  readonly bootFolder: string;
  /** Folder of the image store; one that does not exist yet is served when it does. */
  readonly storeFolder: string;
  readonly dataFolder: string;
  /** Addresses to give where no other server gives any; as it was written, for `pxe status`. */
  readonly range?: { readonly range: LeaseRange; readonly text: string } | undefined;
  readonly ports?: Partial<ServicePorts> | undefined;
  readonly log: Logger;
  /** Ends what has begun while the service starts; afterwards `close` is for that. */
  readonly signal?: AbortSignal | undefined;
  /** Looks for other servers when all is open; `checkNetwork` by default. */
  readonly look?: typeof checkNetwork | undefined;
}

export interface ServicePorts {
  readonly dhcp: Partial<DhcpPorts>;
  readonly tftp: number;
  readonly http: number;
  readonly https: number;
}

/** The running service. */
export interface PxeService extends AsyncDisposable {
  readonly ports: ServicePorts;
  /** By which Merlin knows the server. */
  readonly pin: string;
  /** Ends all parts in order, and stores what was seen. */
  readonly close: () => Promise<void>;
}

/** What the parts share. */
interface Shared {
  readonly options: PxeServiceOptions;
  readonly parts: Parts;
  readonly ground: ServiceGround;
  readonly servers: OwnServers;
}

const lookupFor = ({ ground }: Shared, serverOf: ServerOf): BootLookup => {
  const { policy, files, orders, seen, offers } = ground;
  return makeBootLookup({
    ...{ policy, files, serverOf },
    stateOf: orders.stateOf,
    uuidOf: seen.uuidOf,
    onOffer: offers.note,
  });
};

/** Merlin's own port first: scripts and files name it. */
const startHttps = async ({ options, parts, ground, servers }: Shared): Promise<void> => {
  const { log, ports } = options;
  for (const { address } of options.interfaces) {
    const started = await startMerlinServer({
      ...{ address, log, key: ground.key, desk: ground.desk },
      ...{ uploads: ground.uploads, menuDesk: ground.menuDesk },
      port: servers.httpsPort ?? ports?.https ?? SERVICE_PORTS.https,
      serverAt: (localAddress) => servers.at(localAddress),
    });
    servers.httpsPort = parts.own(started).port;
  }
};

const startHttp = async (shared: Shared): Promise<void> => {
  const { options, parts, ground, servers } = shared;
  const { log, ports } = options;
  const { files, scripts } = lookupFor(shared, (ends) => servers.for(ends));
  const store = storeInFolder(options.storeFolder);
  const onRequest = ground.seen.httpRequest;
  for (const { address } of options.interfaces) {
    const port = servers.httpPort ?? ports?.http ?? SERVICE_PORTS.http;
    const service = { address, port, files, scripts, store, log, onRequest };
    servers.httpPort = parts.own(await startBootHttp(service)).port;
  }
};

const startTftp = async (shared: Shared): Promise<number> => {
  const { options, parts, ground, servers } = shared;
  let port = options.ports?.tftp ?? SERVICE_PORTS.tftp;
  for (const { address } of options.interfaces) {
    // Its own address is what the clients of this socket have reached.
    const { tftp: files } = lookupFor(shared, () => servers.at(address));
    const onTransfer = ground.seen.tftpTransfer;
    const server = await startTftpServer({ address, port, files, log: options.log, onTransfer });
    ({ port } = parts.own(server));
  }
  return port;
};

const startDhcp = async ({ options, parts, ground, servers }: Shared): Promise<DhcpServer> => {
  const { interfaces, range, dataFolder, ports, log, signal } = options;
  const { policy, orders, seen, offers, ownMac } = ground;
  const server = await startDhcpServer({
    ...{ interfaces, log, signal, ownMac },
    httpPort: servers.httpPort ?? SERVICE_PORTS.http,
    decide: (client, isDhcpServer) => {
      const answer = decideAnswer(policy(), orders.stateOf, { isDhcpServer })(client);
      if (answer.kind === 'file' && isOffer(answer)) offers.note(client);
      return answer;
    },
    ports: ports?.dhcp,
    dhcp: range && { range: range.range, file: servicePaths(dataFolder).leases },
    onRequest: seen.dhcpRequest,
  });
  return parts.own(server);
};

const holdRecord = (options: PxeServiceOptions, pin: string) => {
  const { interfaces, policySource, bootFolder, storeFolder, dataFolder, range, ports } = options;
  return holdServiceRecord(servicePaths(dataFolder).record, {
    startedAt: new Date().toISOString(),
    interfaces: interfaces.map(({ name, address }) => ({ name, address })),
    ...{ policy: sourceName(policySource), isManaged: policySource.kind === 'manager' },
    ...{ boot: bootFolder, store: storeFolder, range: range?.text ?? null },
    httpPort: ports?.http ?? SERVICE_PORTS.http,
    httpsPort: ports?.https ?? SERVICE_PORTS.https,
    pin,
  });
};

const startParts = async (options: PxeServiceOptions, parts: Parts): Promise<PxeService> => {
  const { interfaces, policySource, range, log } = options;
  const ground = await openGround(options, parts, (pin) => holdRecord(options, pin));
  const { pin } = ground.key;
  const servers = new OwnServers(interfaces, pin);
  const shared = { options, parts, ground, servers };
  // What is answered last is what makes devices ask for the others.
  await startHttps(shared);
  await startHttp(shared);
  const tftp = await startTftp(shared);
  const dhcp = await startDhcp(shared);
  const look = options.look ?? checkNetwork;
  const { ownMac: mac } = ground;
  const toLook = (signal: AbortSignal) => look({ interfaces, range: range?.range, mac, signal });
  parts.own(new NetworkWatch(toLook, log));
  const places = interfaces.map(({ name, address }) => `${name} ${address}`).join(', ');
  const addresses = range?.text ?? 'of another server';
  log.info(
    { interfaces: places, addresses, policy: sourceName(policySource), pin },
    'network boot ready',
  );
  const { httpPort = SERVICE_PORTS.http, httpsPort = SERVICE_PORTS.https } = servers;
  const ports = { dhcp: dhcp.ports, tftp, http: httpPort, https: httpsPort };
  const close = (): Promise<void> => parts.close();
  return { ports, pin, close, [Symbol.asyncDispose]: close };
};

/**
 * Starts all parts, or none: what was opened is closed when one fails.
 *
 * @throws NacreError PXE_SERVICE_RUNS, PXE_POLICY_UNREADABLE, PXE_POLICY_INVALID, BOOT_FILES_MISSING, BOOT_FILES_DAMAGED,
 *   PXE_PORT_TAKEN and PXE_PORT_DENIED with protocol and port, PXE_LEASES_DAMAGED, PXE_KEY_UNUSABLE, CANCELLED
 */
export const startPxeService = async (options: PxeServiceOptions): Promise<PxeService> => {
  const parts = new Parts();
  try {
    const service = await startParts(options, parts);
    if (options.signal?.aborted)
      throw new NacreError('CANCELLED', { phase: 'starting the service' });
    return service;
  } catch (reason) {
    await parts.close();
    throw reason;
  }
};
