/** PI: from a backup that was read back to a decision block that starts Merlin, and from what Merlin left there to the end of the job. */
import { BOOT_AGENT_LABEL } from '../../disk/boot-places.ts';
import { readBootState } from '../../disk/boot-state.ts';
import { openForRead } from '../../disk/device.ts';
import { findLabelledPartition } from '../../disk/labelled-partition.ts';
import { readTable } from '../../disk/partition-table.ts';
import { NacreError } from '../../errors.ts';
import { openBackupOf } from '../../image/backup/backup.ts';
import type { JobTicket } from '../../job/job-ticket.ts';
import { remark } from '../../job/remarks.ts';
import { readBootAgent } from '../boot-agent-volume.ts';
import { putDiskFirst, readBootOrder } from '../facts/boot-order.ts';
import { JOB_DONE } from '../repair.ts';
import type { JobInHand } from '../state/agent-state.ts';

/** A machine that was told to start Merlin so often, and never did, is told no more. */
export const MOST_RESTARTS = 3;
const FAILED = 'failed:';

/** @throws NacreError AGENT_BACKUP_NOT_READY: Merlin would image something else, or nothing */
export const requireBackup = async (
  disk: string,
  { image }: Pick<JobTicket, 'image'>,
): Promise<void> => {
  const wanted = `${image.name}@${image.id.slice(0, 8)}`;
  using backup = await openBackupOf({ path: disk });
  const all = await backup.generations();
  const found = all.find(({ id }) => id === image.id);
  const refused = (reason: string): NacreError =>
    new NacreError('AGENT_BACKUP_NOT_READY', { image: wanted, reason });
  if (found === undefined) {
    const held = all.map(({ name, id }) => `${name}@${id.slice(0, 8)}`).join(', ') || 'nothing';
    throw refused(`it holds ${held}`);
  }
  if (!found.complete) throw refused(`it is not whole (${found.problem ?? ''})`);
  if (!found.verified) throw refused('it was not read back whole');
  if (found.isCurrent) return;
  const current = all.find(({ isCurrent }) => isCurrent)?.id.slice(0, 8) ?? 'none';
  throw refused(`it is an older generation, the current one is ${current}`);
};

/** GUID of the partition that the firmware starts; empty on a disk with an MBR. */
const startGuid = async (path: string): Promise<string> => {
  using disk = await openForRead(path, { allowInUse: true });
  const { number } = await findLabelledPartition(disk, BOOT_AGENT_LABEL);
  const { entries } = (await readTable(disk)).table;
  const entry = entries.find((one) => one.number === number);
  return entry !== undefined && 'guid' in entry ? entry.guid.toLowerCase() : '';
};

/** The disk starts before the network, or is made to. @throws NacreError AGENT_BOOT_ORDER */
export const requireDiskFirst = async (disk: string, efiFolder: string): Promise<void> => {
  const found = await readBootOrder(efiFolder);
  if (found.first !== 'network') return;
  const { first, reason } = found.canSetOrder
    ? await putDiskFirst(await startGuid(disk), efiFolder)
    : found;
  if (first === 'network') throw new NacreError('AGENT_BOOT_ORDER', { reason });
};

/** What is to be done with a job that was handed to Merlin. */
export type Verdict =
  /** Nothing was handed over: a cut came before it. */
  | { readonly kind: 'arm' }
  /** It waits in the block: the machine has to start again. */
  | { readonly kind: 'restart' }
  | { readonly kind: 'imaged' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

const failure = (error: NacreError): Verdict => ({
  kind: 'failed',
  code: error.code,
  message: error.message,
});

const notImaged = (reason: string): Verdict =>
  failure(new NacreError('AGENT_NOT_IMAGED', { reason }));

/** Merlin's code, as the block has it. */
const failedWith = (status: string): Verdict => {
  const code = status.slice(FAILED.length);
  return { kind: 'failed', code, message: remark('merlin-ended', { code }) };
};

/** Reads it from the decision block. @throws NacreError BOOT_PARTITION_NOT_FOUND, DISK_… */
export const judge = async (
  disk: string,
  { id, restarts }: Pick<JobInHand, 'id' | 'restarts'>,
): Promise<Verdict> => {
  const block = (await readBootAgent({ path: disk }, readBootState))?.block;
  if (block === undefined) return notImaged('the decision block cannot be read');
  const { cmdid, status, merlinTries } = block;
  if (cmdid !== id) {
    if (restarts === 0) return { kind: 'arm' };
    const reason = cmdid === '' ? `its status is "${status}"` : `it is of job ${cmdid}`;
    return failure(new NacreError('AGENT_RESULT_LOST', { job: id, reason }));
  }
  if (status === JOB_DONE) return { kind: 'imaged' };
  if (status.startsWith(FAILED)) return failedWith(status);
  if (status !== '') return notImaged(`the decision block says "${status}"`);
  if (merlinTries === 0) return notImaged('it was started three times, and never ended');
  if (restarts >= MOST_RESTARTS)
    return notImaged(`the machine started ${restarts} times, and never from its disk's boot agent`);
  return { kind: 'restart' };
};
