/** Jobs as people and programs see them. */
import type { Selectable } from 'kysely';
import { NacreError } from '../../errors.ts';
import type { JobState } from '../../job/job-states.ts';
import type { Ground } from '../ground.ts';
import {
  eventsOf,
  findJobRow,
  type JobFilter,
  type JobListRow,
  type JobSort,
  listJobs,
} from '../store/job-lists.ts';
import type { JobEventTable, JobKind } from '../store/job-tables.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { Queries } from '../store/store.ts';

export interface Job {
  readonly id: string;
  /** The order that it belongs to. */
  readonly command: string;
  readonly device: string;
  readonly deviceName: string;
  readonly kind: JobKind;
  readonly image: string;
  readonly version: string;
  readonly state: JobState;
  readonly attempt: number;
  readonly dueAt: string;
  readonly deadlineAt: string | null;
  readonly retryAt: string | null;
  readonly subnet: string | null;
  readonly limitBytesPerSecond: number | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly code: string | null;
  readonly message: string;
  readonly cancelRequestedAt: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly changedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface JobMoment {
  readonly at: string;
  readonly event: string;
  readonly from: JobState | null;
  readonly to: JobState;
  readonly attempt: number;
  readonly actorKind: string;
  readonly actor: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly code: string | null;
  readonly message: string;
}

export interface JobWithEvents extends Job {
  readonly events: JobMoment[];
}

const toJob = (row: JobListRow): Job => ({
  ...{ id: row.id, command: row.command_id, device: row.device_id, deviceName: row.device_name },
  ...{ kind: row.kind, image: row.image_name, version: row.version_id, state: row.state },
  ...{ attempt: row.attempt, dueAt: row.due_at, deadlineAt: row.deadline_at },
  ...{ retryAt: row.retry_at, subnet: row.subnet, code: row.code, message: row.message },
  limitBytesPerSecond: row.limit_bytes_per_second,
  ...{ doneBytes: row.done_bytes, totalBytes: row.total_bytes },
  ...{ cancelRequestedAt: row.cancel_requested_at, createdAt: row.created_at },
  ...{ createdBy: row.created_by, changedAt: row.changed_at },
  ...{ startedAt: row.started_at, endedAt: row.ended_at },
});

const toMoment = (row: Selectable<JobEventTable>): JobMoment => ({
  ...{ at: row.at, event: row.event, from: row.from_state, to: row.to_state },
  ...{ attempt: row.attempt, actorKind: row.actor_kind, actor: row.actor },
  ...{ doneBytes: row.done_bytes, totalBytes: row.total_bytes },
  ...{ code: row.code, message: row.message },
});

/** @throws NacreError MANAGER_NOT_FOUND */
export const jobIn = async (db: Queries, id: string): Promise<JobWithEvents> => {
  const row = await findJobRow(db, id);
  if (row === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'job', name: id });
  return { ...toJob(row), events: (await eventsOf(db, id)).map(toMoment) };
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const readJob = ({ store }: Ground, id: string): Promise<JobWithEvents> =>
  store.read((db) => jobIn(db, id));

/** Jobs, a page at a time. */
export const readJobs = async (
  { store }: Ground,
  filter: JobFilter,
  sort: JobSort,
  wish: PageWish,
): Promise<Page<Job>> => {
  const page = await store.read((db) => listJobs(db, filter, sort, wish));
  return { ...page, items: page.items.map(toJob) };
};
