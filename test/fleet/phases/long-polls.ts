/** Agents that wait for an answer, and how soon a new job is with those that it is for. */
import { setTimeout as wait } from 'node:timers/promises';
import { each } from '../each.ts';
import { type PhaseReport, spreadOf, spreadText, withCost } from '../figures.ts';
import { type Enrolled, type FleetGround, makeDevice } from '../ground.ts';
import { order } from '../jobs.ts';

const AT_ONCE = 8;
const LOOK_MS = 100;
const MOST_MS = 120_000;

/** How many agents wait for an answer. */
class Waiting {
  #count = 0;
  readonly door = {
    onSend: (what: string, waitSeconds: number): void => this.#add(what, waitSeconds, 1),
    onAnswer: ({ what, waitSeconds }: { what: string; waitSeconds: number }): void =>
      this.#add(what, waitSeconds, -1),
    onLost: (what: string, waitSeconds: number): void => this.#add(what, waitSeconds, -1),
  };

  get count(): number {
    return this.#count;
  }

  #add(what: string, waitSeconds: number, by: number): void {
    if (what === 'checkin' && waitSeconds > 0) this.#count += by;
  }
}

/** Resolves when so many wait, or when they had long enough. @returns the most that were seen */
const fill = async (waiting: Waiting, wanted: number): Promise<number> => {
  const endMs = performance.now() + MOST_MS;
  let most = 0;
  while (most < wanted && performance.now() < endMs) {
    await wait(LOOK_MS);
    most = Math.max(most, waiting.count);
  }
  return most;
};

/** @param jobs for so many of the devices one is made */
export const longPolls = (
  ground: FleetGround,
  devices: readonly Enrolled[],
  jobs: number,
): Promise<PhaseReport> =>
  withCost(ground, `${devices.length} long polls`, async () => {
    const waiting = new Waiting();
    const taken: number[] = [];
    const agents = devices.map((device) =>
      makeDevice(ground, device, {
        door: waiting.door,
        onLine: ({ message }) => {
          if (message === 'job taken') taken.push(performance.now());
        },
      }),
    );
    try {
      await each(agents, AT_ONCE, (agent) => agent.start());
      const most = await fill(waiting, devices.length);
      const startedMs = performance.now();
      const [, version] = ground.versions;
      const ids = devices.slice(0, jobs).map(({ id }) => id);
      const made = await order(ground, { devices: ids, version, kind: 'bi', mostAttempts: 1 });
      const endMs = performance.now() + MOST_MS;
      while (taken.length < made.length && performance.now() < endMs) await wait(LOOK_MS);
      const delays = spreadOf(taken.map((at) => at - startedMs));
      return [
        { what: 'agents that wait for an answer at once', measured: String(most) },
        { what: 'new jobs that reached their devices', measured: `${taken.length} of ${jobs}` },
        {
          what: 'delay from the order to the device, median / p99 / most',
          measured: spreadText(delays),
        },
      ];
    } finally {
      await each(agents, AT_ONCE, (agent) => agent.close());
    }
  });
