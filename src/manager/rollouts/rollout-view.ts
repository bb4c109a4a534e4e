/** How far a group is with its desired state: each device counts as one thing. */

import { type MemberRow, membersOf, type RolloutJob, rolloutJobs } from '../store/rollout-rows.ts';
import type { DesiredStateTable } from '../store/rollout-tables.ts';
import type { Queries } from '../store/store.ts';
import { inRingOrder, parseRings, ringSizes } from './rings.ts';

/**
 * `reached`: has the version. `working`: has a job of this rollout, or one that is tried again. `failed`: its job failed for good, or was
 * lost. `left`: a person cancelled its job. `disputed`: another group of it wishes something, too. `busy`: has another job. `open`: nothing yet.
 */
export type Standing = 'reached' | 'working' | 'failed' | 'left' | 'disputed' | 'busy' | 'open';

export interface Member {
  readonly row: MemberRow;
  readonly standing: Standing;
  readonly job: RolloutJob | undefined;
}

/** Members in the order of the rings. */
export interface RolloutView {
  readonly members: readonly Member[];
  /** Devices up to each ring. */
  readonly sizes: readonly number[];
}

const OVER_JOBS: Readonly<Partial<Record<RolloutJob['state'], Standing>>> = {
  failed: 'failed',
  lost: 'failed',
  cancelled: 'left',
};

const hasIt = (row: MemberRow, kind: DesiredStateTable['kind'], version: string): boolean =>
  row.back_image_ver === version && (kind === 'bi' || row.os_version === version);

const standingOf = (
  row: MemberRow,
  job: RolloutJob | undefined,
  kind: DesiredStateTable['kind'],
  version: string,
): Standing => {
  if (hasIt(row, kind, version)) return 'reached';
  if (row.wishes > 1) return 'disputed';
  if (job === undefined) return row.is_busy > 0 ? 'busy' : 'open';
  if (job.state === 'failed' && job.retry_at !== null) return 'working';
  // Done, and yet it does not have it: somebody put something else there since.
  if (job.state === 'done') return row.is_busy > 0 ? 'busy' : 'open';
  return OVER_JOBS[job.state] ?? 'working';
};

/** @param version what the desired state means now */
export const viewOf = async (
  db: Queries,
  desired: DesiredStateTable,
  version: string,
): Promise<RolloutView> => {
  const { group_name: group, kind, round } = desired;
  const rows = inRingOrder(await membersOf(db, group), version);
  const jobs = await rolloutJobs(db, group, round);
  const members = rows.map((row) => {
    const job = jobs.get(row.id);
    return { row, job, standing: standingOf(row, job, kind, version) };
  });
  return { members, sizes: ringSizes(parseRings(desired.rings), members.length) };
};

export const withStanding = (
  members: readonly Member[],
  ...standings: readonly Standing[]
): readonly Member[] => members.filter(({ standing }) => standings.includes(standing));
