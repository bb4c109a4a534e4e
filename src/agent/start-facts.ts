/** What Merlin knows of the machine and of this start, read from the machine itself. */
import os from 'node:os';
import type { GrubBlock } from '../codec/grub-block.ts';
import { readBootState } from '../disk/boot-state.ts';
import { openForRead } from '../disk/device.ts';
import { FatVolume } from '../disk/fat.ts';
import { machineName, thisMachine } from '../disk/machine.ts';
import { isNacreError } from '../errors.ts';

/** What PID 1 hands over (pxe/init/start.cc): device paths, empty where it found none. */
export interface Handover {
  readonly bootAgent: string;
  readonly backup: string;
  /** `initrd`, `copy 1` or `copy 2`. */
  readonly nodePart: string;
  /** Why Merlin was started: `network`, `medium`, or what GRUB found. */
  readonly why: string;
  /** `admin` when somebody gave the password in GRUB's menu, `locked` when nobody could; else empty. */
  readonly menu: string;
  /** What was chosen in the menu (`MENU_WISHES`), or empty. */
  readonly wish: string;
  /** Where the order of this machine is asked for: `https://ADDRESS:PORT`; empty without a server. */
  readonly server: string;
  /** SHA-256 of that server's public key, hex; empty for `http`. */
  readonly pin: string;
}

export interface StartFacts extends Handover {
  /** Maker and product by the firmware's tables; empty where it has none. */
  readonly device: string;
  readonly kernel: string;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  /** The decision block that counts; undefined without a partition, or when neither can be read. */
  readonly block: GrubBlock | undefined;
  /** Why the block could not be read; empty when it could. */
  readonly blockProblem: string;
}

const readBlock = async (device: string): Promise<Pick<StartFacts, 'block' | 'blockProblem'>> => {
  if (device === '') return { block: undefined, blockProblem: 'no boot agent partition' };
  try {
    using disk = await openForRead(device);
    using volume = await FatVolume.open(disk, { startBytes: 0, sizeBytes: disk.info.sizeBytes });
    const state = await readBootState(volume);
    return { block: state?.block, blockProblem: state === undefined ? 'no valid block' : '' };
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
    return { block: undefined, blockProblem: reason.message };
  }
};

/** Reads it all; a device that cannot be read is a fact, not a failure. */
export const gatherStartFacts = async (handover: Handover): Promise<StartFacts> => {
  return {
    ...handover,
    ...(await readBlock(handover.bootAgent)),
    device: machineName(await thisMachine()),
    kernel: os.release(),
    memoryBytes: os.totalmem(),
    freeMemoryBytes: os.freemem(),
  };
};
