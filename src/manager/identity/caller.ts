/** Who asks: a session's cookie or a token's text, as a user with a role and scopes. */
import { isNacreError, NacreError } from '../../errors.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { findToken, noteTokenUse, userOfSession } from '../store/user-rows.ts';
import { type Area, allows, isAtLeast, type Role } from './roles.ts';
import { digestOf } from './secret.ts';

export interface Caller {
  readonly user: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly actor: Actor;
  /** The secret of the session, where it is one. */
  readonly session: string | undefined;
}

const TOKEN = /^nacre_([0-9a-f-]{36})_([\w-]{43})$/;
/** A token's last use is written down once in this time. */
const NOTE_USE_MS = 60 * 60_000;

/** The user of a cookie; undefined when the session has ended. */
export const callerOfSession = async (
  ground: Ground,
  secret: string,
  address: string,
): Promise<Caller | undefined> => {
  const user = await ground.store.read((db) => userOfSession(db, digestOf(secret), timeOf(ground)));
  if (user === undefined) return undefined;
  const actor: Actor = { kind: 'user', name: user.name, address };
  return { user: user.name, role: user.role, scopes: ['*'], actor, session: secret };
};

/** Only for people to look at: a data base that is full or busy lets readers in all the same. */
const noteUse = async ({ store }: Ground, id: string, now: string): Promise<void> => {
  try {
    await store.change((db) => noteTokenUse(db, id, now));
  } catch (reason) {
    const isPassing =
      isNacreError(reason, 'MANAGER_DATABASE_FULL') ||
      isNacreError(reason, 'MANAGER_DATABASE_BUSY');
    if (!isPassing) throw reason;
  }
};

/** The user of a token; undefined for one that is unknown, revoked or past its end. */
export const callerOfToken = async (
  ground: Ground,
  text: string,
  address: string,
): Promise<Caller | undefined> => {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const token = await ground.store.read((db) => findToken(db, id));
  // Digests of 256 random bits: how long the comparison takes tells nothing about the secret.
  if (token === undefined || token.secret_hash !== digestOf(secret)) return undefined;
  const now = timeOf(ground);
  if (token.expires_at <= now) return undefined;
  const usedMs = token.last_used_at === null ? 0 : Date.parse(token.last_used_at);
  if (Date.parse(now) - usedMs > NOTE_USE_MS) await noteUse(ground, id, now);
  const actor: Actor = { kind: 'token', name: `${token.user_name} (${token.name})`, address };
  const scopes = token.scopes.split(' ');
  return { user: token.user_name, role: token.role, scopes, actor, session: undefined };
};

/** @throws NacreError MANAGER_FORBIDDEN when the role or the scopes are not enough */
export const checkAllowed = (
  { user, role, scopes }: Caller,
  needed: Role,
  area: Area,
  access: 'read' | 'write',
): void => {
  if (!isAtLeast(role, needed))
    throw new NacreError('MANAGER_FORBIDDEN', { user, has: role, needed });
  if (allows(scopes, area, access)) return;
  const facts = { user, has: scopes.join(' '), needed: `${area}:${access}` };
  throw new NacreError('MANAGER_FORBIDDEN', facts);
};
