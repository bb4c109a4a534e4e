import test from 'ava';
import { Pace } from '../../../src/image/backup/pace.ts';

/** A clock that only moves when somebody sleeps, or by hand. */
const makeClock = () => {
  let ms = 0;
  const slept: number[] = [];
  return {
    slept,
    clock: () => ms,
    sleep: async (rest: number) => {
      slept.push(rest);
      ms += rest;
    },
    pass: (more: number) => {
      ms += more;
    },
  };
};

test('work of so many bytes takes as long as the limit says', async (t) => {
  const { slept, clock, sleep, pass } = makeClock();
  const pace = new Pace({ limitBytesPerSecond: 1000, clock, sleep });
  for (let piece = 0; piece < 10; piece++) {
    pass(20);
    await pace.spend(100);
  }
  t.true(clock() >= 1000 && clock() <= 1100, `${clock()} ms`);
  t.true(slept.every((ms) => ms <= 100));
});

test('time in which nothing was moved is saved up for one piece at most', async (t) => {
  const { slept, clock, sleep, pass } = makeClock();
  const pace = new Pace({ limitBytesPerSecond: 1000, clock, sleep });
  pass(60_000);
  await pace.spend(500);
  await pace.spend(500);
  t.deepEqual(slept, [500]);
});

test('without a limit there is no rest', async (t) => {
  const { slept, clock, sleep } = makeClock();
  await new Pace({ clock, sleep }).spend(2 ** 40);
  t.deepEqual(slept, []);
});

test('a cancel ends a rest at once', async (t) => {
  const stop = new AbortController();
  const pace = new Pace({ limitBytesPerSecond: 1, signal: stop.signal });
  const spent = pace.spend(1_000_000);
  stop.abort();
  await t.throwsAsync(spent, { code: 'CANCELLED' });
});
