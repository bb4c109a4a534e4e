/** Sessions of people: a name and a password, answered with a secret that ends. */
import { NacreError } from '../../errors.ts';
import { type Actor, type Ground, timeIn, timeOf } from '../ground.ts';
import { addSession, findUser, removeSession } from '../store/user-rows.ts';
import { audit } from './audit.ts';
import type { LoginLimit } from './login-limit.ts';
import { isPasswordOf } from './password.ts';
import type { Role } from './roles.ts';
import { digestOf, makeSecret } from './secret.ts';

/** Half a day: a shift. */
export const SESSION_SECONDS = 12 * 60 * 60;

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly address: string;
}

export interface OpenSession {
  readonly user: string;
  readonly role: Role;
  /** For the cookie. */
  readonly secret: string;
  readonly expiresAt: string;
}

const failed = async (ground: Ground, actor: Actor): Promise<NacreError> => {
  const deed = { action: 'session.refused', kind: 'user', subject: actor.name };
  await ground.store.change((db) => audit(ground, db, actor, deed));
  return new NacreError('MANAGER_LOGIN_FAILED', { user: actor.name });
};

/** @throws NacreError MANAGER_LOGIN_FAILED for a wrong name as for a wrong password, MANAGER_TOO_MANY_TRIES, MANAGER_OVERLOADED */
export const openSession = async (
  ground: Ground,
  limit: LoginLimit,
  { user: name, password, address }: Login,
): Promise<OpenSession> => {
  limit.check(name, address);
  limit.begin(name, address);
  const user = await ground.store.read((db) => findUser(db, name));
  const actor: Actor = { kind: 'user', name, address };
  if (!(await isPasswordOf(password, user?.password_hash)) || user === undefined)
    throw await failed(ground, actor);
  limit.succeeded(name, address);
  const secret = makeSecret();
  const expiresAt = timeIn(ground, SESSION_SECONDS);
  await ground.store.change(async (db) => {
    const times = { created_at: timeOf(ground), expires_at: expiresAt };
    await addSession(db, { secret_hash: digestOf(secret), user_id: user.id, ...times });
    await audit(ground, db, actor, { action: 'session.open', kind: 'user', subject: name });
  });
  return { user: name, role: user.role, secret, expiresAt };
};

export const closeSession = (ground: Ground, actor: Actor, secret: string): Promise<void> =>
  ground.store.change(async (db) => {
    await removeSession(db, digestOf(secret));
    await audit(ground, db, actor, { action: 'session.close', kind: 'user', subject: actor.name });
  });
