/** Users: who may use the manager. */
import { NacreError } from '../../errors.ts';
import { type Actor, type Ground, MANAGER, timeOf } from '../ground.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { Queries } from '../store/store.ts';
import type { UserTable } from '../store/tables.ts';
import {
  addUserRow,
  changeUserRow,
  countUsers,
  findUser,
  listUsers,
  removeSessionsOf,
  removeTokensOf,
  removeUserRow,
} from '../store/user-rows.ts';
import { audit } from './audit.ts';
import { checkPassword, hashPassword, makePassword } from './password.ts';
import type { Role } from './roles.ts';
import { makeId } from './secret.ts';

/** Name of the first one. */
export const FIRST_USER = 'admin';

/** A user as people see it. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
}

export const toUser = ({ name, role, created_at: createdAt }: UserTable): User => ({
  name,
  role,
  createdAt,
});

/** All of them, by name. */
export const readUsers = async ({ store }: Ground, wish: PageWish): Promise<Page<User>> => {
  const page = await store.read((db) => listUsers(db, wish));
  return { ...page, items: page.items.map(toUser) };
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const knownUser = async (db: Queries, name: string): Promise<UserTable> => {
  const user = await findUser(db, name);
  if (user === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'user', name });
  return user;
};

export interface NewUser {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

/** @throws NacreError MANAGER_EXISTS, MANAGER_PASSWORD_WEAK */
export const addUser = async (
  ground: Ground,
  actor: Actor,
  { name, role, password }: NewUser,
): Promise<User> => {
  checkPassword(password);
  const row = {
    name,
    role,
    password_hash: await hashPassword(password, ground.passwordCost),
    created_at: timeOf(ground),
  };
  return ground.store.change(async (db) => {
    if ((await findUser(db, name)) !== undefined)
      throw new NacreError('MANAGER_EXISTS', { what: 'user', name });
    await addUserRow(db, { id: makeId(), ...row });
    await audit(ground, db, actor, {
      action: 'user.add',
      kind: 'user',
      subject: name,
      facts: { role },
    });
    return { name, role, createdAt: row.created_at };
  });
};

/** There must always be somebody who can let others in. @throws NacreError MANAGER_LAST_ADMINISTRATOR */
const checkAdministratorLeft = async (db: Queries, { name, role }: UserTable): Promise<void> => {
  if (role === 'administrator' && (await countUsers(db, 'administrator')) === 1)
    throw new NacreError('MANAGER_LAST_ADMINISTRATOR', { name });
};

/** @throws NacreError MANAGER_NOT_FOUND, MANAGER_LAST_ADMINISTRATOR */
export const changeRole = (ground: Ground, actor: Actor, name: string, role: Role): Promise<User> =>
  ground.store.change(async (db) => {
    const user = await knownUser(db, name);
    if (role !== 'administrator') await checkAdministratorLeft(db, user);
    await changeUserRow(db, user.id, { role });
    const facts = { from: user.role, to: role };
    await audit(ground, db, actor, { action: 'user.role', kind: 'user', subject: name, facts });
    return { ...toUser(user), role };
  });

/** All that was opened with the old password ends: sessions and tokens. @throws NacreError MANAGER_NOT_FOUND, MANAGER_PASSWORD_WEAK */
export const changePassword = async (
  ground: Ground,
  actor: Actor,
  name: string,
  password: string,
): Promise<void> => {
  checkPassword(password);
  const password_hash = await hashPassword(password, ground.passwordCost);
  await ground.store.change(async (db) => {
    const user = await knownUser(db, name);
    await changeUserRow(db, user.id, { password_hash });
    await removeSessionsOf(db, user.id);
    await removeTokensOf(db, user.id);
    await audit(ground, db, actor, { action: 'user.password', kind: 'user', subject: name });
  });
};

/** @throws NacreError MANAGER_NOT_FOUND, MANAGER_LAST_ADMINISTRATOR */
export const removeUser = (ground: Ground, actor: Actor, name: string): Promise<void> =>
  ground.store.change(async (db) => {
    const user = await knownUser(db, name);
    await checkAdministratorLeft(db, user);
    await removeUserRow(db, user.id);
    await audit(ground, db, actor, { action: 'user.remove', kind: 'user', subject: name });
  });

/** Makes the first administrator where there is no user. @returns its password, which is shown once and stored nowhere */
export const makeFirstUser = async (ground: Ground): Promise<string | undefined> => {
  if ((await ground.store.read(countUsers)) > 0) return undefined;
  const password = makePassword();
  const row = {
    role: 'administrator',
    password_hash: await hashPassword(password, ground.passwordCost),
  } as const;
  return ground.store.change(async (db) => {
    // Another manager on the same data base may have been quicker.
    if ((await countUsers(db)) > 0) return undefined;
    await addUserRow(db, { id: makeId(), name: FIRST_USER, ...row, created_at: timeOf(ground) });
    await audit(ground, db, MANAGER, { action: 'user.add', kind: 'user', subject: FIRST_USER });
    return password;
  });
};
