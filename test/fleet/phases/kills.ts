/** Devices that get job after job while the manager is killed again and again: nothing is lost, and nothing is done twice. */
import { setTimeout as wait } from 'node:timers/promises';
import { checkJobs } from '../checks.ts';
import { Ends } from '../ends.ts';
import { type PhaseReport, withCost } from '../figures.ts';
import { openDiskFleet } from '../fleet-of-disks.ts';
import type { FleetGround } from '../ground.ts';
import { allJobs, order } from '../jobs.ts';

const MINUTE_MS = 60_000;
/** Ends within this time are followed by one order. */
const GATHER_MS = 1000;

export interface KillsOptions {
  readonly devices: number;
  readonly mostJobs: number;
  readonly minutes: number;
  readonly killEveryMs?: number | undefined;
}

export interface KillsReport extends PhaseReport {
  readonly jobs: number;
  readonly kills: number;
  readonly faults: readonly string[];
}

/** Orders jobs, and knows of those whose answer a kill swallowed. */
class Orders {
  readonly #ground: FleetGround;
  readonly ids = new Set<string>();
  /** Which version a device gets next: 1 for the newer one. */
  readonly #next = new Map<string, 0 | 1>();

  constructor(ground: FleetGround) {
    this.#ground = ground;
  }

  /** @returns devices that got none */
  async make(devices: readonly string[]): Promise<readonly string[]> {
    const newer = devices.filter((device) => (this.#next.get(device) ?? 1) === 1);
    const older = devices.filter((device) => !newer.includes(device));
    return [...(await this.#makeSome(newer, 1)), ...(await this.#makeSome(older, 0))];
  }

  async #makeSome(devices: readonly string[], which: 0 | 1): Promise<readonly string[]> {
    if (devices.length === 0) return [];
    const { versions } = this.#ground;
    const version = versions[which];
    const wish = { devices, version, kind: 'bi-pi', mostAttempts: 1 } as const;
    try {
      await order(this.#ground, wish);
    } catch (reason) {
      // Nobody knows what a manager did that was killed: its list does.
      if (!(reason instanceof Error && 'code' in reason)) throw reason;
    }
    const jobs = (await allJobs(this.#ground)).filter(({ device }) => devices.includes(device));
    const fresh = jobs.filter(({ id }) => !this.ids.has(id));
    for (const { id, device } of fresh) {
      this.ids.add(id);
      this.#next.set(device, which === 1 ? 0 : 1);
    }
    return devices.filter((device) => !fresh.some((job) => job.device === device));
  }
}

/** Kills it until the signal is aborted. @returns seconds that each start took */
const killAgain = async (
  { manager }: FleetGround,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await manager.kill();
    await manager.startAgain();
  }
};

export const kills = async (
  ground: FleetGround,
  { devices: count, mostJobs, minutes, killEveryMs = MINUTE_MS }: KillsOptions,
): Promise<KillsReport> => {
  const ends = new Ends(ground.failures);
  const fleet = await openDiskFleet(ground, { count, mostJobs, ends });
  const before = ground.manager.kills;
  const orders = new Orders(ground);
  let faults: readonly string[] = [];
  try {
    const report = await withCost(ground, 'killed manager', async () => {
      const signal = AbortSignal.timeout(minutes * MINUTE_MS);
      const killing = killAgain(ground, killEveryMs, signal);
      let idle: readonly string[] = fleet.devices.map(({ id }) => id);
      while (!signal.aborted) {
        idle = [...(await orders.make(idle)), ...ends.takeIdle()];
        await Promise.race([ends.next(), wait(GATHER_MS)]);
        await wait(GATHER_MS);
        idle = [...idle, ...ends.takeIdle()];
      }
      await killing;
      await ends.reached(orders.ids.size);
      const checked = await checkJobs(ground, fleet.devices, orders.ids);
      faults = checked.faults;
      return [
        { what: `jobs of ${count} devices in ${minutes} minutes`, measured: String(checked.jobs) },
        { what: 'kills of the manager meanwhile', measured: String(ground.manager.kills - before) },
        {
          what: 'jobs lost or doubled, faults on disks and in the audit',
          measured: String(faults.length),
          goal: { bound: '0', isMet: faults.length === 0 },
        },
      ];
    });
    return { ...report, jobs: orders.ids.size, kills: ground.manager.kills - before, faults };
  } finally {
    await fleet.close();
  }
};
