/** Network boot as one service: DHCP, TFTP and HTTP over one policy, one set of boot files, and one memory of what was seen. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { NacreError } from '../../errors.ts';
import type { DhcpPorts } from '../dhcp/dhcp-answer.ts';
import { type DhcpServer, startDhcpServer } from '../dhcp/dhcp-server.ts';
import type { LeaseRange } from '../dhcp/lease-range.ts';
import { makeProbeMac } from '../dhcp/rival-probe.ts';
import { watchBootFileSet } from '../files/boot-file-set.ts';
import { type BootLookupOptions, makeBootLookup } from '../files/boot-lookup.ts';
import { type BootServer, filesUrl } from '../files/boot-server.ts';
import { type BootHttp, startBootHttp } from '../http/boot-http.ts';
import { storeInFolder } from '../http/store-content.ts';
import type { ServedInterface } from '../interfaces.ts';
import { decideAnswer } from '../policy/boot-answer.ts';
import { openOrderFiles } from '../policy/order-record.ts';
import { Orders } from '../policy/orders.ts';
import { findDevice } from '../policy/policy.ts';
import { watchPolicy } from '../policy/policy-file.ts';
import { checkNetwork } from '../preflight.ts';
import { startTftpServer } from '../tftp/tftp-server.ts';
import { NetworkWatch } from './network-watch.ts';
import { ownAddressFor } from './own-addresses.ts';
import { Parts } from './parts.ts';
import { type Seen, watchDevices } from './seen.ts';
import { servicePaths } from './service-paths.ts';
import { holdServiceRecord } from './service-record.ts';

/** Ports outside of tests. */
export const SERVICE_PORTS = { tftp: 69, http: 30880 } as const;

export interface PxeServiceOptions {
  /** At least one. */
  readonly interfaces: readonly ServedInterface[];
  readonly policyFile: string;
  readonly bootFolder: string;
  /** Folder of the image store; one that does not exist yet is served when it does. */
  readonly storeFolder: string;
  readonly dataFolder: string;
  /** Addresses to give where no other server gives any; as it was written, for `pxe status`. */
  readonly range?: { readonly range: LeaseRange; readonly text: string } | undefined;
  readonly ports?:
    | {
        readonly dhcp?: Partial<DhcpPorts>;
        readonly tftp?: number;
        readonly http?: number;
      }
    | undefined;
  readonly log: Logger;
  /** Ends what has begun while the service starts; afterwards `close` is for that. */
  readonly signal?: AbortSignal | undefined;
  /** Looks for other servers when all is open; `checkNetwork` by default. */
  readonly look?: typeof checkNetwork | undefined;
}

/** The running service. */
export interface PxeService extends AsyncDisposable {
  readonly ports: { readonly dhcp: DhcpPorts; readonly tftp: number; readonly http: number };
  /** Ends all parts in order, and stores what was seen. */
  readonly close: () => Promise<void>;
}

/** What the parts share. */
interface Common extends Pick<BootLookupOptions, 'policy' | 'files' | 'stateOf'> {
  readonly options: PxeServiceOptions;
  readonly parts: Parts;
  readonly seen: Seen;
  readonly ownMac: string;
}

const openCommon = async (options: PxeServiceOptions, parts: Parts): Promise<Common> => {
  const { policyFile, bootFolder, dataFolder, log } = options;
  const paths = servicePaths(dataFolder);
  const policyWatch = parts.own(await watchPolicy({ file: policyFile, log }));
  const fileWatch = parts.own(await watchBootFileSet({ folder: bootFolder, log }));
  const files = await openOrderFiles(paths.orders);
  const orders = await Orders.open({ files, now: () => new Date(), random: randomBytes });
  for (const { device, path, reason } of orders.damaged)
    log.warn({ device, path, reason }, 'order cannot be read, its device starts its disk');
  const isKnown: Seen['isKnown'] = (identity) =>
    findDevice(policyWatch.current(), identity) !== undefined;
  const seen = parts.own(await watchDevices({ path: paths.sightings, isKnown, log }));
  return {
    ...{ options, parts, seen },
    policy: policyWatch.current,
    files: fileWatch.current,
    stateOf: orders.stateOf,
    ownMac: makeProbeMac(),
  };
};

const startHttp = async (common: Common): Promise<readonly BootHttp[]> => {
  const { options, parts, seen } = common;
  const { interfaces, ports, storeFolder, log } = options;
  const started: BootHttp[] = [];
  for (const { address } of interfaces) {
    const port = started[0]?.port ?? ports?.http ?? SERVICE_PORTS.http;
    const { files, scripts } = makeBootLookup({
      ...common,
      serverOf: (ends) =>
        serverAt(ownAddressFor(interfaces, ends), ends.localPort ?? started[0]?.port ?? port),
      uuidOf: seen.uuidOf,
    });
    const store = storeInFolder(storeFolder);
    const onRequest = seen.httpRequest;
    started.push(
      parts.own(await startBootHttp({ address, port, files, scripts, store, log, onRequest })),
    );
  }
  return started;
};

const serverAt = (address: string, httpPort: number): BootServer => {
  const server = { address, httpPort, pin: undefined };
  return { ...server, merlin: filesUrl({ ...server, merlin: '' }) };
};

const startTftp = async (common: Common, httpPort: number): Promise<number> => {
  const { options, parts, seen } = common;
  let port = options.ports?.tftp ?? SERVICE_PORTS.tftp;
  for (const { address } of options.interfaces) {
    // Its own address is what the clients of this socket have reached.
    const serverOf = (): BootServer => serverAt(address, httpPort);
    const { tftp: files } = makeBootLookup({ ...common, serverOf, uuidOf: seen.uuidOf });
    const { log } = options;
    const server = await startTftpServer({
      ...{ address, port, files, log },
      onTransfer: seen.tftpTransfer,
    });
    ({ port } = parts.own(server));
  }
  return port;
};

const startDhcp = async (common: Common, httpPort: number): Promise<DhcpServer> => {
  const { options, parts, seen, policy, stateOf, ownMac } = common;
  const { interfaces, range, dataFolder, ports, log, signal } = options;
  const isDhcpServer = range !== undefined;
  const server = await startDhcpServer({
    ...{ interfaces, httpPort, log, signal, ownMac },
    decide: (client) => decideAnswer(policy(), stateOf, { isDhcpServer })(client),
    ports: ports?.dhcp,
    dhcp: range && { range: range.range, file: servicePaths(dataFolder).leases },
    onRequest: seen.dhcpRequest,
  });
  return parts.own(server);
};

const startParts = async (options: PxeServiceOptions, parts: Parts): Promise<PxeService> => {
  const { interfaces, policyFile, bootFolder, storeFolder, dataFolder, range, log } = options;
  const record = servicePaths(dataFolder).record;
  const facts = {
    startedAt: new Date().toISOString(),
    interfaces: interfaces.map(({ name, address }) => ({ name, address })),
    ...{ policy: policyFile, boot: bootFolder, store: storeFolder, range: range?.text ?? null },
  };
  // First of all: it keeps a second service away from the orders.
  const httpWish = options.ports?.http ?? SERVICE_PORTS.http;
  parts.own(await holdServiceRecord(record, { ...facts, httpPort: httpWish }));
  const common = await openCommon(options, parts);
  // What is answered last is what makes devices ask for the others.
  const http = await startHttp(common);
  const httpPort = http[0]?.port ?? httpWish;
  const tftp = await startTftp(common, httpPort);
  const dhcp = await startDhcp(common, httpPort);
  const look = options.look ?? checkNetwork;
  parts.own(
    new NetworkWatch(
      (signal) => look({ interfaces, range: range?.range, mac: common.ownMac, signal }),
      log,
    ),
  );
  const places = interfaces.map(({ name, address }) => `${name} ${address}`).join(', ');
  const addresses = range?.text ?? 'of another server';
  log.info({ interfaces: places, addresses, policy: policyFile }, 'network boot ready');
  const ports = { dhcp: dhcp.ports, tftp, http: httpPort };
  const close = (): Promise<void> => parts.close();
  return { ports, close, [Symbol.asyncDispose]: close };
};

/**
 * Starts all parts, or none: what was opened is closed when one fails.
 *
 * @throws NacreError PXE_SERVICE_RUNS, PXE_POLICY_UNREADABLE, PXE_POLICY_INVALID, BOOT_FILES_MISSING, BOOT_FILES_DAMAGED,
 *   PXE_PORT_TAKEN and PXE_PORT_DENIED with protocol and port, PXE_LEASES_DAMAGED, CANCELLED
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
