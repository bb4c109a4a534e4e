/**
 * The life of a job as a table (design: planned, queued, sent, downloading, backed-up, armed, imaging, verifying, first-boot, done),
 * and what is left of each state for a device that lost its power. A state is stored before anything acts on it. The manager
 * and the device both bring events; what comes twice, late, or only from the next OS changes nothing that is known better.
 */

export const JOB_STATES = [
  'planned',
  'queued',
  'sent',
  'downloading',
  'backed-up',
  'armed',
  'imaging',
  'verifying',
  'first-boot',
  'done',
  'failed',
  'cancelled',
  'lost',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What the manager decides. `send`: the device got the ticket. `lose`: the deadline of a phase has passed. */
export const MANAGER_EVENTS = ['queue', 'send', 'retry', 'lose', 'cancel'] as const;
/**
 * What a device says. `download`, `back-up`: BI begins, and was read back whole. `arm`: PI is armed. `image`, `verify`: Merlin
 * writes, and reads back. `start-os`: the OS of the image runs. `finish`, `fail`: V02. `stop`: it stopped what was cancelled.
 */
export const DEVICE_EVENTS = [
  'download',
  'back-up',
  'arm',
  'image',
  'verify',
  'start-os',
  'finish',
  'fail',
  'stop',
] as const;
export type ManagerEvent = (typeof MANAGER_EVENTS)[number];
export type DeviceJobEvent = (typeof DEVICE_EVENTS)[number];
export type JobEvent = ManagerEvent | DeviceJobEvent;

type Row = Readonly<Partial<Record<JobEvent, JobState>>>;

const ENDS: Row = { fail: 'failed', lose: 'lost' };
/** A device that was without network in Merlin tells of later states only. */
const AFTER_ARMING: Row = {
  image: 'imaging',
  verify: 'verifying',
  'start-os': 'first-boot',
  finish: 'done',
  ...ENDS,
};

const TRANSITIONS: Readonly<Record<JobState, Row>> = {
  planned: { queue: 'queued', cancel: 'cancelled' },
  queued: { send: 'sent', cancel: 'cancelled', lose: 'lost' },
  // Sent again: the answer was lost, or the device started again before it began.
  sent: {
    ...{ send: 'sent', download: 'downloading', 'back-up': 'backed-up', arm: 'armed' },
    ...{ image: 'imaging', finish: 'done', stop: 'cancelled', ...ENDS },
  },
  downloading: {
    ...{ send: 'downloading', download: 'downloading', 'back-up': 'backed-up', finish: 'done' },
    ...{ stop: 'cancelled', ...ENDS },
  },
  'backed-up': {
    ...{ send: 'backed-up', 'back-up': 'backed-up', arm: 'armed', finish: 'done' },
    ...{ stop: 'cancelled', ...ENDS },
  },
  // While the OS still runs the device can disarm; from the first write of Merlin on nothing is stopped.
  armed: { send: 'armed', arm: 'armed', stop: 'cancelled', ...AFTER_ARMING },
  imaging: { send: 'imaging', ...AFTER_ARMING },
  verifying: { send: 'verifying', ...AFTER_ARMING },
  'first-boot': { send: 'first-boot', 'start-os': 'first-boot', finish: 'done', ...ENDS },
  // Repeated reports are answers that got lost.
  done: { finish: 'done' },
  // A device that read back what it wrote knows better than a report or a deadline that came before.
  failed: { fail: 'failed', finish: 'done', retry: 'queued' },
  cancelled: { stop: 'cancelled' },
  // It is not lost when it speaks again.
  lost: {
    ...{ retry: 'queued', download: 'downloading', 'back-up': 'backed-up', arm: 'armed' },
    ...{ stop: 'cancelled', ...AFTER_ARMING },
  },
};

/**
 * What a state is for a device that lost its power in it and starts again. Download and imaging go on with what their disk
 * says: chunks that are there are not fetched or written again.
 */
export const resumesAs: Readonly<Record<JobState, JobState>> = {
  planned: 'planned',
  queued: 'queued',
  sent: 'sent',
  downloading: 'downloading',
  'backed-up': 'backed-up',
  armed: 'armed',
  // The decision block says "not whole": Merlin starts, and does what is missing.
  imaging: 'imaging',
  verifying: 'imaging',
  'first-boot': 'first-boot',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  lost: 'lost',
};

/** The state after an event; `undefined` for a pair that the table does not have, which is refused. */
export const next = (state: JobState, event: JobEvent): JobState | undefined =>
  TRANSITIONS[state][event];

/** True while a device has, or will get, something to do: it can have one such job. */
export const isOpen = (state: JobState): boolean =>
  state !== 'done' && state !== 'failed' && state !== 'cancelled' && state !== 'lost';

/** True while `cancel` can still be obeyed: before the first write to the OS. */
export const canBeCancelled = (state: JobState): boolean =>
  next(state, 'cancel') !== undefined || (isOpen(state) && next(state, 'stop') !== undefined);
