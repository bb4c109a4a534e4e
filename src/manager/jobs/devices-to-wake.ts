/** Which of the agents that wait for an answer have something to hear now: each is woken for what it gets, and not to wait again. */
import type { Ground } from '../ground.ts';
import { countAtWork, devicesToStop, queuedDevices } from '../store/job-rows.ts';
import type { SubnetTable } from '../store/job-tables.ts';
import type { Queries } from '../store/store.ts';
import { allSubnets } from '../store/subnet-rows.ts';
import { subnetIn } from './subnets.ts';

/** Places of subnets, taken one after the other. */
class Places {
  readonly #db: Queries;
  readonly #subnets: readonly SubnetTable[];
  readonly #free = new Map<string, number>();

  constructor(db: Queries, subnets: readonly SubnetTable[]) {
    this.#db = db;
    this.#subnets = subnets;
  }

  /** @returns false when the subnet of the address has none left */
  async take(address: string): Promise<boolean> {
    const subnet = subnetIn(this.#subnets, address);
    if (subnet === undefined || subnet.most_jobs === null) return true;
    const { cidr } = subnet;
    const free =
      this.#free.get(cidr) ?? subnet.most_jobs - (await countAtWork(this.#db, subnet.cidr));
    this.#free.set(cidr, free - 1);
    return free > 0;
  }
}

/**
 * Of agents that wait those whose job is to stop, or can be given out: no more of a subnet than it has places.
 *
 * @param waiting ids of devices
 */
export const devicesToWake = (
  { store }: Pick<Ground, 'store'>,
  waiting: readonly string[],
): Promise<readonly string[]> =>
  store.read(async (db) => {
    const queued = await queuedDevices(db, waiting);
    const found = [...(await devicesToStop(db, waiting))];
    if (queued.length === 0) return found;
    const places = new Places(db, await allSubnets(db));
    for (const { device, address } of queued) if (await places.take(address)) found.push(device);
    return found;
  });
