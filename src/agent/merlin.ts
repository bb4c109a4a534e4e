/**
 * Merlin's main program: what runs in `initrd.pxe` once PID 1 has found its disk. It says what it found, and makes the OS
 * whole where the decision block or an administrator wants it.
 */
import { inspectDisk } from '../disk/device.ts';
import { thisMachine } from '../disk/machine.ts';
import type { ImageChosen } from '../image/backup/restore-backup.ts';
import type { OnProgress } from '../image/operation.ts';
import type { Hardware } from './hardware.ts';
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
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface MerlinResult {
  readonly facts: StartFacts;
  /** Undefined when there was nothing to repair. */
  readonly repair: RepairReport | undefined;
  /** Only where somebody at the menu asked for it. */
  readonly hardware: Hardware | undefined;
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

/** The whole disk of a partition's node; an image file is one itself. */
const diskOf = async (path: string): Promise<string> => (await inspectDisk(path)).diskPath ?? path;

/** Loaded when it is wanted: a person reads what was found while Node takes in the rest. */
const hardwareOf = async (facts: StartFacts): Promise<Hardware | undefined> => {
  if (!wantsHardware(facts)) return undefined;
  const { readHardware } = await import('./hardware.ts');
  return await readHardware();
};

/** One start of Merlin. @throws NacreError those of `repairDisk` */
export const runMerlin = async (options: MerlinOptions): Promise<MerlinResult> => {
  const { handover, end, onFacts, onImage, signal, onProgress } = options;
  const facts = await gatherStartFacts(handover);
  onFacts?.(facts);
  const exit = end === 'power-off' ? MERLIN_EXIT.powerOff : MERLIN_EXIT.restart;
  const hardware = await hardwareOf(facts);
  if (!wantsRepair(facts)) return { facts, repair: undefined, hardware, exit };
  const path = await diskOf(handover.bootAgent);
  const { repairDisk } = await import('./repair.ts');
  const repair = await repairDisk({
    path,
    machine: await thisMachine(),
    onImage,
    signal,
    onProgress,
  });
  return { facts, repair, hardware, exit };
};
