/** What jobs wait for, and how long: administrators may set each of these numbers. */
import * as z from 'zod';
import type { JobState } from '../../job/job-states.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import type { Queries } from '../store/store.ts';
import { jobSettings, putJobSetting } from '../store/subnet-rows.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const seconds = z
  .int()
  .min(1)
  .max(90 * DAY);

export const jobSettingsShape = z.strictObject({
  /** Until a device that does not come is given up. */
  queuedSeconds: seconds,
  /** From the ticket to the first word about it. */
  sentSeconds: seconds,
  /** Between two reports of a download. */
  downloadingSeconds: seconds,
  /** To the arming, beside what users may put off. */
  backedUpSeconds: seconds,
  /** To the next word: Merlin may have no network, so that this is the time for all of the imaging. */
  armedSeconds: seconds,
  imagingSeconds: seconds,
  verifyingSeconds: seconds,
  /** To the result, beside the time for checks of the new OS. */
  firstBootSeconds: seconds,
  /** A ticket that is older is not obeyed. */
  ticketSeconds: z
    .int()
    .min(1)
    .max(7 * DAY),
  /** Devices that nobody has seen for so long are left out. */
  silentSeconds: seconds,
  /** Before the second try of a job that failed; five times as long before each further one. */
  retrySeconds: seconds,
  mostRetrySeconds: seconds,
});
export type JobSettings = Readonly<z.output<typeof jobSettingsShape>>;
export const jobSettingsChange = jobSettingsShape.partial();

const DEFAULTS: JobSettings = {
  queuedSeconds: 7 * DAY,
  sentSeconds: 2 * HOUR,
  downloadingSeconds: 6 * HOUR,
  backedUpSeconds: HOUR,
  armedSeconds: 12 * HOUR,
  imagingSeconds: 6 * HOUR,
  verifyingSeconds: 6 * HOUR,
  firstBootSeconds: HOUR,
  ticketSeconds: DAY,
  silentSeconds: 7 * DAY,
  retrySeconds: MINUTE,
  mostRetrySeconds: HOUR,
};

/** The settings as they are now. */
export const settingsIn = async (db: Queries): Promise<JobSettings> => {
  const rows = (await jobSettings(db)).filter(({ name }) => name in jobSettingsShape.shape);
  const set = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  return jobSettingsShape.parse({ ...DEFAULTS, ...set });
};

export const readSettings = ({ store }: Ground): Promise<JobSettings> => store.read(settingsIn);

/** Changes what is given; jobs that run keep the deadline of their phase. */
export const changeSettings = (
  ground: Ground,
  actor: Actor,
  change: z.output<typeof jobSettingsChange>,
): Promise<JobSettings> =>
  ground.store.change(async (db) => {
    const given = Object.entries(change).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value }],
    );
    for (const row of given) await putJobSetting(db, row);
    const facts = Object.fromEntries(given.map(({ name, value }) => [name, value]));
    const deed = { action: 'job.settings', kind: 'manager', subject: 'jobs', facts };
    await audit(ground, db, actor, deed);
    return settingsIn(db);
  });

/** What of an order makes its phases longer. */
export interface PhaseNeeds {
  readonly countdown_seconds: number | null;
  readonly postpones: number;
  readonly postpone_seconds: number;
  readonly health_seconds: number;
}

/** Seconds that a job may be in a state without a word; undefined where it waits for nothing. */
export const secondsIn = (
  settings: JobSettings,
  state: JobState,
  needs: PhaseNeeds,
): number | undefined => {
  const notice = (needs.countdown_seconds ?? 0) + needs.postpones * needs.postpone_seconds;
  const byState: Readonly<Partial<Record<JobState, number>>> = {
    queued: settings.queuedSeconds,
    sent: settings.sentSeconds,
    downloading: settings.downloadingSeconds,
    'backed-up': settings.backedUpSeconds + notice,
    armed: settings.armedSeconds + notice + needs.health_seconds,
    imaging: settings.imagingSeconds,
    verifying: settings.verifyingSeconds,
    'first-boot': settings.firstBootSeconds + needs.health_seconds,
  };
  return byState[state];
};

const GROWTH = 5;

/** Seconds before a try after `attempt` of them failed. */
export const backOffSeconds = (
  { retrySeconds, mostRetrySeconds }: JobSettings,
  attempt: number,
): number => Math.min(retrySeconds * GROWTH ** (attempt - 1), mostRetrySeconds);
