/**
 * Orders that are done once: an image that goes onto a disk, a disk that is captured. The states as a table, and what
 * is left of each for a device that starts again. A state is stored before anything acts on it.
 */

export const ORDER_STATES = ['waiting', 'given', 'running', 'done', 'failed'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/**
 * `give`: the device asks for its order and gets a ticket. `start`: it says with that ticket that it begins, before its
 * first write. `finish` and `fail`: its result. `give-up`: it was given the order too often.
 */
export const ORDER_EVENTS = ['give', 'start', 'finish', 'fail', 'give-up'] as const;
export type OrderEvent = (typeof ORDER_EVENTS)[number];

type Row = Readonly<Partial<Record<OrderEvent, OrderState>>>;

// biome-ignore format: a table is read in columns
const TRANSITIONS: Readonly<Record<OrderState, Row>> = {
  waiting: { give: 'given',                                                    'give-up': 'failed' },
  // A ticket is out and nothing is written: whoever asks again gets another one, and the first is void.
  given:   { give: 'given',   start: 'running',                fail: 'failed', 'give-up': 'failed' },
  // The device may have written: asked again, it goes on, and nothing begins anew. A second start is one whose answer got lost.
  running: { give: 'running', start: 'running', finish: 'done', fail: 'failed', 'give-up': 'failed' },
  // Repeated reports are answers that got lost.
  done:    {                                    finish: 'done' },
  // Whoever claims to be the device can fail its order; the device that began it and read back what it wrote knows better.
  failed:  {                                    finish: 'done', fail: 'failed' },
};

/**
 * What an order is for a device that lost its power and starts again: without a start nothing was written, so that it
 * begins; after one it goes on with what its disk says it was doing.
 */
export const resumesAs: Readonly<Record<OrderState, OrderState>> = {
  waiting: 'waiting',
  given: 'waiting',
  running: 'running',
  done: 'done',
  failed: 'failed',
};

/** The state after an event; `undefined` for a pair that the table does not have, which is refused. */
export const next = (state: OrderState, event: OrderEvent): OrderState | undefined =>
  TRANSITIONS[state][event];

/** True while the device has to do something for it. */
export const isOpen = (state: OrderState): boolean =>
  state === 'waiting' || state === 'given' || state === 'running';
