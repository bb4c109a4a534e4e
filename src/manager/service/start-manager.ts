/** A running manager: data base, keys, first user and HTTPS server, put together and taken apart again. */
import os from 'node:os';
import type { S3Settings } from '../../image/s3/s3-address.ts';
import { type ImageStore, openStore as openImageStore } from '../../image/store/store.ts';
import { makeHttpHandler } from '../../job/serving/http-handler.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { AgentDesk } from '../agents/agent-desk.ts';
import { openDesk } from '../agents/open-desk.ts';
import {
  checkBucket,
  findForDevices,
  STORE_PREFIX,
  type StorePlaces,
  shownStorePath,
} from '../agents/store-places.ts';
import { makeEnrolmentRate } from '../devices/enrolment-rate.ts';
import type { Ground } from '../ground.ts';
import { makeApp } from '../http/app.ts';
import { type ConsoleFile, readConsole } from '../http/console-files.ts';
import { Metrics } from '../http/metrics.ts';
import { type ManagerLimits, startManagerServer, type TlsFiles } from '../http/server.ts';
import { LoginLimit } from '../identity/login-limit.ts';
import { makeFirstUser } from '../identity/users.ts';
import { devicesToWake } from '../jobs/devices-to-wake.ts';
import { type Dispatcher, startDispatcher } from '../jobs/dispatcher.ts';
import type { ManagerParts } from '../manager-parts.ts';
import { PolicyBoard } from '../network-boot/policy-board.ts';
import { makeSightingRate } from '../network-boot/sightings.ts';
import { reconcile } from '../rollouts/reconcile.ts';
import type { MoveRow } from '../store/job-lists.ts';
import { openStore, type StorePlace } from '../store/open-store.ts';
import { expireUpdates } from '../updates/expire-updates.ts';
import { UpdateDesk } from '../updates/update-desk.ts';
import { makeUpdateListener, UPDATE_PREFIX } from '../updates/update-listener.ts';
import { AUDIT_FEED, ChangeFeed, MOVE_FEED } from './change-feed.ts';
import {
  lockManagerFolder,
  type ManagerFiles,
  makeManagerFolder,
  managerFiles,
} from './data-folder.ts';
import { makeGauges } from './gauges.ts';
import { type ManagerKeys, openManagerKeys, serverCertificate } from './manager-keys.ts';
import { startPackageWatch } from './package-watch.ts';

/** The certificate is made anew this often, long before it ends, and names and addresses of the machine may have changed. */
const RENEW_MS = 24 * 60 * 60_000;

/** Of an address below the store. */
const MOST_PATH = 512;

export interface StartManagerOptions {
  /** Of this machine's services; the manager has a folder in it. */
  readonly dataFolder: string;
  /** `postgres://…`; without it the data base is a file. */
  readonly databaseUrl?: string | undefined;
  /** 30806 on all addresses by default of the command; port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number };
  readonly release: string;
  /** Folder or address of the store of images; it may come later. */
  readonly imageStore: string;
  readonly storePins?: readonly string[] | undefined;
  /** Server and keys of a store in a bucket. */
  readonly s3?: S3Settings | undefined;
  /** Where the build put the web console. */
  readonly consoleFolder?: string | undefined;
  readonly log: ServiceLog;
  readonly now?: (() => Date) | undefined;
  /** Milliseconds that only rise: what waits and allowances are measured with. */
  readonly elapsedMs?: (() => number) | undefined;
  readonly limits?: Partial<ManagerLimits> | undefined;
  /** As in Ground. */
  readonly passwordCost?: number | undefined;
}

export interface ManagerService extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** `https://NAME:PORT` under which other machines may reach it. */
  readonly url: string;
  /** `sha256:HEX` of its key. */
  readonly pin: string;
  /** Of the user `admin`, when this start made it: nobody can be told it again. */
  readonly firstPassword: string | undefined;
  /** Breaks off what is under way; idempotent. */
  readonly close: () => Promise<void>;
}

/** Names and addresses of this machine, for its certificate. */
const machineNames = () => {
  const addresses = Object.values(os.networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address.replace(/%.*$/, ''));
  return { names: [os.hostname(), 'localhost'], addresses: [...new Set(addresses)] };
};

const placeOf = ({ databaseUrl }: StartManagerOptions, files: ManagerFiles): StorePlace =>
  databaseUrl === undefined
    ? { kind: 'sqlite', file: files.dataBase }
    : { kind: 'postgres', url: databaseUrl };

/** Where other machines may find a server that listens on all addresses. */
const urlOf = (address: string, port: number): string => {
  const isAny = address === '0.0.0.0' || address === '::';
  const host = isAny ? os.hostname() : address;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

interface Opened {
  readonly options: StartManagerOptions;
  readonly files: ManagerFiles;
  readonly ground: Ground;
  readonly keys: ManagerKeys;
  readonly place: StorePlace;
  readonly changes: ChangeFeed;
  readonly consoleFiles: readonly ConsoleFile[];
  readonly policyBoard: PolicyBoard;
  readonly moves: ChangeFeed<MoveRow>;
}

const imagesOf =
  ({ imageStore, storePins, s3, now }: StartManagerOptions) =>
  (): Promise<ImageStore> =>
    openImageStore(imageStore, { storePins, s3, now });

/** The image store by ranges, past the application. */
const makeBulk = (stores: StorePlaces, log: ServiceLog, metrics: Metrics) => ({
  prefix: STORE_PREFIX,
  listener: makeHttpHandler({
    ...{ find: findForDevices(stores), log, mostPathLength: MOST_PATH, shownPath: shownStorePath },
    onRequest: ({ method, status, seconds }) =>
      metrics.countRequest({ method, route: `${STORE_PREFIX}:file`, status }, seconds),
  }),
});

/** What takes its time. */
const lookAtAll = async (ground: Ground): Promise<void> => {
  await expireUpdates(ground);
  await reconcile(ground);
};

/** What terminals send that changed their image, past the application. */
const makeUpdates = (options: StartManagerOptions, parts: ManagerParts) => {
  const { log, metrics, store, now } = parts;
  const desk = new UpdateDesk({ ground: { store, now }, openStore: imagesOf(options), log });
  const onRequest = metrics.countRequest.bind(metrics);
  const onBytes = metrics.countReceived.bind(metrics);
  const listener = makeUpdateListener({ desk, log, onRequest, onBytes });
  return { prefix: UPDATE_PREFIX, listener };
};

const makeDesk = ({ options, ground, keys }: Opened): AgentDesk => {
  const { imageStore, storePins, s3, log, elapsedMs = () => performance.now() } = options;
  const { pin, jobs: jobsPem } = keys;
  return openDesk({ ground, pin, jobsPem, imageStore, storePins, s3, elapsedMs, log });
};

/** Agents that wait are answered when there is something for their device, whichever manager made it. */
const wakeAgents = async ({ ground, waiters, sleepers }: AgentDesk): Promise<void> => {
  for (const device of await devicesToWake(ground, waiters.devices)) waiters.wake(device);
  // What is off is woken by those that still wait.
  for (const device of await sleepers.look(waiters.devices)) waiters.wake(device);
};

const makeParts = (opened: Opened, desk: AgentDesk, dispatcher: Dispatcher): ManagerParts => {
  const { options, files, ground, keys, place, changes, moves, consoleFiles, policyBoard } = opened;
  const { release, log, elapsedMs = () => performance.now() } = options;
  const started = ground.now();
  const gauges = makeGauges({
    ...{ ground, place, release, folder: files.folder },
    startedSeconds: started.getTime() / 1000,
  });
  return {
    ...ground,
    log,
    release,
    changes,
    consoleFiles,
    policyBoard,
    moves,
    desk,
    kickJobs: dispatcher.kick,
    openImages: imagesOf(options),
    metrics: new Metrics(gauges),
    logins: new LoginLimit(elapsedMs),
    checkEnrolmentRate: makeEnrolmentRate(elapsedMs),
    checkSightingRate: makeSightingRate(elapsedMs),
    startedAt: started.toISOString(),
    pin: keys.pin,
  };
};

const startServer = async ({ options, files, keys }: Opened, parts: ManagerParts) => {
  const { listen, log, limits } = options;
  const certificate = (): Promise<TlsFiles> =>
    serverCertificate(keys, machineNames(), files.folder);
  const app = makeApp(parts);
  const server = await startManagerServer({
    ...listen,
    tls: await certificate(),
    app,
    bulk: [makeBulk(parts.desk.stores, log, parts.metrics), makeUpdates(options, parts)],
    log,
    limits,
  });
  const renew = async (): Promise<void> => {
    try {
      server.renew(await certificate());
    } catch (err) {
      // The old one is good for a year; tomorrow is another try.
      log.error({ err }, 'certificate could not be renewed');
    }
  };
  const timer = setInterval(() => void renew(), RENEW_MS);
  timer.unref();
  return { server, stopRenewing: () => clearInterval(timer) };
};

/** Closes in the reverse of the order in which things were opened; all of them, whatever one says. */
const closeAll = async (steps: readonly (() => unknown)[]): Promise<void> => {
  for (const step of steps.toReversed()) await step();
};

/**
 * Starts a manager.
 *
 * @throws NacreError MANAGER_RUNS, MANAGER_DATABASE_…, MANAGER_KEYS_UNUSABLE, MANAGER_PORT_…, STORE_S3_SETTING, TOOL_…; nothing stays open
 */
export const startManager = async (options: StartManagerOptions): Promise<ManagerService> => {
  const { dataFolder, log, now = () => new Date() } = options;
  checkBucket(options);
  const files = managerFiles(dataFolder);
  const place = placeOf(options, files);
  const closing: (() => unknown)[] = [];
  try {
    await makeManagerFolder(files);
    if (place.kind === 'sqlite') {
      const lock = lockManagerFolder(files, now());
      closing.push(() => lock.close());
    }
    const store = await openStore({ place, now, log });
    closing.push(() => store.close());
    const ground: Ground = { store, now, passwordCost: options.passwordCost };
    const keys = await openManagerKeys(ground, files.folder);
    const watch = await startPackageWatch(ground, imagesOf(options), log);
    closing.push(watch.close);
    const changes = new ChangeFeed(ground, AUDIT_FEED, log);
    const moves = new ChangeFeed(ground, MOVE_FEED, log);
    closing.push(
      () => changes.close(),
      () => moves.close(),
    );
    const consoleFiles = await readConsole(options.consoleFolder);
    const elapsedMs = options.elapsedMs ?? (() => performance.now());
    const policyBoard = new PolicyBoard(ground, elapsedMs, log);
    const shared = { changes, moves, consoleFiles, policyBoard };
    const opened: Opened = { options, files, ground, keys, place, ...shared };
    const desk = makeDesk(opened);
    const look = async (): Promise<void> => {
      await wakeAgents(desk);
      await policyBoard.look();
    };
    const dispatcher = await startDispatcher({ ground, log, look, reconcile: lookAtAll });
    closing.push(
      dispatcher.close,
      () => desk.waiters.close(),
      () => policyBoard.close(),
    );
    const parts = makeParts(opened, desk, dispatcher);
    const { server, stopRenewing } = await startServer(opened, parts);
    closing.push(() => server.close(), stopRenewing);
    // Last: a start that failed after it would have told nobody the password.
    const firstPassword = await makeFirstUser(ground);
    const { address, port } = server;
    const [url, pin] = [urlOf(address, port), `sha256:${keys.pin}`];
    log.info({ url, pin, place: store.place }, 'manager ready');
    let closed: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closed ??= closeAll(closing);
      return closed;
    };
    return { address, port, url, pin, firstPassword, close, [Symbol.asyncDispose]: close };
  } catch (reason) {
    await closeAll(closing);
    throw reason;
  }
};
