/** Rows of terminal-side updates. */
import { sql } from 'kysely';
import { HELD_STATES } from '../../job/update-states.ts';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { UpdateSessionTable } from './update-tables.ts';

export interface UpdateFilter {
  readonly image?: string | undefined;
  /** Those that hold their image. */
  readonly isHeld?: boolean | undefined;
}

/** The newest first. */
export const listUpdates = (
  db: Queries,
  { image, isHeld }: UpdateFilter,
  wish: PageWish,
): Promise<Page<UpdateSessionTable>> => {
  let query = db.selectFrom('update_session').selectAll();
  if (image !== undefined) query = query.where('image_name', '=', image);
  if (isHeld) query = query.where('state', 'in', [...HELD_STATES]);
  const order = { by: sql.ref('started_at'), id: sql.ref('id') };
  return readPage(query, order, { ...wish, isDescending: true });
};

export const findUpdate = (db: Queries, id: string): Promise<UpdateSessionTable | undefined> =>
  db.selectFrom('update_session').selectAll().where('id', '=', id).executeTakeFirst();

/** The update that holds an image. */
export const holderOf = (db: Queries, image: string): Promise<UpdateSessionTable | undefined> =>
  db
    .selectFrom('update_session')
    .selectAll()
    .where('image_name', '=', image)
    .where('state', 'in', [...HELD_STATES])
    .executeTakeFirst();

export const addUpdate = async (db: Queries, row: UpdateSessionTable): Promise<void> => {
  await db.insertInto('update_session').values(row).execute();
};

export const changeUpdate = async (
  db: Queries,
  id: string,
  change: Partial<Omit<UpdateSessionTable, 'id'>>,
): Promise<void> => {
  await db.updateTable('update_session').set(change).where('id', '=', id).execute();
};

/** Ids of those that hold an image and whose end is at or before a time. */
export const endingUpdates = async (db: Queries, until: string): Promise<readonly string[]> =>
  (
    await db
      .selectFrom('update_session')
      .select('id')
      .where('state', 'in', [...HELD_STATES])
      .where('expires_at', '<=', until)
      .orderBy('expires_at')
      .execute()
  ).map(({ id }) => id);

/** Ids of all that hold an image: their uploads are kept. */
export const heldUpdates = async (db: Queries): Promise<ReadonlySet<string>> => {
  const rows = await db
    .selectFrom('update_session')
    .select('id')
    .where('state', 'in', [...HELD_STATES])
    .execute();
  return new Set(rows.map(({ id }) => id));
};
