/**
 * What a device boots, from its two decision blocks: the same decision as GRUB's script makes, as a function.
 * Rules: design section 1 (3); spec.
 */

import { isNacreError } from '../errors.ts';
import { type GrubBlock, parseGrubBlock } from './grub-block.ts';

/** `grub.conf` and its twin `grub.alt`. */
export type BootSlot = 'conf' | 'alt';

export type BootReason =
  | 'job'
  | 'dirty'
  | 'os-failed'
  | 'merlin-failed'
  | 'rescue'
  | 'unreadable'
  | 'normal';

/** What starts, and what is stored before it does. */
export interface BootDecision {
  /** `stop`: a screen that says what to do. */
  readonly boots: 'os' | 'merlin' | 'rescue' | 'stop';
  readonly why: BootReason;
  /** The block that counted; undefined when neither can be read. */
  readonly slot: BootSlot | undefined;
  /** What GRUB writes into that slot before it starts anything; undefined: nothing. */
  readonly stored: GrubBlock | undefined;
}

/** The block that counts: the newest that can be read, `grub.conf` of two alike. */
export const currentBlock = (
  conf: Uint8Array | undefined,
  alt: Uint8Array | undefined,
): { readonly slot: BootSlot; readonly block: GrubBlock } | undefined => {
  const [first, second] = [readBlock(conf), readBlock(alt)];
  if (first !== undefined && (second === undefined || first.sequence >= second.sequence))
    return { slot: 'conf', block: first };
  return second === undefined ? undefined : { slot: 'alt', block: second };
};

const readBlock = (bytes: Uint8Array | undefined): GrubBlock | undefined => {
  if (bytes === undefined) return undefined;
  try {
    return parseGrubBlock(bytes);
  } catch (reason) {
    if (isNacreError(reason)) return undefined;
    throw reason;
  }
};

/** Decides from one block. A counter goes down in the block before what it counts is started. */
export const decideBoot = (block: GrubBlock): Omit<BootDecision, 'slot'> => {
  const isOsWanted = block.mode === 'os' && !block.isDirty;
  if (isOsWanted && block.osTries === undefined)
    return { boots: 'os', why: 'normal', stored: undefined };
  if (isOsWanted && block.osTries !== undefined && block.osTries > 0)
    return { boots: 'os', why: 'normal', stored: { ...block, osTries: block.osTries - 1 } };
  if (block.merlinTries > 0) {
    const stored = { ...block, merlinTries: block.merlinTries - 1 };
    if (block.mode === 'rescue') return { boots: 'rescue', why: 'rescue', stored };
    return { boots: 'merlin', why: whyMerlin(block), stored };
  }
  // Whole, and not known to fail: better than a screen.
  const isOsWhole = !block.isDirty && block.mode !== 'os';
  return { boots: isOsWhole ? 'os' : 'stop', why: 'merlin-failed', stored: undefined };
};

const whyMerlin = (block: GrubBlock): BootReason => {
  if (block.mode === 'merlin') return 'job';
  return block.isDirty ? 'dirty' : 'os-failed';
};

/** Decides from the bytes of both files; undefined is a file that is not there. */
export const decideBootOf = (
  conf: Uint8Array | undefined,
  alt: Uint8Array | undefined,
): BootDecision => {
  const current = currentBlock(conf, alt);
  if (current === undefined)
    return { boots: 'merlin', why: 'unreadable', slot: undefined, stored: undefined };
  return { slot: current.slot, ...decideBoot(current.block) };
};
