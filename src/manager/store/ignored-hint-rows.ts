/** Values that tell no device from another, by what an administrator said. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { IgnoredHintTable } from './tables.ts';

export const listIgnoredHints = (db: Queries, wish: PageWish): Promise<Page<IgnoredHintTable>> => {
  const both = sql`hint || ' ' || value`;
  return readPage(db.selectFrom('ignored_hint').selectAll(), { by: both, id: both }, wish);
};

export const putIgnoredHint = async (db: Queries, row: IgnoredHintTable): Promise<void> => {
  await db
    .insertInto('ignored_hint')
    .values(row)
    .onConflict((on) => on.columns(['hint', 'value']).doUpdateSet({ note: row.note }))
    .execute();
};

/** @returns whether there was one */
export const removeIgnoredHint = async (
  db: Queries,
  hint: string,
  value: string,
): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('ignored_hint')
    .where('hint', '=', hint)
    .where('value', '=', value)
    .executeTakeFirst();
  return Number(numDeletedRows) > 0;
};

/** Two devices that say it are no conflict any more. @returns devices that had one */
export const dropConflictsOver = async (
  db: Queries,
  hint: string,
  value: string,
): Promise<readonly string[]> => {
  const rows = await db
    .deleteFrom('device_conflict')
    .where('hint', '=', hint)
    .where('value', '=', value)
    .returning(['device_id', 'other_id'])
    .execute();
  return [...new Set(rows.flatMap(({ device_id: one, other_id: other }) => [one, other]))];
};
