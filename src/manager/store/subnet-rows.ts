/** Limits of subnets, and settings of jobs. */
import { sql } from 'kysely';
import type { JobSettingTable, SubnetTable } from './job-tables.ts';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';

export const listSubnets = (db: Queries, wish: PageWish): Promise<Page<SubnetTable>> => {
  const cidr = sql.ref('cidr');
  return readPage(db.selectFrom('subnet').selectAll(), { by: cidr, id: cidr }, wish);
};

export const allSubnets = (db: Queries): Promise<SubnetTable[]> =>
  db.selectFrom('subnet').selectAll().execute();

/** Subnets with the copy of the store that is near their devices, or none. */
export const subnetCopies = (
  db: Queries,
): Promise<{ readonly cidr: string; readonly url: string | null; readonly pin: string | null }[]> =>
  db
    .selectFrom('subnet')
    .leftJoin('repository', 'repository.name', 'subnet.repository')
    .select(['subnet.cidr', 'repository.url', 'repository.pin'])
    .orderBy('subnet.cidr')
    .execute();

/** Adds a subnet, or changes its limits. */
export const putSubnet = async (db: Queries, row: SubnetTable): Promise<void> => {
  const { cidr: _, ...change } = row;
  await db
    .insertInto('subnet')
    .values(row)
    .onConflict((on) => on.column('cidr').doUpdateSet(change))
    .execute();
};

/** @returns whether there was one */
export const removeSubnet = async (db: Queries, cidr: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('subnet')
    .where('cidr', '=', cidr)
    .executeTakeFirst();
  return Number(numDeletedRows) > 0;
};

export const jobSettings = (db: Queries): Promise<JobSettingTable[]> =>
  db.selectFrom('job_setting').selectAll().execute();

export const putJobSetting = async (db: Queries, row: JobSettingTable): Promise<void> => {
  await db
    .insertInto('job_setting')
    .values(row)
    .onConflict((on) => on.column('name').doUpdateSet({ value: row.value }))
    .execute();
};
