import test from 'ava';
import {
  HELD_STATES,
  isHeld,
  next,
  resumesAs,
  UPDATE_EVENTS,
  UPDATE_STATES,
} from '../../src/job/update-states.ts';

test('an update goes from its start to its version, and back when something got lost', (t) => {
  t.is(next('started', 'upload'), 'uploading');
  t.is(next('uploading', 'verify'), 'verifying');
  t.is(next('verifying', 'miss'), 'uploading');
  t.is(next('verifying', 'publish'), 'done');
});

test('what is over stays over, and what is being verified is taken from nobody', (t) => {
  for (const state of UPDATE_STATES)
    for (const event of UPDATE_EVENTS) {
      const found = next(state, event);
      if (!isHeld(state)) t.true(found === undefined || found === state, `${state} ${event}`);
    }
  for (const event of ['cancel', 'release', 'expire'] as const)
    t.is(next('verifying', event), undefined);
});

test('after a cut of power nothing is further than it was', (t) => {
  for (const state of UPDATE_STATES) {
    t.is(isHeld(resumesAs[state]), isHeld(state), state);
    t.is(resumesAs[resumesAs[state]], resumesAs[state]);
  }
  t.deepEqual(HELD_STATES, ['started', 'uploading', 'verifying']);
});
