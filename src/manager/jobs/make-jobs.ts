/** Makes the jobs of an order: one for each device that can have it, all of them or none. */
import { randomBytes } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { makeId } from '../identity/secret.ts';
import { addCommand, addJobEvents, addJobs, dropRetries } from '../store/job-rows.ts';
import type { CommandTable, JobTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import { type DevicePlan, type JobPlan, type JobWish, planIn } from './plan-jobs.ts';

/** ArgID of the seed. */
const COMMAND_ARG = 9;
const JOB_ID_BYTES = 16;
const ARGS_OF_KIND = { bi: ['BI'], pi: ['PI'], 'bi-pi': ['BI', 'PI'] } as const;

/** `ComandArg` of a kind. */
export const argsOf = (kind: JobWish['kind']): NewJobs<DevicePlan>['args'] =>
  ARGS_OF_KIND[kind].map((value) => ({ id: COMMAND_ARG, value }));

/** An order with what belongs to it beside its devices. */
export interface JobOrder extends JobWish {
  readonly limitBytesPerSecond?: number | undefined;
  /** How users are asked before a restart; without it nobody is. */
  readonly notice?:
    | {
        readonly countdownSeconds: number;
        readonly postpones: number;
        readonly postponeSeconds: number;
      }
    | undefined;
  /** For the checks of the new OS. */
  readonly healthSeconds: number;
  readonly mostAttempts: number;
  /** Devices that are off are woken by another one of their subnet. */
  readonly wake?: boolean | undefined;
}

export interface MadeJobs {
  readonly command: string;
  readonly plan: JobPlan;
  readonly jobs: readonly { readonly id: string; readonly device: string; readonly name: string }[];
}

/** The desired state that an order serves. */
export interface RolloutRound {
  readonly group: string;
  readonly round: number;
}

/** The row of an order. */
export const commandRow = (
  ground: Ground,
  actor: Actor,
  order: Omit<JobOrder, 'selection'>,
  image: string,
  rollout?: RolloutRound,
): CommandTable => {
  const { kind, startAt, window, notice } = order;
  return {
    ...{ id: makeId(), kind, image_name: order.image.replace(/[@:].*$/, ''), version_id: image },
    ...{ start_at: startAt ?? null, window_from: window?.from ?? null },
    window_to: window?.to ?? null,
    limit_bytes_per_second: order.limitBytesPerSecond ?? null,
    countdown_seconds: notice?.countdownSeconds ?? null,
    postpones: notice?.postpones ?? 0,
    postpone_seconds: notice?.postponeSeconds ?? 0,
    ...{ health_seconds: order.healthSeconds, most_attempts: order.mostAttempts },
    ...{ created_at: timeOf(ground), created_by: actor.name },
    ...{ rollout: rollout?.group ?? null, rollout_round: rollout?.round ?? null },
    wake: order.wake ? 1 : 0,
  };
};

const jobRow = (
  command: CommandTable,
  { device, startAt }: Pick<DevicePlan, 'device' | 'startAt'>,
): JobTable => ({
  ...{ id: randomBytes(JOB_ID_BYTES).toString('hex'), command_id: command.id, device_id: device },
  ...{ state: 'planned', attempt: 1, due_at: startAt, deadline_at: null, retry_at: null },
  ...{ ticket_counter: null, ticket_attempt: null, ticket_issued_at: null },
  ...{ ticket_expires_at: null, subnet: null },
  limit_bytes_per_second: command.limit_bytes_per_second,
  ...{ done_bytes: 0, total_bytes: 0, code: null, message: '', cancel_requested_at: null },
  ...{ created_at: command.created_at, changed_at: command.created_at },
  ...{ started_at: null, ended_at: null },
});

const eventRow = (actor: Actor, { id, created_at: at }: JobTable) => ({
  ...{ job_id: id, at, event: 'make' as const, from_state: null, to_state: 'planned' as const },
  ...{ attempt: 1, actor_kind: actor.kind, actor: actor.name },
  ...{ done_bytes: 0, total_bytes: 0, code: null, message: '' },
});

/** An order with what it says, and the devices of its selection. */
export interface NewJobs<Plan extends Pick<DevicePlan, 'device' | 'name' | 'startAt'>> {
  readonly command: CommandTable;
  readonly args: readonly { readonly id: number; readonly value: string }[];
  readonly eligible: readonly Plan[];
  /** Devices that cannot have it. */
  readonly skipped: number;
}

/** Writes down an order and its jobs, in the transaction in which they were planned. */
export const addNewJobs = async <Plan extends Pick<DevicePlan, 'device' | 'name' | 'startAt'>>(
  ground: Ground,
  db: Queries,
  actor: Actor,
  { command, args, eligible, skipped }: NewJobs<Plan>,
): Promise<MadeJobs['jobs']> => {
  await addCommand(db, command, args);
  await dropRetries(
    db,
    eligible.map(({ device }) => device),
  );
  const rows = eligible.map((each) => jobRow(command, each));
  await addJobs(db, rows);
  await addJobEvents(
    db,
    rows.map((row) => eventRow(actor, row)),
  );
  const facts = { kind: command.kind, image: `${command.image_name}@${command.version_id}` };
  await audit(ground, db, actor, {
    ...{ action: 'job.make', kind: 'command', subject: command.id },
    facts: { ...facts, jobs: rows.length, skipped },
  });
  const names = new Map(eligible.map(({ device, name }) => [device, name]));
  return rows.map(({ id, device_id: device }) => ({
    ...{ id, device, name: names.get(device) ?? '' },
  }));
};

/** @throws NacreError JOB_NONE_ELIGIBLE when there is none */
export const requireEligible = (
  devices: readonly Pick<DevicePlan, 'isEligible' | 'reasons'>[],
): void => {
  if (devices.some(({ isEligible }) => isEligible)) return;
  const reason = devices[0]?.reasons[0]?.message ?? 'no device is selected';
  throw new NacreError('JOB_NONE_ELIGIBLE', { count: devices.length, reason });
};

/** @throws NacreError JOB_NONE_ELIGIBLE, and what a plan throws */
export const makeJobs = (ground: Ground, actor: Actor, order: JobOrder): Promise<MadeJobs> =>
  ground.store.change(async (db) => {
    const plan = await planIn(ground, db, order);
    requireEligible(plan.devices);
    const eligible = plan.devices.filter(({ isEligible }) => isEligible);
    const command = commandRow(ground, actor, order, plan.image.id);
    const args = argsOf(order.kind);
    const skipped = plan.devices.length - eligible.length;
    const jobs = await addNewJobs(ground, db, actor, { command, args, eligible, skipped });
    return { command: command.id, plan, jobs };
  });
