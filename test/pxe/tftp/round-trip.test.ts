import test from 'ava';
import { RoundTrip } from '../../../src/pxe/tftp/round-trip.ts';

const LIMITS = { firstWaitMs: 400, shortestWaitMs: 25, longestWaitMs: 4000 };
const waits = (roundTrip: RoundTrip): number[] =>
  [1, 2, 3, 4, 5].map((sends) => {
    const waitMs = Math.round(roundTrip.waitMs(sends));
    roundTrip.backOff();
    return waitMs;
  });

test('before a round trip was measured waits double from the first one, up to the longest', (t) => {
  t.deepEqual(waits(new RoundTrip(LIMITS)), [400, 800, 1600, 3200, 4000]);
  t.deepEqual(
    waits(new RoundTrip({ ...LIMITS, longestWaitMs: 1000 })),
    [400, 800, 1000, 1000, 1000],
  );
  t.is(new RoundTrip(LIMITS).smoothedMs, 400);
});

test('a measured round trip and its deviation make the first wait', (t) => {
  const roundTrip = new RoundTrip(LIMITS);
  roundTrip.measure(100);
  t.is(roundTrip.waitMs(1), 300);
  for (let count = 0; count < 100; count++) roundTrip.measure(100);
  t.is(Math.round(roundTrip.waitMs(1)), 100);
  t.is(Math.round(roundTrip.smoothedMs), 100);
});

test('a short round trip is waited for a few times soon, then longer', (t) => {
  const roundTrip = new RoundTrip(LIMITS);
  for (let count = 0; count < 100; count++) roundTrip.measure(0.2);
  t.deepEqual(waits(roundTrip), [25, 50, 400, 1600, 400]);
});

test('waits stay long after a silence until a round trip is measured', (t) => {
  const roundTrip = new RoundTrip(LIMITS);
  for (let count = 0; count < 100; count++) roundTrip.measure(40);
  t.is(Math.round(roundTrip.waitMs(1)), 40);
  roundTrip.backOff();
  roundTrip.backOff();
  t.is(Math.round(roundTrip.waitMs(1)), 160);
  roundTrip.measure(40);
  t.is(Math.round(roundTrip.waitMs(1)), 40);
  roundTrip.backOff();
  roundTrip.relax();
  t.is(Math.round(roundTrip.waitMs(1)), 40);
});

test('an answer that may not come is waited for a little longer than a round trip', (t) => {
  const roundTrip = new RoundTrip(LIMITS);
  t.is(roundTrip.soonMs, 400);
  roundTrip.measure(100);
  t.is(roundTrip.soonMs, 150);
  for (let count = 0; count < 100; count++) roundTrip.measure(1);
  t.is(roundTrip.soonMs, 25);
});

test('one late answer makes the wait longer, and it becomes shorter again', (t) => {
  const roundTrip = new RoundTrip(LIMITS);
  for (let count = 0; count < 100; count++) roundTrip.measure(10);
  roundTrip.measure(210);
  t.true(roundTrip.waitMs(1) > 200);
  for (let count = 0; count < 100; count++) roundTrip.measure(10);
  t.true(roundTrip.waitMs(1) < 40);
});
