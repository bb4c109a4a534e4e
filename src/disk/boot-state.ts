/**
 * The two decision blocks on the boot agent partition: read, and stored so that a cut at any write leaves one of them
 * that says the old or the new state. PID 1 does the same in pxe/init/boot_agent.cc.
 */
import { type BootSlot, currentBlock } from '../codec/boot-decision.ts';
import {
  GRUB_BLOCK_BYTES,
  type GrubBlock,
  LAST_SEQUENCE,
  serializeGrubBlock,
} from '../codec/grub-block.ts';
import { isNacreError, NacreError } from '../errors.ts';
import { BOOT_AGENT_FILES } from './boot-places.ts';
import type { FatVolume } from './fat.ts';

/** The block that counts, and the file it lies in. */
export interface BootState {
  readonly slot: BootSlot;
  readonly block: GrubBlock;
}

/** What a caller may change; the sequence is counted here. */
export type BootStateChange = Partial<Omit<GrubBlock, 'sequence'>>;

/** A block to begin with: the OS, not counted. */
export const FIRST_BLOCK: GrubBlock = {
  sequence: 0,
  mode: 'os',
  isDirty: false,
  osTries: undefined,
  merlinTries: 3,
  cmdid: '',
  status: '',
};

const readSlot = async (volume: FatVolume, slot: BootSlot): Promise<Buffer | undefined> => {
  try {
    return await volume.read(BOOT_AGENT_FILES[slot], 0, GRUB_BLOCK_BYTES);
  } catch (reason) {
    if (isNacreError(reason, 'FAT_NOT_FOUND')) return undefined;
    throw reason;
  }
};

/** The newest block that can be read; undefined when neither can. */
export const readBootState = async (volume: FatVolume): Promise<BootState | undefined> =>
  currentBlock(await readSlot(volume, 'conf'), await readSlot(volume, 'alt'));

const nextSequence = (sequence: number): number => (sequence >= LAST_SEQUENCE ? 1 : sequence + 1);

/** The block that a change makes of another one. */
export const followingBlock = (before: GrubBlock, change: BootStateChange): GrubBlock => ({
  ...before,
  ...change,
  sequence: nextSequence(before.sequence),
});

const storeInSlot = async (volume: FatVolume, slot: BootSlot, bytes: Buffer): Promise<void> => {
  const path = BOOT_AGENT_FILES[slot];
  await volume.overwrite(path, 0, bytes);
  const found = await volume.read(path, 0, GRUB_BLOCK_BYTES);
  if (!found.equals(bytes)) throw new NacreError('BOOT_BLOCK_READ_BACK', { path });
};

/**
 * Stores a changed block in both files, the one that counts last, each flushed and read back. Unreadable blocks are
 * made anew from FIRST_BLOCK. Resolves to what is stored.
 *
 * @throws NacreError FAT_NOT_FOUND when a file is missing, BOOT_BLOCK_READ_BACK
 */
export const storeBootState = async (
  volume: FatVolume,
  change: BootStateChange,
): Promise<BootState> => {
  const before = await readBootState(volume);
  const block = followingBlock(before?.block ?? FIRST_BLOCK, change);
  const bytes = serializeGrubBlock(block);
  const last = before?.slot ?? 'conf';
  await storeInSlot(volume, last === 'conf' ? 'alt' : 'conf', bytes);
  await storeInSlot(volume, last, bytes);
  return { slot: 'conf', block };
};
