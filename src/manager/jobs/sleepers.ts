/**
 * Wake-on-LAN: a device that is off and has a job is woken by another one of its subnet, since routers do not forward its magic packet. The
 * other one is told with the answer of a check-in that it waits for.
 */
import { holdsAddress } from '../../job/cidr.ts';
import { remark } from '../../job/remarks.ts';
import { type Ground, timeOf } from '../ground.ts';
import { addressesOf } from '../store/agent-rows.ts';
import { macsOf, type SleepingDevice, sleepingDevices } from '../store/job-lists.ts';
import { addJobEvents } from '../store/job-rows.ts';
import type { SubnetTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import { allSubnets } from '../store/subnet-rows.ts';
import { inventoryOf } from './eligibility.ts';
import { subnetIn } from './subnets.ts';
import { isInWindow, knownZone } from './window.ts';

/** A device that was seen since is on: an agent comes every minute, or waits. */
const SEEN_SECONDS = 300;
/** Machines take their time to start. */
const AGAIN_SECONDS = 300;
const MOST_TIMES = 5;
/** From one look at those that are off to the next. */
const LOOK_SECONDS = 10;
/** Devices of one look. */
const MOST_DEVICES = 10_000;
/** Cards of one answer. */
const MOST_WOKEN = 32;

interface Tried {
  readonly job: string;
  readonly times: number;
  readonly atMs: number;
}

/** Two addresses in one network, as far as anybody knows: a subnet that was named, else a /24 or a /64. */
const areNear = (subnets: readonly SubnetTable[], one: string, other: string): boolean => {
  const named = subnetIn(subnets, one);
  if (named !== undefined) return subnetIn(subnets, other)?.cidr === named.cidr;
  return holdsAddress(one.includes(':') ? `${one}/64` : `${one}/24`, other);
};

/** Keeps who was asked to wake whom. */
export class Sleepers {
  readonly #ground: Ground;
  readonly #elapsedMs: () => number;
  #lookedMs = -Infinity;
  /** By device; of those alone that are off. */
  readonly #tried = new Map<string, Tried>();
  /** What the next answer to a device tells it to wake. */
  readonly #errands = new Map<string, Set<string>>();

  constructor(ground: Ground, elapsedMs: () => number) {
    this.#ground = ground;
    this.#elapsedMs = elapsedMs;
  }

  /**
   * Finds peers for those that are off.
   *
   * @param waiting devices whose agents wait for an answer
   * @returns those that have something to wake now
   */
  async look(waiting: readonly string[]): Promise<readonly string[]> {
    const nowMs = this.#elapsedMs();
    if (waiting.length === 0 || nowMs - this.#lookedMs < LOOK_SECONDS * 1000) return [];
    this.#lookedMs = nowMs;
    const before = new Date(this.#ground.now().getTime() - SEEN_SECONDS * 1000).toISOString();
    const asleep = await this.#ground.store.read((db) => sleepingDevices(db, before, MOST_DEVICES));
    const off = new Set(asleep.map(({ device }) => device));
    for (const device of this.#tried.keys()) if (!off.has(device)) this.#tried.delete(device);
    const due = asleep.filter((each) => this.#isDue(each) && this.#isInWindow(each));
    if (due.length === 0) return [];
    return this.#ground.store.change((db) => this.#give(db, due, waiting));
  }

  /** What an answer tells, once. */
  take(device: string): readonly string[] {
    const macs = this.#errands.get(device);
    if (macs === undefined) return [];
    this.#errands.delete(device);
    return [...macs].slice(0, MOST_WOKEN);
  }

  #isInWindow({ window_from: from, window_to: to, inventory }: SleepingDevice): boolean {
    if (from === null || to === null) return true;
    const zone = knownZone(inventoryOf({ inventory }).timeZone);
    return isInWindow({ from, to }, zone, this.#ground.now());
  }

  #isDue({ device, job }: SleepingDevice): boolean {
    const tried = this.#tried.get(device);
    if (tried === undefined || tried.job !== job) return true;
    return tried.times < MOST_TIMES && this.#elapsedMs() - tried.atMs >= AGAIN_SECONDS * 1000;
  }

  async #give(
    db: Queries,
    asleep: readonly SleepingDevice[],
    waiting: readonly string[],
  ): Promise<readonly string[]> {
    const [subnets, peers] = [await allSubnets(db), await addressesOf(db, waiting)];
    const found = new Set<string>();
    for (const { device, job, state, attempt, address } of asleep) {
      const peer = peers.find((each) => areNear(subnets, address, each.address));
      const macs = await macsOf(db, device);
      if (peer === undefined || macs.length === 0) continue;
      const errand = this.#errands.get(peer.device_id) ?? new Set();
      for (const mac of macs) errand.add(mac);
      this.#errands.set(peer.device_id, errand);
      found.add(peer.device_id);
      const { times = 0, job: last } = this.#tried.get(device) ?? {};
      const atMs = this.#elapsedMs();
      this.#tried.set(device, { job, times: last === job ? times + 1 : 1, atMs });
      await addJobEvents(db, [
        {
          ...{ job_id: job, at: timeOf(this.#ground), event: 'wake', from_state: state },
          ...{ to_state: state, attempt, actor_kind: 'manager', actor: 'manager' },
          ...{ done_bytes: 0, total_bytes: 0, code: null },
          message: remark('wake', { peer: peer.name }),
        },
      ]);
    }
    return [...found];
  }
}
