/** Jobs: rows, and which of them somebody has to look at. */
import { isOpen, JOB_STATES, type JobState } from '../../job/job-states.ts';
import type { CommandTable, JobEventTable, JobTable } from './job-tables.ts';
import type { Queries } from './store.ts';

/** A device has one job in one of these. */
export const OPEN: readonly JobState[] = JOB_STATES.filter(isOpen);
/** With a ticket: they take a place in their subnet. */
const AT_WORK: readonly JobState[] = OPEN.filter(
  (state) => state !== 'planned' && state !== 'queued',
);
/** Rows of one statement: SQLite takes 32,766 values. */
const ROWS = 500;

const inSlices = async <Row>(
  rows: readonly Row[],
  work: (slice: Row[]) => Promise<unknown>,
): Promise<void> => {
  for (let at = 0; at < rows.length; at += ROWS) await work(rows.slice(at, at + ROWS));
};

/** An order, with its rows of `command_arg`. */
export const addCommand = async (
  db: Queries,
  row: CommandTable,
  args: readonly { readonly id: number; readonly value: string }[],
): Promise<void> => {
  await db.insertInto('command').values(row).execute();
  const rows = args.map(({ id, value }) => ({ command_id: row.id, arg_id: id, value }));
  if (rows.length > 0) await db.insertInto('command_arg').values(rows).execute();
};

export const findCommand = (db: Queries, id: string): Promise<CommandTable | undefined> =>
  db.selectFrom('command').selectAll().where('id', '=', id).executeTakeFirst();

export const addJobs = (db: Queries, rows: readonly JobTable[]): Promise<void> =>
  inSlices(rows, (slice) => db.insertInto('job').values(slice).execute());

export const addJobEvents = (
  db: Queries,
  rows: readonly Omit<JobEventTable, 'number'>[],
): Promise<void> => inSlices(rows, (slice) => db.insertInto('job_event').values(slice).execute());

export const findJob = (db: Queries, id: string): Promise<JobTable | undefined> =>
  db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst();

export const changeJob = async (
  db: Queries,
  id: string,
  change: Partial<Omit<JobTable, 'id'>>,
): Promise<void> => {
  await db.updateTable('job').set(change).where('id', '=', id).execute();
};

/** The job that a device has, or will get. */
export const openJobOf = (db: Queries, device: string): Promise<JobTable | undefined> =>
  db
    .selectFrom('job')
    .selectAll()
    .where('device_id', '=', device)
    .where('state', 'in', [...OPEN])
    .executeTakeFirst();

/** Open jobs of some devices. */
export const openJobsOf = (
  db: Queries,
  devices: readonly string[],
): Promise<readonly Pick<JobTable, 'id' | 'device_id' | 'state'>[]> =>
  devices.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('job')
        .select(['id', 'device_id', 'state'])
        .where('device_id', 'in', [...devices])
        .where('state', 'in', [...OPEN])
        .execute();

/** The job of a device that was made last. */
export const newestJobOf = (db: Queries, device: string): Promise<JobTable | undefined> =>
  db
    .selectFrom('job')
    .selectAll()
    .where('device_id', '=', device)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst();

/** The highest number of a ticket that a device was given. */
export const lastTicketOf = async (db: Queries, device: string): Promise<number> => {
  const { last } = await db
    .selectFrom('job')
    .select(({ fn }) => fn.max('ticket_counter').as('last'))
    .where('device_id', '=', device)
    .executeTakeFirstOrThrow();
  return Number(last ?? 0);
};

/** Another try of what failed would come in the way of a new job. */
export const dropRetries = async (db: Queries, devices: readonly string[]): Promise<void> =>
  inSlices(devices, (slice) =>
    db
      .updateTable('job')
      .set({ retry_at: null })
      .where('device_id', 'in', slice)
      .where('retry_at', 'is not', null)
      .execute(),
  );

export const countAtWork = async (db: Queries, subnet: string): Promise<number> => {
  const { count } = await db
    .selectFrom('job')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('subnet', '=', subnet)
    .where('state', 'in', [...AT_WORK])
    .executeTakeFirstOrThrow();
  return Number(count);
};

const ids = async (rows: Promise<readonly { readonly id: string }[]>): Promise<string[]> =>
  (await rows).map(({ id }) => id);

/** Planned jobs whose time has come. */
export const dueJobs = (db: Queries, now: string, most: number): Promise<string[]> =>
  ids(
    db
      .selectFrom('job')
      .select('id')
      .where('state', '=', 'planned')
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(most)
      .execute(),
  );

/** Jobs of which nothing was heard for too long. */
export const overdueJobs = (db: Queries, now: string, most: number): Promise<string[]> =>
  ids(
    db
      .selectFrom('job')
      .select('id')
      .where('deadline_at', '<=', now)
      .where('state', 'in', [...OPEN])
      .orderBy('deadline_at')
      .limit(most)
      .execute(),
  );

/** Jobs that failed and are to be tried again. */
export const retriableJobs = (db: Queries, now: string, most: number): Promise<string[]> =>
  ids(
    db
      .selectFrom('job')
      .select('id')
      .where('retry_at', '<=', now)
      .where('state', '=', 'failed')
      .orderBy('retry_at')
      .limit(most)
      .execute(),
  );

/** Nobody could report to a manager that did not run: each job gets some time more. */
export const extendDeadlines = async (db: Queries, until: string): Promise<void> => {
  await db
    .updateTable('job')
    .set({ deadline_at: until })
    .where('deadline_at', '<', until)
    .where('state', 'in', [...OPEN])
    .execute();
};

/** Of some devices those whose job is to stop. */
export const devicesToStop = async (
  db: Queries,
  devices: readonly string[],
): Promise<readonly string[]> => {
  if (devices.length === 0) return [];
  const rows = await db
    .selectFrom('job')
    .select('device_id')
    .where('device_id', 'in', [...devices])
    .where('cancel_requested_at', 'is not', null)
    .where('state', 'in', [...AT_WORK])
    .execute();
  return rows.map(({ device_id: id }) => id);
};

/** A device whose job waits to be given out. */
export interface QueuedDevice {
  readonly device: string;
  /** From where it checked in last. */
  readonly address: string;
}

/** Of some devices those whose job waits; that which waits longest is the first. */
export const queuedDevices = async (
  db: Queries,
  devices: readonly string[],
): Promise<readonly QueuedDevice[]> => {
  if (devices.length === 0) return [];
  return await db
    .selectFrom('job')
    .innerJoin('device_agent', 'device_agent.device_id', 'job.device_id')
    .select(['job.device_id as device', 'device_agent.address as address'])
    .where('job.device_id', 'in', [...devices])
    .where('job.state', '=', 'queued')
    .orderBy('job.due_at')
    .orderBy('job.id')
    .execute();
};
