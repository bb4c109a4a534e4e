/**
 * Merlin's main program: what runs in `initrd.pxe` once PID 1 has found its disk. It says what it found, does what the server
 * has for this machine, and makes the OS whole where the decision block or an administrator wants it.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspectDisk, listDisks } from '../disk/device.ts';
import { thisMachine } from '../disk/machine.ts';
import { isNacreError, NacreError } from '../errors.ts';
import type { ImageChosen } from '../image/backup/restore-backup.ts';
import type { OnProgress } from '../image/operation.ts';
import type { Answer } from '../job/merlin-protocol.ts';
import type { Hardware } from './hardware.ts';
import { isLocked, isWanted, menuWish } from './menu-wish.ts';
import type { Lease } from './network/lease.ts';
import type { MenuShutReason, MenuVisit, MenuVisitOptions } from './order/menu-visit.ts';
import type { NetworkOrderOptions, NetworkOrderReport } from './order/network-order.ts';
import type { RepairReport } from './repair.ts';
import { gatherStartFacts, type Handover, type StartFacts } from './start-facts.ts';

/** How PID 1 goes on (pxe/init/start.h). */
export const MERLIN_EXIT = { restart: 0, powerOff: 10, failed: 11 } as const;
export type MerlinExit = (typeof MERLIN_EXIT)[keyof typeof MERLIN_EXIT];

export interface MerlinOptions {
  readonly handover: Handover;
  /** `power-off` ends the machine instead of starting it again. */
  readonly end: 'restart' | 'power-off';
  /** Told before the work begins. */
  readonly onFacts?: ((facts: StartFacts) => void) | undefined;
  /** Told which image goes onto the disk, before anything of it does. */
  readonly onImage?: ((image: ImageChosen) => void) | undefined;
  /** Told of the address that this machine got. */
  readonly onLease?: ((lease: Lease) => void) | undefined;
  /** Told what the server wants. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
  /** Told when the server could not help, and this machine repairs itself instead. */
  readonly onOffline?: ((reason: NacreError) => void) | undefined;
  /** Has the administrator's password typed; without it nobody is at the screen. */
  readonly askPassword?: MenuVisitOptions['askPassword'] | undefined;
  /** Told that the server does not look at a password for some seconds. */
  readonly onLater?: MenuVisitOptions['onLater'];
  /** 32 hex digits that nobody can guess; one for this start. */
  readonly random?: (() => string) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface MerlinResult {
  readonly facts: StartFacts;
  /** Undefined when no server had an order. */
  readonly order: NetworkOrderReport;
  /** Undefined when there was nothing to repair. */
  readonly repair: RepairReport | undefined;
  /** Only where somebody at the menu asked for it. */
  readonly hardware: Hardware | undefined;
  /** Why the administrator's menu stayed shut; nothing was done then. */
  readonly shut: MenuShutReason | undefined;
  /** The administrator wants a shell, and the server allows one. */
  readonly wantsShell: boolean;
  /** Started from a server that had nothing to do, and nothing to repair either. */
  readonly isIdle: boolean;
  readonly exit: MerlinExit;
}

/** GRUB found no OS, or one that never reported: the block may still say "os". */
const OS_FAILED: ReadonlySet<string> = new Set(['os-failed', 'os-missing']);

/** True when the OS is to be made anew from the backup partition. */
export const wantsRepair = (facts: StartFacts): boolean => {
  const { bootAgent, block, why, menu } = facts;
  if (isWanted(facts, 'repair')) return true;
  // Whoever is at the menu says what is done, and only with the password.
  const isByHand =
    why === 'menu' || isLocked(facts) || (menu === 'admin' && !isWanted(facts, 'merlin'));
  if (isByHand || bootAgent === '' || block === undefined) return false;
  return block.mode === 'merlin' || block.isDirty || OS_FAILED.has(why);
};

/** The server was not reached, or has nothing to say that can be used: nothing was begun. */
const OFFLINE: ReadonlySet<string> = new Set([
  'MERLIN_NO_NETWORK',
  'MERLIN_SERVER_ANSWER',
  'MERLIN_SERVER_REFUSED',
  'STORE_WEB_CERTIFICATE',
  'STORE_WEB_PIN',
  'STORE_WEB_UNREACHABLE',
]);

/** True when a server is to be asked. A start from the disk has its work already. */
export const asksServer = (facts: StartFacts): boolean => {
  const { server, why, menu } = facts;
  if (menu === 'admin' && !isWanted(facts, 'merlin')) return false;
  return server !== '' && (why === 'network' || why === 'medium');
};

/** What Merlin's own system has (pxe/hooks): Busybox, where name servers are told, and the Node part of an initrd.pxe. */
const BUSYBOX = '/n/bin/busybox';
const RESOLVER = '/etc/resolv.conf';
const NODE_PART = '/node.img';

/** Does something that needs the network and the server of this start. @throws NacreError those of `startNetwork` and of the work */
const withServer = async <Result>(
  { server, pin, block }: StartFacts,
  { onLease, onAnswer, signal, onProgress }: MerlinOptions,
  work: (options: NetworkOrderOptions) => Promise<Result>,
): Promise<Result> => {
  const [{ readNetworkCards }, { startNetwork }, { imagingDisks }] = await Promise.all([
    import('./network/cards.ts'),
    import('./network/network.ts'),
    import('./order/target-disk.ts'),
  ]);
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-network-'));
  await using _network = await startNetwork({
    busybox: BUSYBOX,
    folder,
    resolver: RESOLVER,
    signal,
    onLease,
  });
  return await work({
    url: server,
    pin,
    cards: await readNetworkCards(),
    disks: imagingDisks(await listDisks()),
    block,
    nodePart: NODE_PART,
    onAnswer,
    signal,
    onProgress,
  });
};

/** What the server has for this machine. @throws NacreError those of `startNetwork` and `runNetworkOrder` */
const followServer = async (
  facts: StartFacts,
  options: MerlinOptions,
): Promise<NetworkOrderReport> => {
  const { runNetworkOrder } = await import('./order/network-order.ts');
  return await withServer(facts, options, runNetworkOrder);
};

/** Nobody can be asked, or nobody could say whether he is right. */
const cannotAsk = ({ server, pin }: StartFacts, { askPassword }: MerlinOptions): boolean =>
  server === '' || pin === '' || askPassword === undefined;

/** Somebody at a menu whose loader could not check his password. @throws NacreError those of `startNetwork` and `runMenuVisit` */
const visitMenu = async (facts: StartFacts, options: MerlinOptions): Promise<MenuVisit> => {
  const { askPassword, onLater, random } = options;
  if (cannotAsk(facts, options) || askPassword === undefined || random === undefined)
    return { outcome: 'shut', reason: 'no-server' };
  const { runMenuVisit } = await import('./order/menu-visit.ts');
  const visitor = { wish: menuWish(facts), visit: random(), askPassword, onLater };
  return await withServer(facts, options, (order) => runMenuVisit({ ...order, ...visitor }));
};

/** A network that is not there must not keep a machine from repairing itself. */
const orderOrRepair = async (
  facts: StartFacts,
  options: MerlinOptions,
): Promise<NetworkOrderReport> => {
  try {
    return await followServer(facts, options);
  } catch (reason) {
    const isBegun = isNacreError(reason) && !OFFLINE.has(reason.code);
    if (isBegun || !isNacreError(reason) || !wantsRepair(facts)) throw reason;
    options.onOffline?.(reason);
    return undefined;
  }
};

/** The whole disk of a partition's node; an image file is one itself. */
const diskOf = async (path: string): Promise<string> => (await inspectDisk(path)).diskPath ?? path;

/** Loaded when it is wanted: a person reads what was found while Node takes in the rest. */
const hardwareOf = async (facts: StartFacts): Promise<Hardware | undefined> => {
  if (!isWanted(facts, 'info')) return undefined;
  const { readHardware } = await import('./hardware.ts');
  return await readHardware();
};

const repairOf = async (
  { bootAgent }: StartFacts,
  { onImage, signal, onProgress }: MerlinOptions,
): Promise<RepairReport> => {
  // Where nobody asked for it there is a partition.
  if (bootAgent === '') throw new NacreError('MERLIN_NOTHING_TO_REPAIR', {});
  const { repairDisk } = await import('./repair.ts');
  return await repairDisk({
    path: await diskOf(bootAgent),
    machine: await thisMachine(),
    onImage,
    signal,
    onProgress,
  });
};

type Work = Omit<MerlinResult, 'facts' | 'exit'>;

const NOTHING: Work = {
  ...{ order: undefined, repair: undefined, hardware: undefined, shut: undefined },
  ...{ wantsShell: false, isIdle: false },
};

/** What a start does of itself, or for somebody who proved that he is the administrator. */
const workOf = async (facts: StartFacts, options: MerlinOptions): Promise<Work> => {
  const hardware = await hardwareOf(facts);
  const order = asksServer(facts) ? await orderOrRepair(facts, options) : undefined;
  if (order !== undefined) return { ...NOTHING, order };
  if (wantsRepair(facts)) return { ...NOTHING, repair: await repairOf(facts, options) };
  return { ...NOTHING, hardware, isIdle: asksServer(facts) };
};

/** A menu that nobody could check at: first the password, then what he wants. */
const unlockedWork = async (facts: StartFacts, options: MerlinOptions): Promise<Work> => {
  const visit = await visitMenu(facts, options);
  if (visit.outcome === 'shut') return { ...NOTHING, shut: visit.reason };
  if (visit.outcome === 'imaged') return { ...NOTHING, order: visit.report };
  // Only a server says that there may be one, never a command line.
  if (menuWish(facts) === 'shell') return { ...NOTHING, wantsShell: true };
  return await workOf({ ...facts, menu: 'admin' }, options);
};

/** One start of Merlin. @throws NacreError those of `repairDisk`, `startNetwork`, `runNetworkOrder` and `runMenuVisit` */
export const runMerlin = async (options: MerlinOptions): Promise<MerlinResult> => {
  const { handover, end, onFacts } = options;
  const facts = await gatherStartFacts(handover);
  onFacts?.(facts);
  const exit = end === 'power-off' ? MERLIN_EXIT.powerOff : MERLIN_EXIT.restart;
  const work = isLocked(facts) ? unlockedWork : workOf;
  return { ...(await work(facts, options)), facts, exit };
};
