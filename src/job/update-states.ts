/**
 * The life of a terminal-side update (spec T) as a table: an image is changed on a terminal, its difference comes up and becomes a new
 * version. A state is stored before anything acts on it.
 */

export const UPDATE_STATES = [
  'started',
  'uploading',
  'verifying',
  'done',
  'cancelled',
  'released',
  'expired',
] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];

/**
 * `upload`: the terminal finishes, and may send. `verify`: all was sent, the manager looks whether it is whole. `miss`: something lacks, and
 * is sent again. `publish`: the version is there. `cancel`: the terminal gives up. `release`: an administrator takes the image from it.
 * `expire`: nothing was heard of it for too long.
 */
export const UPDATE_EVENTS = [
  'upload',
  'verify',
  'miss',
  'publish',
  'cancel',
  'release',
  'expire',
] as const;
export type UpdateEvent = (typeof UPDATE_EVENTS)[number];

type Row = Readonly<Partial<Record<UpdateEvent, UpdateState>>>;

const ENDS: Row = { cancel: 'cancelled', release: 'released', expire: 'expired' };

const TRANSITIONS: Readonly<Record<UpdateState, Row>> = {
  started: { upload: 'uploading', ...ENDS },
  // `finish` again goes on where it stopped.
  uploading: { upload: 'uploading', verify: 'verifying', ...ENDS },
  // The version may become visible at any moment: who ends it now has to wait, unless whoever verified died.
  verifying: { upload: 'uploading', verify: 'verifying', miss: 'uploading', publish: 'done' },
  // Repeated: an answer got lost.
  done: { publish: 'done' },
  cancelled: { cancel: 'cancelled' },
  released: {},
  expired: {},
};

/** What a state is when the manager lost its power in it: publishing again is the same version, so that the terminal asks once more. */
export const resumesAs: Readonly<Record<UpdateState, UpdateState>> = {
  started: 'started',
  uploading: 'uploading',
  verifying: 'uploading',
  done: 'done',
  cancelled: 'cancelled',
  released: 'released',
  expired: 'expired',
};

/** The state after an event; `undefined` for a pair that the table does not have, which is refused. */
export const next = (state: UpdateState, event: UpdateEvent): UpdateState | undefined =>
  TRANSITIONS[state][event];

/** States in which a terminal holds its image. */
export const HELD_STATES = ['started', 'uploading', 'verifying'] as const satisfies UpdateState[];

/** True while a terminal holds the image. */
export const isHeld = (state: UpdateState): boolean => HELD_STATES.some((held) => held === state);
