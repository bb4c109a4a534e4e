/** Check-ins at an even pace, each answered at once: the first one of each device on a new connection, then one on the same. */

import { thisWorld } from '../../../src/agent/agent-world.ts';
import { checkInFacts } from '../../../src/agent/facts/check-in-facts.ts';
import { ManagerMessages } from '../../../src/agent/manager/manager-messages.ts';
import type { CheckInAnswer } from '../../../src/job/agent-protocol.ts';
import { openDoor } from '../faulty-door.ts';
import { type PhaseReport, type Row, spreadOf, spreadText, withCost } from '../figures.ts';
import type { Enrolled, FleetGround } from '../ground.ts';

const P99_MS = 200;

/** A device as far as check-ins need one. */
export class CheckInClient {
  readonly #ground: FleetGround;
  readonly #enrolled: Enrolled;
  readonly #door: ReturnType<ReturnType<typeof openDoor>>;
  readonly #messages: ManagerMessages;
  /** Of its check-ins, in order. */
  readonly milliseconds: number[] = [];

  constructor(ground: FleetGround, enrolled: Enrolled) {
    const { manager, faults } = ground;
    const { key, localAddress } = enrolled.identity;
    const world = thisWorld();
    this.#ground = ground;
    this.#enrolled = enrolled;
    this.#door = openDoor({
      ...{ localAddress, faults, random: Math.random },
      onAnswer: ({ milliseconds }) => this.milliseconds.push(milliseconds),
    })({ urls: [manager.url], pin: manager.pin });
    this.#messages = new ManagerMessages({ link: this.#door, key, run: world.newRun(), world });
  }

  async checkIn(): Promise<CheckInAnswer> {
    const { facts } = this.#ground;
    const { hints } = this.#enrolled.identity;
    const about = { release: '0.0.0', job: null, now: new Date(), waitSeconds: 0 };
    const message = checkInFacts({ ...facts, hints }, about);
    const answer = await this.#messages.checkIn(message, new AbortController().signal);
    if (answer === undefined) throw new TypeError('nobody interrupts it');
    return answer;
  }

  close(): void {
    this.#door.close();
  }
}

/** Lets them begin one after the other, evenly over the time. */
const evenly = async (
  clients: readonly CheckInClient[],
  seconds: number,
): Promise<readonly CheckInAnswer[]> => {
  const startedMs = performance.now();
  return await Promise.all(
    clients.map(async (client, index) => {
      const dueMs = startedMs + (index * seconds * 1000) / clients.length;
      await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
      return await client.checkIn();
    }),
  );
};

const rowOf = (what: string, values: readonly number[]): Row => {
  const spread = spreadOf(values);
  const goal = { bound: `p99 < ${P99_MS} ms`, isMet: spread.p99 < P99_MS };
  return { what: `${what}, median / p99 / most`, measured: spreadText(spread), goal };
};

/** @param seconds in which all of them check in once */
export const checkIns = (
  ground: FleetGround,
  devices: readonly Enrolled[],
  seconds: number,
): Promise<PhaseReport> =>
  withCost(ground, `${devices.length} check-ins in ${seconds} s, twice`, async () => {
    const clients = devices.map((device) => new CheckInClient(ground, device));
    try {
      await evenly(clients, seconds);
      const first = clients.flatMap((client) => client.milliseconds.splice(0));
      const answers = await evenly(clients, seconds);
      const again = clients.flatMap(({ milliseconds }) => milliseconds);
      const approved = answers.filter(({ state }) => state === 'approved').length;
      return [
        rowOf('first check-in with its handshake', first),
        rowOf('check-in on an open connection', again),
        { what: 'of these answered "approved"', measured: `${approved} of ${devices.length}` },
      ];
    } finally {
      for (const client of clients) client.close();
    }
  });
