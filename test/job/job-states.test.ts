import test from 'ava';
import {
  canBeCancelled,
  DEVICE_EVENTS,
  isOpen,
  JOB_STATES,
  type JobState,
  MANAGER_EVENTS,
  next,
  resumesAs,
} from '../../src/job/job-states.ts';

const path = (events: readonly (typeof DEVICE_EVENTS)[number][], from: JobState = 'sent') =>
  events.reduce<JobState | undefined>((state, event) => state && next(state, event), from);

test('the jobs of the seed end done', (t) => {
  t.is(path(['download', 'back-up', 'finish']), 'done');
  t.is(path(['arm', 'image', 'verify', 'start-os', 'finish']), 'done');
  t.is(path(['download', 'back-up', 'arm', 'image', 'verify', 'start-os', 'finish']), 'done');
  t.is(path(['image', 'verify', 'finish']), 'done', 'capture and convert');
  t.is(path(['download', 'back-up', 'arm', 'finish']), 'done', 'Merlin had no network');
});

test('every open state can fail, be lost, and be sent again without going back', (t) => {
  for (const state of JOB_STATES.filter(isOpen)) {
    if (state === 'planned') continue;
    if (state !== 'queued') t.is(next(state, 'fail'), 'failed', state);
    t.is(next(state, 'lose'), 'lost', state);
    t.is(next(state, 'send'), state === 'queued' ? 'sent' : state, state);
  }
});

test('what ended stays ended, but for a device that read back what it wrote, and for another try', (t) => {
  for (const event of [...MANAGER_EVENTS, ...DEVICE_EVENTS]) {
    t.is(next('done', event), event === 'finish' ? 'done' : undefined, event);
    t.is(next('cancelled', event), event === 'stop' ? 'cancelled' : undefined, event);
  }
  t.is(next('failed', 'finish'), 'done');
  t.is(next('failed', 'retry'), 'queued');
  t.is(next('lost', 'image'), 'imaging');
});

test('from the first write of Merlin on nothing is stopped', (t) => {
  const stoppable = JOB_STATES.filter(canBeCancelled);
  t.deepEqual(stoppable, ['planned', 'queued', 'sent', 'downloading', 'backed-up', 'armed']);
});

test('after a power cut a state is left as something that the table goes on from', (t) => {
  for (const state of JOB_STATES.filter(isOpen)) {
    const left = resumesAs[state];
    t.true(isOpen(left), state);
    t.truthy(state === 'planned' || next(left, 'send'), state);
  }
});
