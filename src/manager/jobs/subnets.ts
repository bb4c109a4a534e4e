/** What the devices of a subnet may take together, and which subnet a device is in. */

import { NacreError } from '../../errors.ts';
import { smallestHolding } from '../../job/cidr.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import type { SubnetTable } from '../store/job-tables.ts';
import type { Page, PageWish } from '../store/page.ts';
import { findRepository } from '../store/repository-rows.ts';
import type { Queries } from '../store/store.ts';
import { allSubnets, listSubnets, putSubnet, removeSubnet } from '../store/subnet-rows.ts';

export interface Subnet {
  readonly cidr: string;
  readonly note: string;
  /** Jobs that are at work at the same time; null: any number. */
  readonly mostJobs: number | null;
  /** Bytes a second of all of them together; null: as fast as it goes. */
  readonly bytesPerSecond: number | null;
  /** Name of the remote repository that its devices ask first; null: the manager. */
  readonly repository: string | null;
}

/** The smallest subnet that an address lies in. */
export const subnetIn = (all: readonly SubnetTable[], address: string): SubnetTable | undefined =>
  smallestHolding(all, ({ cidr }) => cidr, address);

/** The same of those that are stored. */
export const subnetOf = async (db: Queries, address: string): Promise<SubnetTable | undefined> =>
  subnetIn(await allSubnets(db), address);

/** The least that a ticket can say. */
const LEAST_BYTES_PER_SECOND = 1024;

/** What a job may take of a subnet: its share, since all its places may be taken. */
export const shareOf = ({ bytes_per_second: all, most_jobs: most }: SubnetTable): number | null =>
  all === null ? null : Math.max(LEAST_BYTES_PER_SECOND, Math.floor(all / (most ?? 1)));

const toSubnet = (row: SubnetTable): Subnet => ({
  ...{ cidr: row.cidr, note: row.note, mostJobs: row.most_jobs },
  ...{ bytesPerSecond: row.bytes_per_second, repository: row.repository },
});

export const readSubnets = async ({ store }: Ground, wish: PageWish): Promise<Page<Subnet>> => {
  const page = await store.read((db) => listSubnets(db, wish));
  return { ...page, items: page.items.map(toSubnet) };
};

/** @throws NacreError MANAGER_NOT_FOUND for a repository that is not there */
export const setSubnet = (ground: Ground, actor: Actor, subnet: Subnet): Promise<Subnet> =>
  ground.store.change(async (db) => {
    const { cidr, note, mostJobs, bytesPerSecond, repository } = subnet;
    if (repository !== null && (await findRepository(db, repository)) === undefined)
      throw new NacreError('MANAGER_NOT_FOUND', { what: 'repository', name: repository });
    const limits = { most_jobs: mostJobs, bytes_per_second: bytesPerSecond };
    await putSubnet(db, { cidr, note, ...limits, repository });
    const facts = { mostJobs, bytesPerSecond, repository };
    await audit(ground, db, actor, { action: 'subnet.set', kind: 'subnet', subject: cidr, facts });
    return subnet;
  });

/** @throws NacreError MANAGER_NOT_FOUND */
export const dropSubnet = (ground: Ground, actor: Actor, cidr: string): Promise<void> =>
  ground.store.change(async (db) => {
    if (!(await removeSubnet(db, cidr)))
      throw new NacreError('MANAGER_NOT_FOUND', { what: 'subnet', name: cidr });
    await audit(ground, db, actor, { action: 'subnet.remove', kind: 'subnet', subject: cidr });
  });
