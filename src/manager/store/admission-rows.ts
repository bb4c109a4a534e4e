/** How devices are let in before anybody looks: join codes, and rows of a CSV file. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { JoinCodeTable, PreApprovalTable } from './tables.ts';

export const addJoinCode = async (db: Queries, row: JoinCodeTable): Promise<void> => {
  await db.insertInto('join_code').values(row).execute();
};

/** One that has uses left and has not ended. */
export const findJoinCode = (
  db: Queries,
  codeHash: string,
  at: string,
): Promise<JoinCodeTable | undefined> =>
  db
    .selectFrom('join_code')
    .selectAll()
    .where('code_hash', '=', codeHash)
    .where('expires_at', '>', at)
    .where('uses_left', '>', 0)
    .executeTakeFirst();

export const useJoinCode = async (db: Queries, { id, uses_left }: JoinCodeTable): Promise<void> => {
  await db
    .updateTable('join_code')
    .set({ uses_left: uses_left - 1 })
    .where('id', '=', id)
    .execute();
};

export const listJoinCodes = (db: Queries, wish: PageWish): Promise<Page<JoinCodeTable>> =>
  readPage(
    db.selectFrom('join_code').selectAll(),
    { by: sql.ref('created_at'), id: sql.ref('id') },
    wish,
  );

/** @returns whether there was one */
export const removeJoinCode = async (db: Queries, id: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('join_code')
    .where('id', '=', id)
    .executeTakeFirst();
  return Number(numDeletedRows) > 0;
};

export const addPreApproval = async (db: Queries, row: PreApprovalTable): Promise<void> => {
  await db.insertInto('pre_approval').values(row).execute();
};

/** The first row that names a device by one of these. */
export const findPreApproval = (
  db: Queries,
  known: Readonly<Record<'fingerprint' | 'uuid' | 'serial' | 'mac', readonly string[]>>,
): Promise<PreApprovalTable | undefined> =>
  db
    .selectFrom('pre_approval')
    .selectAll()
    .where((eb) =>
      eb.or(
        (['fingerprint', 'uuid', 'serial', 'mac'] as const).flatMap((column) =>
          known[column].length === 0 ? [] : [eb(column, 'in', [...known[column]])],
        ),
      ),
    )
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirst();

/** It has done its work. */
export const removePreApproval = async (db: Queries, id: string): Promise<void> => {
  await db.deleteFrom('pre_approval').where('id', '=', id).execute();
};
