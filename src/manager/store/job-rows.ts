/** Jobs: rows, and which of them somebody has to look at. */
import { type Selectable, sql } from 'kysely';
import { isOpen, JOB_STATES, type JobState } from '../../job/job-states.ts';
import type { CommandTable, JobEventTable, JobKind, JobTable } from './job-tables.ts';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';

const OPEN: readonly JobState[] = JOB_STATES.filter(isOpen);
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

/** Of some devices those that would be told something now: a job that waits, or one that is to stop. */
export const devicesToWake = async (
  db: Queries,
  devices: readonly string[],
): Promise<readonly string[]> => {
  if (devices.length === 0) return [];
  const rows = await db
    .selectFrom('job')
    .select('device_id')
    .where('device_id', 'in', [...devices])
    .where((eb) =>
      eb.or([
        eb('state', '=', 'queued'),
        eb.and([eb('cancel_requested_at', 'is not', null), eb('state', 'in', [...AT_WORK])]),
      ]),
    )
    .execute();
  return rows.map(({ device_id: id }) => id);
};

export interface JobFilter {
  readonly state?: JobState | undefined;
  readonly isOpen?: boolean | undefined;
  readonly device?: string | undefined;
  readonly group?: string | undefined;
  readonly image?: string | undefined;
  readonly command?: string | undefined;
  /** First hex digits of an id. */
  readonly find?: string | undefined;
}

export type JobSort = 'created_at' | 'changed_at' | 'due_at' | 'state';

/** A job with its order and the name of its device. */
export type JobListRow = JobTable & {
  readonly device_name: string;
  readonly kind: JobKind;
  readonly image_name: string;
  readonly version_id: string;
  readonly created_by: string;
};

const withOrder = (db: Queries) =>
  db
    .selectFrom('job')
    .innerJoin('command', 'command.id', 'job.command_id')
    .innerJoin('device', 'device.id', 'job.device_id')
    .selectAll('job')
    .select(['command.kind', 'command.image_name', 'command.version_id', 'command.created_by'])
    .select('device.name as device_name');

export const listJobs = (
  db: Queries,
  filter: JobFilter,
  sort: JobSort,
  wish: PageWish,
): Promise<Page<JobListRow>> => {
  let query = withOrder(db);
  if (filter.state !== undefined) query = query.where('job.state', '=', filter.state);
  if (filter.isOpen) query = query.where('job.state', 'in', [...OPEN]);
  if (filter.device !== undefined) query = query.where('job.device_id', '=', filter.device);
  if (filter.image !== undefined) query = query.where('command.image_name', '=', filter.image);
  if (filter.command !== undefined) query = query.where('job.command_id', '=', filter.command);
  const { group, find } = filter;
  if (find !== undefined) query = query.where('job.id', 'like', `${find}%`);
  if (group !== undefined)
    query = query.where('job.device_id', 'in', (eb) =>
      eb.selectFrom('device_group_member').select('device_id').where('group_name', '=', group),
    );
  return readPage(query, { by: sql.ref(`job.${sort}`), id: sql.ref('job.id') }, wish);
};

export const findJobRow = (db: Queries, id: string): Promise<JobListRow | undefined> =>
  withOrder(db).where('job.id', '=', id).executeTakeFirst();

/** In the order in which they happened. */
export const eventsOf = (db: Queries, job: string): Promise<Selectable<JobEventTable>[]> =>
  db.selectFrom('job_event').selectAll().where('job_id', '=', job).orderBy('number').execute();

/** Number of the newest move; 0 without any. */
export const lastMove = async (db: Queries): Promise<number> => {
  const { last } = await db
    .selectFrom('job_event')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirstOrThrow();
  return Number(last ?? 0);
};

/** What live views are told of a move. */
export interface MoveRow {
  readonly number: number;
  readonly at: string;
  readonly event: string;
  readonly job: string;
  readonly device: string;
  readonly state: JobState;
}

/** Moves after a number, in order. */
export const movesAfter = (db: Queries, number: number, most: number): Promise<MoveRow[]> =>
  db
    .selectFrom('job_event')
    .innerJoin('job', 'job.id', 'job_event.job_id')
    .select(['job_event.number', 'job_event.at', 'job_event.event'])
    .select(['job.id as job', 'job.device_id as device', 'job_event.to_state as state'])
    .where('job_event.number', '>', number)
    .orderBy('job_event.number')
    .limit(most)
    .execute();

/** How many jobs there are of each state. */
export const countJobs = async (
  db: Queries,
): Promise<readonly { readonly state: JobState; readonly count: number }[]> => {
  const rows = await db
    .selectFrom('job')
    .select(['state', ({ fn }) => fn.countAll().as('count')])
    .groupBy('state')
    .execute();
  return rows.map(({ state, count }) => ({ state, count: Number(count) }));
};
