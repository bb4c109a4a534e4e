import test from 'ava';
import { CheckInLoop } from '../../src/agent/check-in-loop.ts';
import { NacreError } from '../../src/errors.ts';

/** What `checkIn` does each time: seconds to the next one, nothing, or a manager that is away. */
type Turn = number | 'gave way' | 'away';

/** Runs through the turns; gives the milliseconds of every sleep, and how often it went wrong. */
const runThrough = async (
  turns: readonly Turn[],
  {
    random = 0,
    onSleep = () => undefined,
  }: { random?: number; onSleep?: (clock: Clock) => void } = {},
) => {
  const clock: Clock = { elapsed: 0, ahead: 0 };
  const [sleeps, end]: [number[], AbortController] = [[], new AbortController()];
  let [at, problems] = [0, 0];
  const loop = new CheckInLoop({
    world: {
      elapsedMs: () => clock.elapsed,
      now: () => new Date(clock.elapsed + clock.ahead),
      random: () => random,
      sleep: async (ms, signal) => {
        if (signal.aborted) return;
        sleeps.push(ms);
        clock.elapsed += ms;
        onSleep(clock);
      },
    },
    checkIn: async () => {
      const turn = turns[at];
      at += 1;
      if (turn === undefined) end.abort();
      if (turn === 'away')
        throw new NacreError('MANAGER_UNREACHABLE', { server: 'x', reason: 'y' });
      return typeof turn === 'number' ? turn : undefined;
    },
    onProblem: async () => {
      problems += 1;
    },
  });
  await loop.run(end.signal);
  return { sleeps, problems };
};

interface Clock {
  elapsed: number;
  ahead: number;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

test('it comes as often as it is told, and a little later by chance', async (t) => {
  t.is(sum((await runThrough([60])).sleeps), 60_000);
  t.is(sum((await runThrough([60], { random: 1 })).sleeps), 75_000);
  t.is(sum((await runThrough(['gave way'])).sleeps), 1000, 'never without a pause');
});

test('a manager that is away is asked ever more seldom, up to five minutes, and soon again when it is back', async (t) => {
  const away = Array.from({ length: 12 }, (): Turn => 'away');
  const { sleeps, problems } = await runThrough(away, { random: 1 });
  t.is(problems, 12);
  t.deepEqual(sleeps.slice(0, 3), [1000, 2000, 4000]);
  t.is(sum(sleeps.slice(-10)), 300_000);
  const back = await runThrough(['away', 'away', 1, 'away'], { random: 1 });
  t.deepEqual(back.sleeps, [1000, 2000, 1250, 1000]);
});

test('a machine that slept, or whose date was set, checks in at once', async (t) => {
  let slept = false;
  const { sleeps } = await runThrough([3600], {
    onSleep: (clock) => {
      if (!slept) clock.ahead += 8 * 3_600_000;
      slept = true;
    },
  });
  t.deepEqual(sleeps, [30_000]);
});
