/** What a group of devices is to run: wished, looked at, paused, taken back. */
import { NacreError } from '../../errors.ts';
import { remark } from '../../job/remarks.ts';
import { checkGroup } from '../devices/groups.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import type { JobOrder } from '../jobs/make-jobs.ts';
import { resolveImage } from '../jobs/wished-image.ts';
import {
  changeDesiredState,
  findDesiredState,
  putDesiredState,
  removeDesiredState,
} from '../store/rollout-rows.ts';
import type { DesiredStateTable, RolloutState } from '../store/rollout-tables.ts';
import type { Queries } from '../store/store.ts';
import { dropUnbegun } from './reconcile.ts';
import { formatRings, parseRings } from './rings.ts';
import { type Standing, viewOf } from './rollout-view.ts';

/** What somebody wishes for a group. */
export interface DesiredState
  extends Pick<JobOrder, 'window' | 'limitBytesPerSecond' | 'notice' | 'healthSeconds' | 'wake'> {
  /** IMAGE of cli.md; with a label the group follows where it is moved. */
  readonly image: string;
  /** Fill the backup partition, or image the OS from it, too. */
  readonly kind: 'bi' | 'bi-pi';
  /** `1,10%,100%`: devices of each ring, with those before it. */
  readonly rings: string;
  /** Devices whose job may fail for good. */
  readonly mostFailures: number;
  /** Between a ring and the next. */
  readonly soakSeconds: number;
}

/** How far a group is. */
export interface Rollout {
  readonly group: string;
  readonly wish: DesiredState;
  /** Null before the first look. */
  readonly version: string | null;
  readonly state: RolloutState;
  readonly reason: string;
  /** From 1. */
  readonly ring: number;
  /** Devices up to each ring. */
  readonly ringSizes: readonly number[];
  readonly counts: Readonly<Record<Standing, number>>;
  /** In the order of the rings. */
  readonly devices: readonly {
    readonly device: string;
    readonly name: string;
    readonly standing: Standing;
    readonly job: string | null;
    readonly code: string | null;
    readonly message: string;
  }[];
  readonly beganAt: string;
  readonly setAt: string;
  readonly setBy: string;
}

const noticeOf = (row: DesiredStateTable): Pick<DesiredState, 'notice'> => {
  const { countdown_seconds: countdownSeconds, postpones } = row;
  if (countdownSeconds === null) return {};
  return { notice: { countdownSeconds, postpones, postponeSeconds: row.postpone_seconds } };
};

const wishOf = (row: DesiredStateTable): DesiredState => {
  const { window_from: from, window_to: to, limit_bytes_per_second: limit } = row;
  return {
    ...{ image: row.image, kind: row.kind, rings: row.rings, mostFailures: row.most_failures },
    ...{ soakSeconds: row.soak_seconds, healthSeconds: row.health_seconds, wake: row.wake === 1 },
    ...(from === null || to === null ? {} : { window: { from, to } }),
    ...(limit === null ? {} : { limitBytesPerSecond: limit }),
    ...noticeOf(row),
  };
};

const NONE: Record<Standing, number> = {
  ...{ reached: 0, working: 0, failed: 0, left: 0, disputed: 0, busy: 0, open: 0 },
};

const rolloutOf = async (db: Queries, row: DesiredStateTable): Promise<Rollout> => {
  const { members, sizes } = await viewOf(db, row, row.version_id ?? '');
  const counts = { ...NONE };
  for (const { standing } of members) counts[standing]++;
  return {
    ...{ group: row.group_name, wish: wishOf(row), version: row.version_id, state: row.state },
    ...{ reason: row.reason, ring: row.ring + 1, ringSizes: sizes, counts },
    devices: members.map(({ row: { id, name }, standing, job }) => ({
      ...{ device: id, name, standing, job: job?.id ?? null },
      ...{ code: job?.code ?? null, message: job?.message ?? '' },
    })),
    ...{ beganAt: row.began_at, setAt: row.set_at, setBy: row.set_by },
  };
};

const required = async (db: Queries, group: string): Promise<DesiredStateTable> => {
  await checkGroup(db, group);
  const row = await findDesiredState(db, group);
  if (row !== undefined) return row;
  throw new NacreError('MANAGER_NOT_FOUND', { what: 'desired state of the group', name: group });
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const readRollout = ({ store }: Ground, group: string): Promise<Rollout> =>
  store.read(async (db) => rolloutOf(db, await required(db, group)));

const rowOf = (
  ground: Ground,
  actor: Actor,
  group: string,
  wish: DesiredState,
  round: number,
): DesiredStateTable => {
  const { window, notice } = wish;
  const now = timeOf(ground);
  return {
    ...{ group_name: group, image: wish.image, kind: wish.kind },
    ...{ rings: formatRings(parseRings(wish.rings)), most_failures: wish.mostFailures },
    ...{ soak_seconds: wish.soakSeconds, window_from: window?.from ?? null },
    ...{ window_to: window?.to ?? null },
    limit_bytes_per_second: wish.limitBytesPerSecond ?? null,
    countdown_seconds: notice?.countdownSeconds ?? null,
    ...{ postpones: notice?.postpones ?? 0, postpone_seconds: notice?.postponeSeconds ?? 0 },
    ...{
      health_seconds: wish.healthSeconds,
      wake: wish.wake ? 1 : 0,
      version_id: null,
      ring: 0,
      state: 'running',
    },
    ...{ round, reason: '', began_at: now, ring_began_at: now, set_at: now, set_by: actor.name },
  };
};

/**
 * What a group is to run from now on. Jobs of an earlier wish that no device has begun are cancelled.
 *
 * @throws NacreError MANAGER_NOT_FOUND, IMAGE_NAME, MANAGER_INPUT_INVALID, JOB_NOT_AUTOGENIC
 */
export const setDesiredState = (
  ground: Ground,
  actor: Actor,
  group: string,
  wish: DesiredState,
): Promise<Rollout> =>
  ground.store.change(async (db) => {
    await checkGroup(db, group);
    const { name, isAutogenic } = await resolveImage(db, wish.image);
    if (!isAutogenic) throw new NacreError('JOB_NOT_AUTOGENIC', { image: name });
    const before = await findDesiredState(db, group);
    const row = rowOf(ground, actor, group, wish, (before?.round ?? 0) + 1);
    await dropUnbegun(ground, db, group, remark('other-wish', {}));
    await putDesiredState(db, row);
    const { image, kind, rings, most_failures: mostFailures } = row;
    const facts = { image, kind, rings, mostFailures };
    await audit(ground, db, actor, { action: 'rollout.set', kind: 'group', subject: group, facts });
    return rolloutOf(db, row);
  });

/** Nothing more is given out; what devices have goes on. @throws NacreError MANAGER_NOT_FOUND */
export const pauseRollout = (ground: Ground, actor: Actor, group: string): Promise<Rollout> =>
  ground.store.change(async (db) => {
    const row = await required(db, group);
    const change = { state: 'paused' as const, reason: remark('paused', { user: actor.name }) };
    await changeDesiredState(db, group, change);
    await dropUnbegun(ground, db, group, change.reason);
    await audit(ground, db, actor, { action: 'rollout.pause', kind: 'group', subject: group });
    return rolloutOf(db, { ...row, ...change });
  });

/** Goes on in the ring where it is; what failed before counts no longer, and is tried again. @throws NacreError MANAGER_NOT_FOUND */
export const resumeRollout = (ground: Ground, actor: Actor, group: string): Promise<Rollout> =>
  ground.store.change(async (db) => {
    const row = await required(db, group);
    const now = timeOf(ground);
    const times = { began_at: now, ring_began_at: now };
    const change = { state: 'running' as const, reason: '', round: row.round + 1, ...times };
    await changeDesiredState(db, group, change);
    await audit(ground, db, actor, { action: 'rollout.resume', kind: 'group', subject: group });
    return rolloutOf(db, { ...row, ...change });
  });

/** The group is left as it is. @throws NacreError MANAGER_NOT_FOUND */
export const dropDesiredState = (ground: Ground, actor: Actor, group: string): Promise<void> =>
  ground.store.change(async (db) => {
    await required(db, group);
    await dropUnbegun(ground, db, group, remark('no-wish', {}));
    await removeDesiredState(db, group);
    await audit(ground, db, actor, { action: 'rollout.drop', kind: 'group', subject: group });
  });
