/** Tokens of programs: they may do what their user may, within their scopes, until they end. */
import { NacreError } from '../../errors.ts';
import { type Ground, timeIn, timeOf } from '../ground.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { ApiTokenTable } from '../store/tables.ts';
import { addToken, findToken, listTokens, removeToken } from '../store/user-rows.ts';
import { audit } from './audit.ts';
import type { Caller } from './caller.ts';
import { digestOf, makeId, makeSecret } from './secret.ts';
import { knownUser } from './users.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** A token as people see it. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly scopes: string[];
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly days: number;
}

const toToken = (row: ApiTokenTable & { readonly user_name: string }): Token => ({
  id: row.id,
  name: row.name,
  user: row.user_name,
  scopes: row.scopes.split(' '),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
});

/** Nobody gives more than they have: a token makes none that may do more. */
const checkScopes = ({ user, scopes }: Caller, wanted: readonly string[]): void => {
  const isCovered = (scope: string): boolean =>
    scopes.includes('*') ||
    scopes.includes(scope) ||
    scopes.includes(scope.replace(/:read$/, ':write'));
  const lacking = wanted.filter((scope) => !isCovered(scope)).join(' ');
  if (lacking !== '')
    throw new NacreError('MANAGER_FORBIDDEN', { user, has: scopes.join(' '), needed: lacking });
};

/**
 * A token for the one who asks, and its text, which is shown once: `nacre_ID_SECRET`.
 *
 * @throws NacreError MANAGER_FORBIDDEN for scopes that the one who asks has not
 */
export const makeToken = async (
  ground: Ground,
  caller: Caller,
  { name, scopes, days }: NewToken,
): Promise<{ readonly token: Token; readonly text: string }> => {
  checkScopes(caller, scopes);
  const [id, secret] = [makeId(), makeSecret()];
  const times = { created_at: timeOf(ground), expires_at: timeIn(ground, days * DAY_SECONDS) };
  const token = await ground.store.change(async (db) => {
    const user = await knownUser(db, caller.user);
    const texts = { name, scopes: scopes.join(' '), secret_hash: digestOf(secret) };
    const row = { id, user_id: user.id, ...texts, ...times, last_used_at: null };
    await addToken(db, row);
    const facts = { name, scopes: row.scopes, expiresAt: row.expires_at };
    await audit(ground, db, caller.actor, {
      action: 'token.make',
      kind: 'token',
      subject: id,
      facts,
    });
    return toToken({ ...row, user_name: caller.user });
  });
  return { token, text: `nacre_${id}_${secret}` };
};

/** Tokens of a user, or of all. */
export const readTokens = async (
  { store }: Ground,
  user: string | undefined,
  wish: PageWish,
): Promise<Page<Token>> => {
  const page = await store.read((db) => listTokens(db, user, wish));
  return { ...page, items: page.items.map(toToken) };
};

/** Their own; administrators those of others too. @throws NacreError MANAGER_NOT_FOUND */
export const revokeToken = (ground: Ground, caller: Caller, id: string): Promise<void> =>
  ground.store.change(async (db) => {
    const token = await findToken(db, id);
    const isTheirs = token?.user_name === caller.user || caller.role === 'administrator';
    if (token === undefined || !isTheirs)
      throw new NacreError('MANAGER_NOT_FOUND', { what: 'token', name: id });
    await removeToken(db, id);
    await audit(ground, db, caller.actor, { action: 'token.revoke', kind: 'token', subject: id });
  });
