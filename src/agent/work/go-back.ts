/** What a device does about an image whose OS is of no use: it runs the generation before, and images itself from that one from now on. */
import { isNacreError, type NacreError } from '../../errors.ts';
import { findBackup } from '../../image/backup/backup-place.ts';
import { preferOlder } from '../../image/backup/prefer-older.ts';
import type { JobTicket } from '../../job/job-ticket.ts';
import { armRepair } from '../hand-off.ts';
import type { AgentState } from '../state/agent-state.ts';
import { type KeepOptions, keepIdentity } from './kept.ts';

/** Why a job failed, for the manager. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
}

/** The image is whole, and its OS does not start: Merlin has made the OS from an older generation, where there was one. */
const OF_THE_IMAGE: ReadonlySet<string> = new Set(['OS_NEVER_REPORTED', 'OS_START_NOT_FOUND']);

const textOf = ({ name, id }: { readonly name: string; readonly id: string }): string =>
  `${name}@${id.slice(0, 8)}`;

/** Name of the generation that is current from now on; undefined where there is none but the image. */
const olderThan = async (disk: string, image: JobTicket['image']): Promise<string | undefined> => {
  const older = await preferOlder(await findBackup({ path: disk }), image.id);
  return older === undefined ? undefined : textOf(older);
};

/**
 * The failure that Merlin left, with what the device runs now. A backup partition that cannot be changed is no reason to lose it.
 *
 * @param disk path of the disk
 * @param image of the job
 */
export const withOlder = async (
  disk: string,
  image: JobTicket['image'],
  failure: JobFailure,
): Promise<JobFailure> => {
  const { code, message } = failure;
  if (!OF_THE_IMAGE.has(code)) return { code, message };
  try {
    const older = await olderThan(disk, image);
    if (older === undefined) return { code, message };
    const reason = `the OS of ${textOf(image)} did not start`;
    return { code, message: `${reason}; the device has put ${older} back, and runs it` };
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
    return { code, message: `${message}; and the backup partition: ${reason.message}` };
  }
};

/** What became of it. */
export interface WayBack {
  readonly failure: JobFailure;
  /** The next start is Merlin; otherwise the OS stays as it is. */
  readonly isOnItsWay: boolean;
}

const prepare = async (
  kept: Omit<KeepOptions, 'state'>,
  state: AgentState,
  { image, failure }: { readonly image: JobTicket['image']; readonly failure: JobFailure },
): Promise<WayBack> => {
  const { code, message } = failure;
  const older = await olderThan(kept.disk, image);
  if (older === undefined || state.job === null) {
    const why = `${message}; there is no older generation to go back to`;
    return { failure: { code, message: why }, isOnItsWay: false };
  }
  const known = { code, message: `${message}; the device goes back to ${older}` };
  const job = { ...state.job, ...known, state: 'failed' as const };
  await keepIdentity({ ...kept, state: { ...state, job } });
  await armRepair({ path: kept.disk });
  return { failure: known, isOnItsWay: true };
};

/**
 * Hands a new OS that did not pass its checks over to Merlin, which makes the generation before it again. What is kept for that OS knows that the
 * job has failed, and why. A cut in between leaves the new OS, which is checked again; a disk that cannot be changed leaves it for good.
 */
export const goBack = async (
  kept: Omit<KeepOptions, 'state'>,
  state: AgentState,
  image: JobTicket['image'],
  { code, message }: NacreError,
): Promise<WayBack> => {
  try {
    return await prepare(kept, state, { image, failure: { code, message } });
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
    const why = `${message}; the device cannot go back: ${reason.message}`;
    return { failure: { code, message: why }, isOnItsWay: false };
  }
};
