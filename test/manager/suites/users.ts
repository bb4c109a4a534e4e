import type { Actor } from '../../../src/manager/ground.ts';
import { readAudit } from '../../../src/manager/identity/audit.ts';
import { callerOfSession, callerOfToken } from '../../../src/manager/identity/caller.ts';
import { LoginLimit } from '../../../src/manager/identity/login-limit.ts';
import { openSession } from '../../../src/manager/identity/sessions.ts';
import { makeToken, readTokens, revokeToken } from '../../../src/manager/identity/tokens.ts';
import {
  addUser,
  changePassword,
  changeRole,
  makeFirstUser,
  readUsers,
  removeUser,
} from '../../../src/manager/identity/users.ts';
import type { Case } from './suite.ts';

const ACTOR: Actor = { kind: 'user', name: 'admin', address: '192.0.2.1' };
const PASSWORD = 'correct horse battery';
const limit = () => new LoginLimit(() => 0);

export const USER_CASES: readonly Case[] = [
  {
    title: 'the first user is made once, also by two managers at the same time',
    check: async (t, { ground }) => {
      const made = await Promise.all([makeFirstUser(ground), makeFirstUser(ground)]);
      const passwords = made.filter((password) => password !== undefined);
      t.is(passwords.length, 1);
      t.is(await makeFirstUser(ground), undefined);
      const address = '192.0.2.1';
      const login = { user: 'admin', password: passwords[0] ?? '', address };
      t.is((await openSession(ground, limit(), login)).role, 'administrator');
    },
  },
  {
    title: 'a name is given once',
    check: async (t, { ground }) => {
      const user = { name: 'kim', role: 'viewer', password: PASSWORD } as const;
      await addUser(ground, ACTOR, user);
      await t.throwsAsync(addUser(ground, ACTOR, user), { code: 'MANAGER_EXISTS' });
    },
  },
  {
    title: 'the last administrator can neither be removed nor get another role',
    check: async (t, { ground }) => {
      await makeFirstUser(ground);
      const refused = { code: 'MANAGER_LAST_ADMINISTRATOR' };
      await t.throwsAsync(removeUser(ground, ACTOR, 'admin'), refused);
      await t.throwsAsync(changeRole(ground, ACTOR, 'admin', 'viewer'), refused);
      await addUser(ground, ACTOR, { name: 'kim', role: 'administrator', password: PASSWORD });
      t.is((await changeRole(ground, ACTOR, 'admin', 'viewer')).role, 'viewer');
      await removeUser(ground, ACTOR, 'admin');
      t.deepEqual(
        (await readUsers(ground, { limit: 10 })).items.map(({ name }) => name),
        ['kim'],
      );
    },
  },
  {
    title: 'of two administrators who remove each other at the same time one stays',
    check: async (t, { ground }) => {
      for (const name of ['kim', 'lee'])
        await addUser(ground, ACTOR, { name, role: 'administrator', password: PASSWORD });
      const ends = await Promise.allSettled(
        ['kim', 'lee'].map((name) => removeUser(ground, ACTOR, name)),
      );
      t.is(ends.filter(({ status }) => status === 'fulfilled').length, 1);
      t.is((await readUsers(ground, { limit: 10 })).total, 1);
    },
  },
  {
    title: 'a new password ends sessions and tokens of its user',
    check: async (t, { ground }) => {
      await addUser(ground, ACTOR, { name: 'kim', role: 'operator', password: PASSWORD });
      const login = { user: 'kim', password: PASSWORD, address: '' };
      const { secret } = await openSession(ground, limit(), login);
      const caller = await callerOfSession(ground, secret, '');
      if (caller === undefined) return t.fail();
      const { text } = await makeToken(ground, caller, { name: 'x', scopes: ['*'], days: 1 });
      t.is((await callerOfToken(ground, text, ''))?.user, 'kim');
      await changePassword(ground, ACTOR, 'kim', 'another long password');
      t.is(await callerOfSession(ground, secret, ''), undefined);
      t.is(await callerOfToken(ground, text, ''), undefined);
      await t.throwsAsync(openSession(ground, limit(), login), { code: 'MANAGER_LOGIN_FAILED' });
    },
  },
  {
    title: 'a session ends after half a day and a token after its days',
    check: async (t, { ground }) => {
      let nowMs = Date.UTC(2026, 0, 1);
      const own = { ...ground, now: () => new Date(nowMs) };
      await addUser(own, ACTOR, { name: 'kim', role: 'operator', password: PASSWORD });
      const login = { user: 'kim', password: PASSWORD, address: '' };
      const { secret } = await openSession(own, limit(), login);
      const caller = await callerOfSession(own, secret, '');
      if (caller === undefined) return t.fail();
      const { text } = await makeToken(own, caller, { name: 'x', scopes: ['*'], days: 1 });
      nowMs += 12 * 3600_000;
      t.is(await callerOfSession(own, secret, ''), undefined);
      t.truthy(await callerOfToken(own, text, ''));
      nowMs += 12 * 3600_000;
      t.is(await callerOfToken(own, text, ''), undefined);
    },
  },
  {
    title: 'a token gives no scopes away that it has not',
    check: async (t, { ground }) => {
      await addUser(ground, ACTOR, { name: 'kim', role: 'administrator', password: PASSWORD });
      const scopes = ['tokens:write', 'devices:write'];
      const who = { user: 'kim', role: 'administrator', actor: ACTOR } as const;
      const caller = { ...who, session: undefined, scopes };
      const wish = (scopes: readonly string[]) => ({ name: 'x', scopes, days: 1 });
      await t.throwsAsync(makeToken(ground, caller, wish(['*'])), { code: 'MANAGER_FORBIDDEN' });
      await t.throwsAsync(makeToken(ground, caller, wish(['users:read'])), {
        code: 'MANAGER_FORBIDDEN',
      });
      const { token } = await makeToken(ground, caller, wish(['devices:read']));
      t.deepEqual(token.scopes, ['devices:read']);
    },
  },
  {
    title: "only its user and administrators revoke a token, and others' are not even there",
    check: async (t, { ground }) => {
      for (const name of ['kim', 'lee'])
        await addUser(ground, ACTOR, { name, role: 'viewer', password: PASSWORD });
      const as = (user: string) =>
        ({ user, role: 'viewer', scopes: ['*'], actor: ACTOR, session: undefined }) as const;
      const { token, text } = await makeToken(ground, as('kim'), {
        name: 'x',
        scopes: ['*'],
        days: 1,
      });
      await t.throwsAsync(revokeToken(ground, as('lee'), token.id), { code: 'MANAGER_NOT_FOUND' });
      t.is((await readTokens(ground, 'lee', { limit: 10 })).total, 0);
      await revokeToken(ground, { ...as('lee'), role: 'administrator' }, token.id);
      t.is(await callerOfToken(ground, text, ''), undefined);
    },
  },
  {
    title: 'every change has its row in the audit, with who and from where and without secrets',
    check: async (t, { ground }) => {
      await addUser(ground, ACTOR, { name: 'kim', role: 'operator', password: PASSWORD });
      await changePassword(ground, ACTOR, 'kim', 'another long password');
      await removeUser(ground, ACTOR, 'kim');
      const { items } = await readAudit(ground, { subject: 'kim' }, { limit: 10 });
      t.deepEqual(
        items.map(({ action }) => action),
        ['user.remove', 'user.password', 'user.add'],
      );
      for (const row of items)
        t.like(row, { actorKind: 'user', actor: 'admin', address: '192.0.2.1' });
      t.false(/horse|another/.test(JSON.stringify(items)));
    },
  },
  {
    title: 'a refused change leaves no row in the audit',
    check: async (t, { ground }) => {
      await makeFirstUser(ground);
      const before = (await readAudit(ground, {}, { limit: 1 })).total;
      await t.throwsAsync(removeUser(ground, ACTOR, 'admin'));
      t.is((await readAudit(ground, {}, { limit: 1 })).total, before);
    },
  },
];
