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

const seconds = (by: number) =>
  z
    .int()
    .min(1)
    .max(90 * DAY)
    .default(by);

export const jobSettingsShape = z.strictObject({
  /** Until a device that does not come is given up. */
  queuedSeconds: seconds(7 * DAY),
  /** From the ticket to the first word about it. */
  sentSeconds: seconds(2 * HOUR),
  /** Between two reports of a download. */
  downloadingSeconds: seconds(6 * HOUR),
  /** To the arming, beside what users may put off. */
  backedUpSeconds: seconds(HOUR),
  /** To the next word: Merlin may have no network, so that this is the time for all of the imaging. */
  armedSeconds: seconds(12 * HOUR),
  imagingSeconds: seconds(6 * HOUR),
  verifyingSeconds: seconds(6 * HOUR),
  /** To the result, beside the time for checks of the new OS. */
  firstBootSeconds: seconds(HOUR),
  /** A ticket that is older is not obeyed. */
  ticketSeconds: z
    .int()
    .min(1)
    .max(7 * DAY)
    .default(DAY),
  /** Devices that nobody has seen for so long are left out. */
  silentSeconds: seconds(7 * DAY),
  /** Before the second try of a job that failed; five times as long before each further one. */
  retrySeconds: seconds(MINUTE),
  mostRetrySeconds: seconds(HOUR),
});
export type JobSettings = Readonly<z.output<typeof jobSettingsShape>>;
export const jobSettingsChange = jobSettingsShape.partial();

/** The settings as they are now. */
export const settingsIn = async (db: Queries): Promise<JobSettings> => {
  const rows = (await jobSettings(db)).filter(({ name }) => name in jobSettingsShape.shape);
  return jobSettingsShape.parse(Object.fromEntries(rows.map(({ name, value }) => [name, value])));
};

export const readSettings = ({ store }: Ground): Promise<JobSettings> => store.read(settingsIn);

/** Changes what is given; jobs that run keep the deadline of their phase. */
export const changeSettings = (
  ground: Ground,
  actor: Actor,
  change: Partial<JobSettings>,
): Promise<JobSettings> =>
  ground.store.change(async (db) => {
    for (const [name, value] of Object.entries(change)) await putJobSetting(db, { name, value });
    const deed = { action: 'job.settings', kind: 'manager', subject: 'jobs', facts: change };
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
