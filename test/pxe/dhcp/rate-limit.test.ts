import test from 'ava';
import { Allowance } from '../../../src/job/serving/allowance.ts';
import { RecentMap } from '../../../src/job/serving/recent-map.ts';
import {
  ANSWERS_IN_ALL,
  ANSWERS_PER_MAC,
  AnswerLimit,
  REMEMBERED_MACS,
} from '../../../src/pxe/dhcp/rate-limit.ts';

const makeClock = () => {
  let nowMs = 1000;
  return {
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
};

const granted = (take: () => boolean, tries: number): number =>
  Array.from({ length: tries }, take).filter(Boolean).length;

test('an allowance is used up, and comes back with time but never above its measure', (t) => {
  const allowance = new Allowance(5, 0);
  t.is(
    granted(() => allowance.take(0), 10),
    5,
  );
  t.false(allowance.take(199));
  t.true(allowance.take(200));
  t.is(
    granted(() => allowance.take(100_000), 10),
    5,
  );
});

test('a clock that goes back gives nothing, and does not stop it for ever', (t) => {
  const allowance = new Allowance(5, 1e12);
  granted(() => allowance.take(1e12), 10);
  t.false(allowance.take(0));
  t.true(allowance.take(200));
});

test('one MAC that asks a thousand times a second gets its share and takes nothing from others', (t) => {
  const { now, pass } = makeClock();
  const limit = new AnswerLimit(now);
  let forged = 0;
  let others = 0;
  for (let at = 0; at < 10_000; at++) {
    if (limit.take('02:00:00:00:00:01')) forged += 1;
    if (at % 100 === 0 && limit.take(`52:54:00:00:00:${at}`)) others += 1;
    pass(1);
  }
  t.is(others, 100);
  t.true(forged >= 10 * ANSWERS_PER_MAC - 1 && forged <= 11 * ANSWERS_PER_MAC, `${forged}`);
});

test('all together get no more than the measure of all', (t) => {
  const { now, pass } = makeClock();
  const limit = new AnswerLimit(now);
  let at = 0;
  const stranger = (): boolean => limit.take(`stranger ${at++}`);
  t.is(granted(stranger, 1000), ANSWERS_IN_ALL);
  pass(500);
  t.is(granted(stranger, 1000), ANSWERS_IN_ALL / 2);
});

test('fifty devices that start in the same second are all answered', (t) => {
  const limit = new AnswerLimit(makeClock().now);
  const device = (_: unknown, at: number): boolean => limit.take(`device ${at}`);
  t.true(Array.from({ length: 50 }, device).every(Boolean));
});

test('what was used last is remembered, up to the limit', (t) => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  t.is(map.size, 2);
  t.deepEqual([map.get('a'), map.get('b'), map.get('c')], [3, undefined, 4]);
});

test('a hundred thousand MACs leave only so many in memory', (t) => {
  const map = new RecentMap<string, number>(REMEMBERED_MACS);
  for (let at = 0; at < 100_000; at++) map.set(`mac ${at}`, at);
  t.is(map.size, REMEMBERED_MACS);
});
