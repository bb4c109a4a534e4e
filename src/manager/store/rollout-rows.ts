/** Desired states of groups, and what their devices have of them. */
import { sql } from 'kysely';
import type { JobState } from '../../job/job-states.ts';
import { OPEN } from './job-rows.ts';
import type { DesiredStateTable } from './rollout-tables.ts';
import type { Queries } from './store.ts';

export const desiredStates = (db: Queries): Promise<DesiredStateTable[]> =>
  db.selectFrom('desired_state').selectAll().orderBy('group_name').execute();

export const findDesiredState = (
  db: Queries,
  group: string,
): Promise<DesiredStateTable | undefined> =>
  db.selectFrom('desired_state').selectAll().where('group_name', '=', group).executeTakeFirst();

export const putDesiredState = async (db: Queries, row: DesiredStateTable): Promise<void> => {
  const { group_name: _, ...change } = row;
  await db
    .insertInto('desired_state')
    .values(row)
    .onConflict((on) => on.column('group_name').doUpdateSet(change))
    .execute();
};

export const changeDesiredState = async (
  db: Queries,
  group: string,
  change: Partial<Omit<DesiredStateTable, 'group_name'>>,
): Promise<void> => {
  await db.updateTable('desired_state').set(change).where('group_name', '=', group).execute();
};

/** @returns whether there was one */
export const removeDesiredState = async (db: Queries, group: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('desired_state')
    .where('group_name', '=', group)
    .executeTakeFirst();
  return Number(numDeletedRows) > 0;
};

/** A device of a group, with what a desired state of it has to know. */
export interface MemberRow {
  readonly id: string;
  readonly name: string;
  /** Complete, verified and current in its backup partition. */
  readonly back_image_ver: string | null;
  /** It has the tag `canary`. */
  readonly is_canary: number;
  /** Groups with a desired state that it is in. */
  readonly wishes: number;
  /** It has a job, whosever. */
  readonly is_busy: number;
  /** Version that it was imaged with last; null after a failure, and before the first. */
  readonly os_version: string | null;
}

const OPEN_LIST = sql.join([...OPEN]);

/** What a device's OS is by the newest job that imaged it, or tried to. */
const OS_VERSION = sql<string | null>`(
  select case when job.state = 'done' then command.version_id end
  from job join command on command.id = job.command_id
  where job.device_id = device.id
    and command.kind in ('pi', 'bi-pi', 'convert')
    and job.state in ('done', 'failed', 'lost')
    and job.started_at is not null
  order by job.ended_at desc, job.id desc
  limit 1
)`;

/** Approved devices of a group. */
export const membersOf = (db: Queries, group: string): Promise<MemberRow[]> =>
  db
    .selectFrom('device')
    .innerJoin('device_group_member', 'device_group_member.device_id', 'device.id')
    .where('device_group_member.group_name', '=', group)
    .where('device.state', '=', 'approved')
    .select(['device.id', 'device.name', 'device.back_image_ver'])
    .select([
      sql<number>`(select count(*) from device_tag where device_tag.device_id = device.id and tag = 'canary')`.as(
        'is_canary',
      ),
      sql<number>`(
        select count(*) from device_group_member as other
        join desired_state on desired_state.group_name = other.group_name
        where other.device_id = device.id
      )`.as('wishes'),
      sql<number>`(
        select count(*) from job where job.device_id = device.id and job.state in (${OPEN_LIST})
      )`.as('is_busy'),
      OS_VERSION.as('os_version'),
    ])
    .orderBy('device.id')
    .execute();

/** The newest job of a device in a rollout. */
export interface RolloutJob {
  readonly id: string;
  readonly device_id: string;
  readonly state: JobState;
  readonly retry_at: string | null;
  readonly ended_at: string | null;
  readonly code: string | null;
  readonly message: string;
}

/** Jobs of a round: of each device the newest. */
export const rolloutJobs = async (
  db: Queries,
  group: string,
  round: number,
): Promise<ReadonlyMap<string, RolloutJob>> => {
  const rows = await db
    .selectFrom('job')
    .innerJoin('command', 'command.id', 'job.command_id')
    .where('command.rollout', '=', group)
    .where('command.rollout_round', '=', round)
    .select(['job.id', 'job.device_id', 'job.state', 'job.retry_at', 'job.ended_at'])
    .select(['job.code', 'job.message'])
    .orderBy('job.created_at')
    .orderBy('job.id')
    .execute();
  return new Map(rows.map((row) => [row.device_id, row]));
};

/** Jobs for a group's desired state that no device has begun. */
export const unbegunJobs = async (db: Queries, group: string): Promise<readonly string[]> =>
  (
    await db
      .selectFrom('job')
      .innerJoin('command', 'command.id', 'job.command_id')
      .where('command.rollout', '=', group)
      .where('job.state', 'in', ['planned', 'queued'])
      .select('job.id')
      .execute()
  ).map(({ id }) => id);
