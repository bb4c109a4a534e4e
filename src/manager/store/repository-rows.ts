/** Remote repositories: copies of the store of images behind web servers. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { RepositoryTable } from './tables.ts';

export const listRepositories = (db: Queries, wish: PageWish): Promise<Page<RepositoryTable>> => {
  const name = sql.ref('name');
  return readPage(db.selectFrom('repository').selectAll(), { by: name, id: name }, wish);
};

export const findRepository = (db: Queries, name: string): Promise<RepositoryTable | undefined> =>
  db.selectFrom('repository').selectAll().where('name', '=', name).executeTakeFirst();

/** Adds one, or changes where it is. */
export const putRepository = async (db: Queries, row: RepositoryTable): Promise<void> => {
  const { name: _, ...change } = row;
  await db
    .insertInto('repository')
    .values(row)
    .onConflict((on) => on.column('name').doUpdateSet(change))
    .execute();
};

/** @returns whether there was one */
export const removeRepository = async (db: Queries, name: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('repository')
    .where('name', '=', name)
    .executeTakeFirst();
  return Number(numDeletedRows) > 0;
};

/** Subnets whose devices ask it first. */
export const subnetsOfRepository = async (db: Queries, name: string): Promise<readonly string[]> =>
  (
    await db
      .selectFrom('subnet')
      .select('cidr')
      .where('repository', '=', name)
      .orderBy('cidr')
      .execute()
  ).map(({ cidr }) => cidr);
