/**
 * What happens to jobs by itself: those whose time has come are queued, those of which nothing is heard are lost, those that
 * failed are tried again. One manager on a data base does it; each move is a transaction of its own that looks again first, so
 * that a manager may die between any two of them.
 */
import { NacreError } from '../../errors.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { type Ground, MANAGER, timeIn, timeOf } from '../ground.ts';
import { findAgent } from '../store/agent-rows.ts';
import {
  changeJob,
  dueJobs,
  extendDeadlines,
  findJob,
  overdueJobs,
  retriableJobs,
} from '../store/job-rows.ts';
import type { JobTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import { inventoryOf } from './eligibility.ts';
import { commandOf, moveJob } from './move-job.ts';
import { isInWindow, knownZone, openingAfter } from './window.ts';

/** Any number that no other lock of ours has. */
export const LEADER_LOCK = 0x6e616a62;
/** Jobs of one look at each kind; the next look finds the others. */
const MOST = 500;
/** After a start agents have so long to tell what they could not. */
const START_SECONDS = 600;

/** Does what is due now, unless another manager does. */
export type Tick = () => Promise<void>;

type Step = (ground: Ground, db: Queries, job: JobTable) => Promise<JobTable | undefined>;

/** A window that closed while nobody looked opens again another day. */
const queue: Step = async (ground, db, job) => {
  if (job.state !== 'planned' || job.due_at > timeOf(ground)) return undefined;
  const { window_from: from, window_to: to } = await commandOf(db, job);
  const agent = await findAgent(db, job.device_id);
  const zone = agent === undefined ? 'UTC' : knownZone(inventoryOf(agent).timeZone);
  if (from === null || to === null || isInWindow({ from, to }, zone, ground.now()))
    return moveJob(ground, db, job, { event: 'queue', actor: MANAGER });
  const opening = openingAfter({ from, to }, zone, ground.now());
  await changeJob(db, job.id, { due_at: opening.toISOString() });
  return undefined;
};

const lose: Step = async (ground, db, job) => {
  if (job.deadline_at === null || job.deadline_at > timeOf(ground)) return undefined;
  const seconds = Math.round((ground.now().getTime() - Date.parse(job.changed_at)) / 1000);
  const { id, state } = job;
  const { code, message } = new NacreError('JOB_DEADLINE', { seconds, state, job: id });
  return moveJob(ground, db, job, { event: 'lose', actor: MANAGER, code, message });
};

const retry: Step = async (ground, db, job) => {
  if (job.retry_at === null || job.retry_at > timeOf(ground)) return undefined;
  const moved = await moveJob(ground, db, job, {
    ...{ event: 'retry', actor: MANAGER },
    columns: { attempt: job.attempt + 1 },
  });
  // The device has another job now: that one counts.
  if (moved === undefined) await changeJob(db, job.id, { retry_at: null });
  return moved;
};

const each = async (ground: Ground, ids: readonly string[], step: Step): Promise<void> => {
  for (const id of ids)
    await ground.store.change(async (db) => {
      const found = await findJob(db, id);
      if (found !== undefined) await step(ground, db, found);
    });
};

const runDue = async (ground: Ground): Promise<void> => {
  const now = timeOf(ground);
  const { store } = ground;
  await each(ground, await store.read((db) => overdueJobs(db, now, MOST)), lose);
  await each(ground, await store.read((db) => retriableJobs(db, now, MOST)), retry);
  await each(ground, await store.read((db) => dueJobs(db, now, MOST)), queue);
};

/** One look at what is due. */
export const tickOf =
  (ground: Ground): Tick =>
  async () => {
    await ground.store.lead(LEADER_LOCK, () => runDue(ground));
  };

/** While no manager ran nobody could report: no job is lost for that. */
export const giveTime = (ground: Ground): Promise<void> =>
  ground.store.change((db) => extendDeadlines(db, timeIn(ground, START_SECONDS)));

const EVERY_MS = 1000;
/** Timed looks from one at desired states to the next: they ask for whole groups. */
const RECONCILE_LOOKS = 10;

export interface DispatcherOptions {
  readonly ground: Ground;
  readonly log: ServiceLog;
  /** Called after each look: agents may have something to ask for. */
  readonly look: () => Promise<void>;
  /** Makes the jobs that desired states lack; at a kick, and every few looks. */
  readonly reconcile: (ground: Ground) => Promise<void>;
}

export interface Dispatcher {
  /** Looks now; resolves when that look is over. */
  readonly kick: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts it. */
export const startDispatcher = async (options: DispatcherOptions): Promise<Dispatcher> => {
  const { ground, log, look, reconcile } = options;
  await giveTime(ground);
  const tick = tickOf(ground);
  let looks = 0;
  const run = async (): Promise<void> => {
    try {
      if (looks++ % RECONCILE_LOOKS === 0)
        await ground.store.lead(LEADER_LOCK, () => reconcile(ground));
    } catch (err) {
      // It keeps no job from its time.
      log.warn({ err }, 'desired states could not be looked at');
    }
    try {
      await tick();
      await look();
    } catch (err) {
      // The next look finds what this one did not.
      log.warn({ err }, 'jobs could not be looked at');
    }
  };
  let running = Promise.resolve();
  const next = (): Promise<void> => {
    running = running.then(run);
    return running;
  };
  let isIdle = true;
  const timer = setInterval(() => {
    // A look that takes long is not followed by a row of others.
    if (!isIdle) return;
    isIdle = false;
    void next().finally(() => {
      isIdle = true;
    });
  }, EVERY_MS);
  timer.unref();
  return {
    kick: () => {
      looks = 0;
      return next();
    },
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
};
