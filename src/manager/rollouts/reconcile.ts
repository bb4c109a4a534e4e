/**
 * Brings groups to what they are to run: looks what each desired state means now, makes the jobs that its ring lacks, goes on to the next ring
 * when one has succeeded, and stops when too many failed. One manager on a data base does it; each look at a group is one transaction, so that
 * it may die at any moment and another one goes on.
 */
import { isNacreError } from '../../errors.ts';
import { errorRemark, remark } from '../../job/remarks.ts';
import { type Ground, MANAGER, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { addNewJobs, argsOf, commandRow, type JobOrder } from '../jobs/make-jobs.ts';
import { moveJob } from '../jobs/move-job.ts';
import { planIn } from '../jobs/plan-jobs.ts';
import { resolveImage } from '../jobs/wished-image.ts';
import { findJob } from '../store/job-rows.ts';
import {
  changeDesiredState,
  desiredStates,
  findDesiredState,
  unbegunJobs,
} from '../store/rollout-rows.ts';
import type { DesiredStateTable } from '../store/rollout-tables.ts';
import type { Queries } from '../store/store.ts';
import { type Member, type RolloutView, viewOf, withStanding } from './rollout-view.ts';

/** Tries of a job; what a ring decides by is what is left after them. */
const MOST_ATTEMPTS = 3;
/** Devices that get their job in one look; the next look finds the others. */
const MOST_NEW = 500;
const SHOWN = 3;

/** One look at one group. */
interface Look {
  readonly ground: Ground;
  readonly db: Queries;
  readonly desired: DesiredStateTable;
}

const change = ({ db, desired }: Look, change: Partial<DesiredStateTable>): Promise<void> =>
  changeDesiredState(db, desired.group_name, change);

const tell = (
  { ground, db, desired }: Look,
  action: string,
  facts: Readonly<Record<string, string | number | null>>,
): Promise<void> =>
  audit(ground, db, MANAGER, { action, kind: 'group', subject: desired.group_name, facts });

/** What is said only when it is new: a look every few seconds writes nothing else. */
const wait = async (look: Look, reason: string): Promise<void> => {
  const { desired } = look;
  const isNews = desired.state === 'reached';
  if (desired.reason !== reason || isNews)
    await change(look, { reason, ...(isNews ? { state: 'running' } : {}) });
};

/** The order that a desired state is for one ring. */
const orderOf = (desired: DesiredStateTable, image: string): Omit<JobOrder, 'selection'> => {
  const { window_from: from, window_to: to, countdown_seconds: countdownSeconds } = desired;
  const { postpones, postpone_seconds: postponeSeconds } = desired;
  return {
    ...{ image, kind: desired.kind, mostAttempts: MOST_ATTEMPTS },
    ...(from === null || to === null ? {} : { window: { from, to } }),
    ...(desired.limit_bytes_per_second === null
      ? {}
      : { limitBytesPerSecond: desired.limit_bytes_per_second }),
    ...(countdownSeconds === null
      ? {}
      : { notice: { countdownSeconds, postpones, postponeSeconds } }),
    ...{ healthSeconds: desired.health_seconds, wake: desired.wake === 1 },
  };
};

/** Gives those of the ring that have nothing yet their job. @returns why the others cannot have one */
const makeMissing = async (
  { ground, db, desired }: Look,
  image: string,
  version: string,
  open: readonly Member[],
): Promise<readonly string[]> => {
  if (open.length === 0) return [];
  const order = orderOf(desired, `${image}@${version}`);
  const devices = open.slice(0, MOST_NEW).map(({ row }) => row.id);
  const selection = { devices, groups: [], tags: [], isAll: false };
  const { devices: plans } = await planIn(ground, db, { ...order, selection });
  const eligible = plans.filter(({ isEligible }) => isEligible);
  const left = plans.filter(({ isEligible }) => !isEligible);
  if (eligible.length > 0) {
    const { group_name: group, round } = desired;
    const command = commandRow(ground, MANAGER, order, version, { group, round });
    const args = argsOf(order.kind);
    await addNewJobs(ground, db, MANAGER, { command, args, eligible, skipped: left.length });
  }
  return left.map(({ reasons: [first] }) => (first === undefined ? '' : errorRemark(first)));
};

const stop = async (look: Look, failed: readonly Member[]): Promise<void> => {
  const { ground, db, desired } = look;
  const shown = failed
    .slice(0, SHOWN)
    .map(({ row, job }) => [row.name, job?.code ?? []].flat().join(': '));
  const devices = [...shown, ...(failed.length > SHOWN ? ['…'] : [])].join('; ');
  const reason = remark('failures', {
    ...{ count: failed.length, allowed: desired.most_failures, devices },
  });
  await change(look, { state: 'stopped', reason });
  await tell(look, 'rollout.stop', { version: desired.version_id, ring: desired.ring + 1, reason });
  await dropUnbegun(ground, db, desired.group_name, remark('stopped', {}));
};

/** Cancels jobs for a group that no device has begun. */
export const dropUnbegun = async (
  ground: Ground,
  db: Queries,
  group: string,
  message: string,
): Promise<void> => {
  for (const id of await unbegunJobs(db, group)) {
    const job = await findJob(db, id);
    if (job !== undefined)
      await moveJob(ground, db, job, { event: 'cancel', actor: MANAGER, message });
  }
};

const soaks = ({ ground, desired }: Look, inRing: readonly Member[]): boolean => {
  const ends = inRing.flatMap(({ job }) => (job?.state === 'done' ? [job.ended_at ?? ''] : []));
  const last = Date.parse([...ends, desired.ring_began_at].toSorted().at(-1) ?? '');
  return ground.now().getTime() - last < desired.soak_seconds * 1000;
};

/** The last ring is over: what does not have it cannot. */
const finish = async (
  look: Look,
  members: readonly Member[],
  refusals: readonly string[],
): Promise<void> => {
  const { desired } = look;
  const lacks = members.length - withStanding(members, 'reached').length;
  const why = refusals[0] ?? '';
  const facts = { count: lacks, why };
  const state = lacks === 0 ? ('reached' as const) : ('running' as const);
  const told = why === '' ? remark('lacks', facts) : remark('lacks-why', facts);
  const reason = lacks === 0 ? '' : told;
  if (desired.state === state && desired.reason === reason) return;
  await change(look, { state, reason });
  if (lacks === 0) await tell(look, 'rollout.reach', { version: desired.version_id });
};

const noneText = (at: { readonly ring: number; readonly rings: number }, why: string): string =>
  why === '' ? remark('ring-none', at) : remark('ring-none-why', { ...at, why });

/** Goes on to the next ring, or says what it waits for. */
const advance = async (
  look: Look,
  { members, sizes }: RolloutView,
  refusals: readonly string[],
): Promise<void> => {
  const { ground, desired } = look;
  const { ring, version_id: version } = desired;
  const [size = 0, before = 0] = [sizes[ring], sizes[ring - 1]];
  const inRing = members.slice(0, size);
  const at = { ring: ring + 1, rings: sizes.length };
  if (withStanding(inRing, 'working', 'open', 'busy').length > refusals.length)
    return wait(look, remark('ring-waits', at));
  if (ring >= sizes.length - 1) return finish(look, inRing, refusals);
  const own = inRing.slice(before);
  if (own.length > 0 && withStanding(own, 'reached').length === 0)
    return wait(look, noneText(at, refusals[0] ?? ''));
  if (soaks(look, inRing)) return wait(look, remark('ring-soaks', at));
  await change(look, { ring: ring + 1, ring_began_at: timeOf(ground), reason: '' });
  await tell(look, 'rollout.next-ring', { version, ring: ring + 2 });
};

/** A version that was not wished before begins with the first ring, whatever became of the one before. */
const begin = async (look: Look, version: string): Promise<DesiredStateTable> => {
  const { ground, db, desired } = look;
  const now = timeOf(ground);
  await dropUnbegun(ground, db, desired.group_name, remark('other-version', {}));
  const fresh = {
    ...{ version_id: version, ring: 0, round: desired.round + 1, reason: '' },
    ...{ began_at: now, ring_began_at: now },
    // Somebody who paused it has his reasons.
    state: desired.state === 'paused' ? ('paused' as const) : ('running' as const),
  };
  await change(look, fresh);
  await tell(look, 'rollout.begin', { image: desired.image, version });
  return { ...desired, ...fresh };
};

const lookAt = async (first: Look): Promise<void> => {
  let image: Awaited<ReturnType<typeof resolveImage>>;
  try {
    image = await resolveImage(first.db, first.desired.image);
  } catch (reason) {
    // A label or package that is gone: nobody is given anything else instead.
    if (!isNacreError(reason)) throw reason;
    return wait(first, errorRemark(reason));
  }
  const { id: version, name } = image;
  const desired =
    first.desired.version_id === version ? first.desired : await begin(first, version);
  const look = { ...first, desired };
  if (desired.state === 'paused' || desired.state === 'stopped') return;
  const view = await viewOf(look.db, desired, version);
  const failed = withStanding(view.members, 'failed');
  if (failed.length > desired.most_failures) return stop(look, failed);
  const inRing = view.members.slice(0, view.sizes[desired.ring] ?? 0);
  const refusals = await makeMissing(look, name, version, withStanding(inRing, 'open'));
  await advance(look, view, refusals);
};

/** One look at every desired state. */
export const reconcile = async (ground: Ground): Promise<void> => {
  const all = await ground.store.read((db) => desiredStates(db));
  for (const { group_name: group } of all)
    await ground.store.change(async (db) => {
      const desired = await findDesiredState(db, group);
      if (desired !== undefined) await lookAt({ ground, db, desired });
    });
};
