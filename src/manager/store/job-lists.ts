/** Jobs as lists show them, what happened in them, and how many there are. */
import { type Selectable, sql } from 'kysely';
import type { JobState } from '../../job/job-states.ts';
import { OPEN } from './job-rows.ts';
import type { JobEventTable, JobKind, JobTable } from './job-tables.ts';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';

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

/** A device that is to be woken for its job. */
export interface SleepingDevice {
  readonly device: string;
  readonly job: string;
  readonly state: JobState;
  readonly attempt: number;
  /** From where it checked in last. */
  readonly address: string;
  readonly inventory: string;
  readonly window_from: string | null;
  readonly window_to: string | null;
}

/** Devices that were not seen since a time, whose job waits and is to wake them; that which waits longest is the first. */
export const sleepingDevices = (
  db: Queries,
  before: string,
  most: number,
): Promise<SleepingDevice[]> =>
  db
    .selectFrom('job')
    .innerJoin('command', 'command.id', 'job.command_id')
    .innerJoin('device', 'device.id', 'job.device_id')
    .innerJoin('device_agent', 'device_agent.device_id', 'job.device_id')
    .where('job.state', '=', 'queued')
    .where('command.wake', '=', 1)
    .where('device.last_seen_at', '<', before)
    .select(['job.device_id as device', 'job.id as job', 'job.state', 'job.attempt'])
    .select(['device_agent.address', 'device_agent.inventory'])
    .select(['command.window_from', 'command.window_to'])
    .orderBy('job.due_at')
    .orderBy('job.id')
    .limit(most)
    .execute();

export const macsOf = async (db: Queries, device: string): Promise<readonly string[]> =>
  (
    await db
      .selectFrom('device_mac')
      .select('mac')
      .where('device_id', '=', device)
      .orderBy('mac')
      .execute()
  ).map(({ mac }) => mac);
