import test from 'ava';
import {
  isOpen,
  next,
  ORDER_EVENTS,
  ORDER_STATES,
  type OrderEvent,
  type OrderState,
  resumesAs,
} from '../../src/job/order-states.ts';

/** Every pair that is taken; all others are refused. */
const TAKEN: readonly (readonly [OrderState, OrderEvent, OrderState])[] = [
  ['waiting', 'give', 'given'],
  ['waiting', 'give-up', 'failed'],
  ['given', 'give', 'given'],
  ['given', 'start', 'running'],
  ['given', 'fail', 'failed'],
  ['given', 'give-up', 'failed'],
  ['running', 'give', 'running'],
  ['running', 'start', 'running'],
  ['running', 'finish', 'done'],
  ['running', 'fail', 'failed'],
  ['running', 'give-up', 'failed'],
  ['done', 'finish', 'done'],
  ['failed', 'fail', 'failed'],
  ['failed', 'finish', 'done'],
];

for (const state of ORDER_STATES)
  for (const event of ORDER_EVENTS) {
    const expected = TAKEN.find(([from, by]) => from === state && by === event)?.[2];
    test(`an order that is ${state} ${expected === undefined ? 'refuses' : `is ${expected} after`} "${event}"`, (t) => {
      t.is(next(state, event), expected);
    });
  }

test('nothing leads from an order that began back to one that could begin', (t) => {
  const reached = new Set<OrderState>(['running']);
  for (const state of reached)
    for (const event of ORDER_EVENTS) {
      const after = next(state, event);
      if (after !== undefined) reached.add(after);
    }
  t.deepEqual([...reached].sort(), ['done', 'failed', 'running']);
});

test('only a start leads to an order that runs', (t) => {
  for (const [from, by, to] of TAKEN) if (to === 'running' && from !== 'running') t.is(by, 'start');
});

test('after a loss of power an order begins only when it never began', (t) => {
  for (const state of ORDER_STATES) {
    t.is(resumesAs[state], state === 'given' ? 'waiting' : state);
    t.is(isOpen(resumesAs[state]), isOpen(state));
  }
});
