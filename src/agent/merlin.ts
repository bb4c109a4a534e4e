/**
 * Merlin's main program: what runs in `initrd.pxe` once PID 1 has found its disk. It says what it found, does what the server
 * has for this machine, and makes the OS whole where the decision block or an administrator wants it.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspectDisk, listDisks } from '../disk/device.ts';
import { thisMachine } from '../disk/machine.ts';
import { isNacreError, type NacreError } from '../errors.ts';
import type { ImageChosen } from '../image/backup/restore-backup.ts';
import type { OnProgress } from '../image/operation.ts';
import type { Answer } from '../job/merlin-protocol.ts';
import type { Hardware } from './hardware.ts';
import type { Lease } from './network/lease.ts';
import type { NetworkOrderReport } from './order/network-order.ts';
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
  /** Started from a server that had nothing to do, and nothing to repair either. */
  readonly isIdle: boolean;
  readonly exit: MerlinExit;
}

/** GRUB found no OS, or one that never reported: the block may still say "os". */
const OS_FAILED: ReadonlySet<string> = new Set(['os-failed', 'os-missing']);

/** True when the OS is to be made anew from the backup partition. */
export const wantsRepair = ({ bootAgent, block, why, menu, wish }: StartFacts): boolean => {
  if (bootAgent === '' || block === undefined) return false;
  // Whoever is at the menu says what is done, and only with the password.
  if (why === 'menu') return menu === 'admin' && wish === 'repair';
  return block.mode === 'merlin' || block.isDirty || OS_FAILED.has(why);
};

/** True when somebody with the password asked what the machine is made of. */
const wantsHardware = ({ why, menu, wish }: StartFacts): boolean =>
  why === 'menu' && menu === 'admin' && wish === 'info';

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
export const asksServer = ({ server, why }: StartFacts): boolean =>
  server !== '' && (why === 'network' || why === 'medium');

/** What Merlin's own system has (pxe/hooks): Busybox, where name servers are told, and the Node part of an initrd.pxe. */
const BUSYBOX = '/n/bin/busybox';
const RESOLVER = '/etc/resolv.conf';
const NODE_PART = '/node.img';

/** What the server has for this machine. @throws NacreError those of `startNetwork` and `runNetworkOrder` */
const followServer = async (
  { server, pin, block }: StartFacts,
  { onLease, onAnswer, signal, onProgress }: MerlinOptions,
): Promise<NetworkOrderReport> => {
  const [{ readNetworkCards }, { startNetwork }, { runNetworkOrder }, { imagingDisks }] =
    await Promise.all([
      import('./network/cards.ts'),
      import('./network/network.ts'),
      import('./order/network-order.ts'),
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
  return await runNetworkOrder({
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
  if (!wantsHardware(facts)) return undefined;
  const { readHardware } = await import('./hardware.ts');
  return await readHardware();
};

/** One start of Merlin. @throws NacreError those of `repairDisk`, `startNetwork` and `runNetworkOrder` */
export const runMerlin = async (options: MerlinOptions): Promise<MerlinResult> => {
  const { handover, end, onFacts, onImage, signal, onProgress } = options;
  const facts = await gatherStartFacts(handover);
  onFacts?.(facts);
  const exit = end === 'power-off' ? MERLIN_EXIT.powerOff : MERLIN_EXIT.restart;
  const hardware = await hardwareOf(facts);
  const order = asksServer(facts) ? await orderOrRepair(facts, options) : undefined;
  if (order !== undefined || !wantsRepair(facts)) {
    const isIdle = order === undefined && asksServer(facts);
    return { facts, order, repair: undefined, hardware, isIdle, exit };
  }
  const path = await diskOf(handover.bootAgent);
  const { repairDisk } = await import('./repair.ts');
  const repair = await repairDisk({
    path,
    machine: await thisMachine(),
    onImage,
    signal,
    onProgress,
  });
  return { facts, order, repair, hardware, isIdle: false, exit };
};
