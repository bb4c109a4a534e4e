/** A manager and a network boot service that takes its policy from there, both real, on the loopback address. */
import { createSocket } from 'node:dgram';
import path from 'node:path';
import pino from 'pino';
import { makeManagerLink } from '../../src/cli/pxe/manager-link.ts';
import { openStore } from '../../src/image/store/store.ts';
import type { BridgeTrust, ManagerLink } from '../../src/pxe/bridge/manager-link.ts';
import { type PxeService, startPxeService } from '../../src/pxe/service/pxe-service.ts';
import { discoverOf } from './dhcp-clients.ts';
import { publishLetters } from './hand-made-image.ts';
import { askAt, bearer, type ManagerLab, openManagerLab, tokenOf } from './manager-lab.ts';
import { helloOf, postTo, type Reply } from './merlin-lab.ts';
import { makeNetworkBootFiles } from './network-boot-files.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';

export const FLASH_BYTES = 1024 * 2 ** 20;
/** A disk that fits the image of the lab. */
export const FLASH = {
  ...{ path: '/dev/sda', model: 'FLASH', serial: 'F-1', sizeBytes: FLASH_BYTES },
  ...{ sectorSize: 512 as const, isRemovable: false },
};

export interface BridgeLab {
  readonly manager: ManagerLab;
  readonly folder: string;
  /** Lines of the service. */
  readonly lines: readonly string[];
  /** The manager ends; `wake` starts it again on the same port. */
  readonly sleep: () => Promise<void>;
  readonly wake: () => Promise<void>;
  /** Starts the service, or starts it again. */
  readonly serve: (trust?: BridgeTrust) => Promise<PxeService>;
  /** A device asks for an address. */
  readonly discover: (mac: string) => Promise<void>;
  /** Merlin of a device asks what to do; another part of its protocol with a ticket. */
  readonly hello: (mac: string) => Promise<Reply>;
  readonly say: (order: string, step: string, body: unknown, ticket: string) => Promise<Reply>;
  /** As an administrator. */
  readonly ask: (method: string, where: string, body?: unknown) => Promise<Record<string, unknown>>;
  /** Of an administrator. */
  readonly adminToken: string;
}

/** Each question is a connection with keys of its own. */
const AGAIN_MS = 50;

/** Asks until an answer is as wanted: what two programs tell each other takes its time. */
export const until = async <Found>(
  look: () => Promise<Found>,
  isWanted: (found: Found) => boolean,
): Promise<Found> => {
  for (;;) {
    const found = await look();
    if (isWanted(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
};

const lineStream = (lines: string[]) => ({
  write: (line: string) => {
    lines.push(line);
  },
});

/** Both with one image, `lab-pc`, that is Autogenic Capable. */
export const openBridgeLab = async (t: Owner): Promise<BridgeLab> => {
  const folder = await temporaryFolder(t);
  const storeFolder = path.join(folder, 'store');
  const store = await openStore(storeFolder, { create: true });
  await publishLetters(store, 'lab-pc', 'abcd');
  await makeNetworkBootFiles(path.join(folder, 'boot'));
  const manager = await openManagerLab(t, { dataFolder: folder, passwordCost: 10 });
  const { port, pin, firstPassword = '' } = manager.service;
  await manager.admin('PATCH', '/api/v1/packages/lab-pc', { body: { isAutogenic: true } });
  const { ask: bare } = manager;
  const adminToken = await tokenOf(bare, 'admin', firstPassword);
  const admin = askAt(port, bearer(adminToken));
  const token = await tokenOf(bare, 'admin', firstPassword, ['network-boot:write']);
  const address = { server: `https://127.0.0.1:${port}`, pin: pin.replace('sha256:', '') };
  const link: ManagerLink = makeManagerLink(address, token);
  const lines: string[] = [];
  const log = pino({ level: 'info', base: null }, lineStream(lines));
  let service: PxeService | undefined;
  let running = manager.service;
  t.teardown(() => service?.close());
  const https = (): number => service?.ports.https ?? 0;
  return {
    ...{ manager, folder, lines, adminToken },
    sleep: () => running.close(),
    wake: async () => {
      const listen = { address: '127.0.0.1', port };
      running = (await openManagerLab(t, { dataFolder: folder, listen })).service;
    },
    serve: async (trust = { kind: 'unsigned' }) => {
      await service?.close();
      service = await startPxeService({
        interfaces: [{ name: 'lo', address: '127.0.0.1', prefix: 8 }],
        policySource: { kind: 'manager', link, trust, everyMs: 20 },
        bootFolder: path.join(folder, 'boot'),
        ...{ storeFolder, dataFolder: folder, log, look: async () => [] },
        ports: { dhcp: { server: 0, client: 9, pxe: 0 }, tftp: 0, http: 0, https: https() },
      });
      return service;
    },
    discover: async (mac) => {
      const socket = createSocket('udp4');
      const to = service?.ports.dhcp.server ?? 0;
      await new Promise<void>((resolve, reject) => {
        socket.send(discoverOf.ipxeRom(mac), to, '127.0.0.1', (reason) =>
          reason === null ? resolve() : reject(reason),
        );
      });
      socket.close();
    },
    hello: (mac) => postTo(https(), '/merlin/v1/start', helloOf({ macs: [mac], disks: [FLASH] })),
    say: (order, step, body, ticket) =>
      postTo(https(), `/merlin/v1/orders/${order}/${step}`, body, {
        authorization: `Bearer ${ticket}`,
      }),
    ask: async (method, where, body) =>
      (await admin(method, `/api/v1${where}`, body === undefined ? {} : { body })).json,
  };
};
