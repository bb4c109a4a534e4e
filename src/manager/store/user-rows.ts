/** Users, and how they are let in: sessions of browsers, tokens of programs. Of secrets only digests are stored. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { ApiTokenTable, SessionTable, UserTable } from './tables.ts';

export const listUsers = (db: Queries, wish: PageWish): Promise<Page<UserTable>> =>
  readPage(db.selectFrom('user').selectAll(), { by: sql.ref('name'), id: sql.ref('id') }, wish);

export const findUser = (db: Queries, name: string): Promise<UserTable | undefined> =>
  db.selectFrom('user').selectAll().where('name', '=', name).executeTakeFirst();

export const countUsers = async (db: Queries, role?: UserTable['role']): Promise<number> => {
  let query = db.selectFrom('user').select(({ fn }) => fn.countAll().as('count'));
  if (role !== undefined) query = query.where('role', '=', role);
  return Number((await query.executeTakeFirstOrThrow()).count);
};

export const addUserRow = async (db: Queries, row: UserTable): Promise<void> => {
  await db.insertInto('user').values(row).execute();
};

export const changeUserRow = async (
  db: Queries,
  id: string,
  change: Partial<Pick<UserTable, 'role' | 'password_hash'>>,
): Promise<void> => {
  await db.updateTable('user').set(change).where('id', '=', id).execute();
};

/** Sessions and tokens go with it. */
export const removeUserRow = async (db: Queries, id: string): Promise<void> => {
  await db.deleteFrom('user').where('id', '=', id).execute();
};

export const addSession = async (db: Queries, row: SessionTable): Promise<void> => {
  await db.deleteFrom('session').where('expires_at', '<', row.created_at).execute();
  await db.insertInto('session').values(row).execute();
};

/** The user of a session that has not ended. */
export const userOfSession = (
  db: Queries,
  secretHash: string,
  at: string,
): Promise<UserTable | undefined> =>
  db
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .selectAll('user')
    .where('session.secret_hash', '=', secretHash)
    .where('session.expires_at', '>', at)
    .executeTakeFirst();

export const removeSession = async (db: Queries, secretHash: string): Promise<void> => {
  await db.deleteFrom('session').where('secret_hash', '=', secretHash).execute();
};

/** Ends all sessions of a user, as after a change of the password. */
export const removeSessionsOf = async (db: Queries, userId: string): Promise<void> => {
  await db.deleteFrom('session').where('user_id', '=', userId).execute();
};

export const addToken = async (db: Queries, row: ApiTokenTable): Promise<void> => {
  await db.insertInto('api_token').values(row).execute();
};

/** A token with its user. */
export const findToken = (
  db: Queries,
  id: string,
): Promise<
  (ApiTokenTable & { readonly user_name: string; readonly role: UserTable['role'] }) | undefined
> =>
  db
    .selectFrom('api_token')
    .innerJoin('user', 'user.id', 'api_token.user_id')
    .selectAll('api_token')
    .select(['user.name as user_name', 'user.role'])
    .where('api_token.id', '=', id)
    .executeTakeFirst();

export const noteTokenUse = async (db: Queries, id: string, at: string): Promise<void> => {
  await db.updateTable('api_token').set({ last_used_at: at }).where('id', '=', id).execute();
};

/** Tokens of one user, or of all. */
export const listTokens = (
  db: Queries,
  userName: string | undefined,
  wish: PageWish,
): Promise<Page<ApiTokenTable & { readonly user_name: string }>> => {
  let query = db
    .selectFrom('api_token')
    .innerJoin('user', 'user.id', 'api_token.user_id')
    .selectAll('api_token')
    .select('user.name as user_name');
  if (userName !== undefined) query = query.where('user.name', '=', userName);
  return readPage(
    query,
    { by: sql.ref('api_token.created_at'), id: sql.ref('api_token.id') },
    wish,
  );
};

export const removeToken = async (db: Queries, id: string): Promise<void> => {
  await db.deleteFrom('api_token').where('id', '=', id).execute();
};

export const removeTokensOf = async (db: Queries, userId: string): Promise<void> => {
  await db.deleteFrom('api_token').where('user_id', '=', userId).execute();
};
