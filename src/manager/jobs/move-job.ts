/** The only way in which a job gets another state: by the table, with a row that tells it, in one transaction. */
import { isOpen, type JobEvent, next } from '../../job/job-states.ts';
import { type Actor, type Ground, timeIn, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { addJobEvents, changeJob, findCommand, openJobOf } from '../store/job-rows.ts';
import type { CommandTable, JobTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import { type JobSettings, secondsIn, settingsIn } from './job-settings.ts';

/** What happened, and to how much of it. */
export interface JobMove {
  readonly event: JobEvent;
  readonly actor: Actor;
  readonly doneBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
  readonly code?: string | null | undefined;
  readonly message?: string | undefined;
  /** Columns that change with it. */
  readonly columns?: Partial<JobTable> | undefined;
}

/** The order of a job; a job without one is a bug. */
export const commandOf = async (
  db: Queries,
  { command_id: id }: JobTable,
): Promise<CommandTable> => {
  const command = await findCommand(db, id);
  if (command === undefined) throw new TypeError(`job without its order ${id}`);
  return command;
};

const deadlineOf = (
  ground: Pick<Ground, 'now'>,
  settings: JobSettings,
  state: JobTable['state'],
  command: CommandTable,
): string | null => {
  const seconds = secondsIn(settings, state, command);
  return seconds === undefined ? null : timeIn(ground, seconds);
};

/** Who is an agent tells; whoever else moves a job has decided, and the audit has it. */
const tell = (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  before: JobTable,
  after: JobTable,
  { event, actor }: JobMove,
): Promise<void> => {
  const facts = { device: before.device_id, from: before.state, to: after.state, code: after.code };
  const deed = { action: `job.${event}`, kind: 'job', subject: before.id, facts };
  return audit(ground, db, actor, deed);
};

/**
 * Moves a job. What comes twice changes nothing but the bytes and the deadline.
 *
 * @returns the job as it is now; undefined for a move that the table does not have, or that would give a device two jobs
 */
export const moveJob = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  job: JobTable,
  move: JobMove,
): Promise<JobTable | undefined> => {
  const { event, actor, code = null, message = '' } = move;
  const state = next(job.state, event);
  if (state === undefined) return undefined;
  if (isOpen(state) && !isOpen(job.state) && (await openJobOf(db, job.device_id)) !== undefined)
    return undefined;
  const isNew = state !== job.state;
  const now = timeOf(ground);
  const command = await commandOf(db, job);
  const bytes = {
    done_bytes: move.doneBytes ?? job.done_bytes,
    total_bytes: move.totalBytes ?? job.total_bytes,
  };
  const change: Partial<JobTable> = {
    ...{ state, ...bytes, retry_at: null },
    // A ticket that is given again is no word of the device.
    ...(isNew || actor.kind === 'device'
      ? { deadline_at: deadlineOf(ground, await settingsIn(db), state, command) }
      : {}),
    ...(isNew ? { code, message, changed_at: now, ended_at: isOpen(state) ? null : now } : {}),
    ...move.columns,
  };
  await changeJob(db, job.id, change);
  const after = { ...job, ...change };
  if (!isNew) return after;
  await addJobEvents(db, [
    {
      ...{ job_id: job.id, at: now, event, from_state: job.state, to_state: state },
      ...{ attempt: after.attempt, actor_kind: actor.kind, actor: actor.name },
      ...{ ...bytes, code, message },
    },
  ]);
  if (actor.kind !== 'device') await tell(ground, db, job, after, move);
  return after;
};

/** A device whose key is in doubt, or counts for nothing, has no job any more. */
export const endJobOf = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  actor: Actor,
  device: string,
  why: { readonly code: string; readonly message: string },
): Promise<void> => {
  const job = await openJobOf(db, device);
  if (job === undefined) return;
  const event = next(job.state, 'fail') === undefined ? 'cancel' : 'fail';
  await moveJob(ground, db, job, { event, actor, ...why });
};
