/**
 * PI, the hand-off to Merlin (spec ): the agent's code arms it in the running OS, and takes the result in the
 * OS that comes back. The command id lies in `Imagestatus.log` and in the decision block; only the block decides.
 */
import { type GrubBlock, MOST_TRIES, parseGrubBlock } from '../codec/grub-block.ts';
import { BOOT_AGENT_FILES } from '../disk/boot-places.ts';
import { type BootStateChange, readBootState, storeBootState } from '../disk/boot-state.ts';
import type { FatVolume } from '../disk/fat.ts';
import { NacreError } from '../errors.ts';
import { openBackupOf } from '../image/backup/backup.ts';
import { changeBootAgent, type DeviceChoice, readBootAgent } from './boot-agent-volume.ts';

/** Longest `Imagestatus.log` that is looked at. */
const LOG_BYTES = 1024;

/** @throws NacreError BACKUP_NO_GENERATION: Merlin would start for nothing */
const requireImage = async (choice: DeviceChoice): Promise<void> => {
  using backup = await openBackupOf(choice);
  if ((await backup.generations()).some(({ complete }) => complete)) return;
  const facts = { location: backup.location, image: 'complete generation', present: 'none' };
  throw new NacreError('BACKUP_NO_GENERATION', facts);
};

/**
 * Arms PI: the next start is Merlin, which images the OS partition from the backup partition. The log comes first and the
 * block last, so that a cut leaves a device that boots as before or one that images.
 *
 * @param cmdid the job, up to 64 of `A-Z a-z 0-9 . _ : -`
 * @throws NacreError (nothing changed) BACKUP_NO_GENERATION, BOOT_PARTITION_NOT_FOUND, BOOT_BLOCK_INVALID, DISK_IN_USE,
 *   IMAGING_PENDING; BOOT_BLOCK_READ_BACK
 */
export const armImaging = async (choice: DeviceChoice, cmdid: string): Promise<GrubBlock> => {
  await requireImage(choice);
  return changeBootAgent(choice, async (volume) => {
    const before = (await readBootState(volume))?.block;
    if (before?.mode === 'merlin' && before.cmdid !== '' && before.cmdid !== cmdid)
      throw new NacreError('IMAGING_PENDING', { path: choice.path, cmdid: before.cmdid });
    const template = parseGrubBlock(await volume.read(BOOT_AGENT_FILES.template, 0, LOG_BYTES));
    const { mode, osTries } = template;
    await volume.write(BOOT_AGENT_FILES.statusLog, Buffer.from(`Cmdid=${cmdid}\n`));
    const change = { mode, osTries, merlinTries: MOST_TRIES, cmdid, status: '' };
    return (await storeBootState(volume, change)).block;
  });
};

/** What became of a hand-off. */
export interface ImagingResult {
  /** Empty when no job was handed off. */
  readonly cmdid: string;
  /** `0`: imaged; `failed:CODE`; `repaired` without a job; empty while there is none. */
  readonly status: string;
}

const COMMAND = /^Cmdid=([A-Za-z0-9._:-]{0,64})$/m;

const loggedCommand = async (volume: FatVolume): Promise<string> => {
  const item = await volume.find(BOOT_AGENT_FILES.statusLog);
  if (item === undefined || item.isFolder) return '';
  const text = (await volume.read(BOOT_AGENT_FILES.statusLog, 0, LOG_BYTES)).toString('latin1');
  return COMMAND.exec(text)?.[1] ?? '';
};

const resultOf = async (volume: FatVolume): Promise<ImagingResult> => {
  const block = (await readBootState(volume))?.block;
  const cmdid = block?.cmdid || (await loggedCommand(volume));
  return { cmdid, status: block?.status ?? '' };
};

/** The result as it stands; nothing is changed. @throws NacreError BOOT_PARTITION_NOT_FOUND */
export const readImagingResult = (choice: DeviceChoice): Promise<ImagingResult> =>
  readBootAgent(choice, resultOf);

/** A job that failed before it wrote anything is over with its result: the OS is whole, and starts without a detour. */
const endOfJob = async (volume: FatVolume): Promise<BootStateChange> => {
  const isDirty = (await readBootState(volume))?.block.isDirty ?? true;
  const over = { mode: 'os', merlinTries: MOST_TRIES } as const;
  return { osTries: undefined, ...(isDirty ? {} : over) };
};

/**
 * Takes the result: the OS that runs says with it that it started, so that its starts are counted no longer. Status and
 * command id are removed, the log last; a result that is not there yet changes nothing.
 *
 * @throws NacreError BOOT_PARTITION_NOT_FOUND, DISK_IN_USE, BOOT_BLOCK_READ_BACK
 */
export const takeImagingResult = (choice: DeviceChoice): Promise<ImagingResult> =>
  changeBootAgent(choice, async (volume) => {
    const result = await resultOf(volume);
    if (result.status === '') return result;
    await storeBootState(volume, { ...(await endOfJob(volume)), cmdid: '', status: '' });
    await volume.remove(BOOT_AGENT_FILES.statusLog);
    return result;
  });

/**
 * Takes an armed job back while the OS still runs: the next start is the OS, as before.
 *
 * @returns false when it is too late, or another job is armed: nothing was changed
 * @throws NacreError BOOT_PARTITION_NOT_FOUND, DISK_IN_USE, BOOT_BLOCK_READ_BACK
 */
export const disarmImaging = (choice: DeviceChoice, cmdid: string): Promise<boolean> =>
  changeBootAgent(choice, async (volume) => {
    const block = (await readBootState(volume))?.block;
    const isArmed = block?.mode === 'merlin' && block.cmdid === cmdid;
    if (!isArmed || block.isDirty || block.status !== '') return false;
    const over = { mode: 'os', osTries: undefined, merlinTries: MOST_TRIES } as const;
    await storeBootState(volume, { ...over, cmdid: '', status: '' });
    await volume.remove(BOOT_AGENT_FILES.statusLog);
    return true;
  });

/**
 * Hands the OS over to a repair that is of no job: the next start is Merlin, which images the current generation.
 *
 * @throws NacreError BOOT_PARTITION_NOT_FOUND, DISK_IN_USE, BOOT_BLOCK_READ_BACK
 */
export const armRepair = async (choice: DeviceChoice): Promise<void> => {
  await changeBootAgent(choice, async (volume) => {
    const tries = { osTries: MOST_TRIES, merlinTries: MOST_TRIES };
    await storeBootState(volume, { mode: 'merlin', ...tries, cmdid: '', status: '' });
    await volume.remove(BOOT_AGENT_FILES.statusLog);
  });
};

/**
 * The OS that runs says that it starts, before its result is taken: only starts that never come so far lead to a repair.
 *
 * @returns true when one was counted
 * @throws NacreError BOOT_PARTITION_NOT_FOUND, DISK_IN_USE, BOOT_BLOCK_READ_BACK
 */
export const noteStart = (choice: DeviceChoice): Promise<boolean> =>
  changeBootAgent(choice, async (volume) => {
    const block = (await readBootState(volume))?.block;
    const isCounted = block?.osTries !== undefined && block.osTries < MOST_TRIES;
    if (isCounted) await storeBootState(volume, { osTries: MOST_TRIES });
    return isCounted;
  });
