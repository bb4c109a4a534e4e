/** What people decide about jobs: cancel, and try again. */
import { NacreError } from '../../errors.ts';
import { canBeCancelled, next } from '../../job/job-states.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { addJobEvents, changeJob, dropRetries, findJob, openJobOf } from '../store/job-rows.ts';
import type { JobTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import { moveJob } from './move-job.ts';
import { type JobWithEvents, jobIn } from './read-jobs.ts';

/** As a ticket has it at most. */
const MOST_ATTEMPTS = 100;

/** @throws NacreError MANAGER_NOT_FOUND */
const knownJob = async (db: Queries, id: string): Promise<JobTable> => {
  const job = await findJob(db, id);
  if (job === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'job', name: id });
  return job;
};

const impossible = ({ id, state }: JobTable, event: string): NacreError =>
  new NacreError('JOB_STATE', { job: id, state, event });

/** Writes down that the device is to stop; it says itself whether it could. */
const askToStop = async (
  ground: Ground,
  db: Queries,
  actor: Actor,
  job: JobTable,
): Promise<void> => {
  if (job.cancel_requested_at !== null) return;
  const at = timeOf(ground);
  await changeJob(db, job.id, { cancel_requested_at: at });
  await addJobEvents(db, [
    {
      ...{ job_id: job.id, at, event: 'ask-cancel', from_state: job.state, to_state: job.state },
      ...{ attempt: job.attempt, actor_kind: actor.kind, actor: actor.name },
      ...{ done_bytes: job.done_bytes, total_bytes: job.total_bytes, code: null, message: '' },
    },
  ]);
  const facts = { device: job.device_id, state: job.state };
  await audit(ground, db, actor, { action: 'job.ask-cancel', kind: 'job', subject: job.id, facts });
};

/**
 * Cancels a job that its device does not have yet; of one that it has, the device is asked to stop. A job that failed is not tried
 * again.
 *
 * @throws NacreError MANAGER_NOT_FOUND, JOB_STATE from the first write to the OS on
 */
export const cancelJob = (ground: Ground, actor: Actor, id: string): Promise<JobWithEvents> =>
  ground.store.change(async (db) => {
    const job = await knownJob(db, id);
    const isWaiting = job.state === 'failed' && job.retry_at !== null;
    if (next(job.state, 'cancel') !== undefined)
      await moveJob(ground, db, job, { event: 'cancel', actor });
    else if (canBeCancelled(job.state)) await askToStop(ground, db, actor, job);
    else if (isWaiting) await dropRetries(db, [job.device_id]);
    else throw impossible(job, 'cancel');
    return jobIn(db, id);
  });

/** @throws NacreError MANAGER_NOT_FOUND, JOB_STATE, JOB_DEVICE_BUSY when the device has another job */
export const retryJob = (ground: Ground, actor: Actor, id: string): Promise<JobWithEvents> =>
  ground.store.change(async (db) => {
    const job = await knownJob(db, id);
    if (next(job.state, 'retry') === undefined || job.attempt >= MOST_ATTEMPTS)
      throw impossible(job, 'retry');
    const columns = { attempt: job.attempt + 1, cancel_requested_at: null };
    const moved = await moveJob(ground, db, job, { event: 'retry', actor, columns });
    if (moved === undefined) {
      const open = await openJobOf(db, job.device_id);
      const facts = { job: open?.id ?? '', state: open?.state ?? '', device: job.device_id };
      throw new NacreError('JOB_DEVICE_BUSY', facts);
    }
    return jobIn(db, id);
  });
