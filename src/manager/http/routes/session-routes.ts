/** Logging in and out. */
import { closeSession, openSession, SESSION_SECONDS } from '../../identity/sessions.ts';
import { noCookie, sessionCookie } from '../cookie.ts';
import { route } from '../route.ts';
import { login, sessionShape } from '../shapes/users.ts';

export const SESSION_ROUTES = [
  route({
    method: 'post',
    path: '/sessions',
    summary: 'Log in: gives the cookie of a session',
    area: 'users',
    role: 'anyone',
    status: 201,
    errors: ['MANAGER_LOGIN_FAILED', 'MANAGER_TOO_MANY_TRIES', 'MANAGER_OVERLOADED'],
    body: login,
    answer: sessionShape,
    handle: async ({ body }, { manager, address, setHeader }) => {
      const session = await openSession(manager, manager.logins, { ...body, address });
      setHeader('set-cookie', sessionCookie(session.secret, SESSION_SECONDS));
      const { user, role, expiresAt } = session;
      return { user, role, expiresAt, scopes: ['*'] };
    },
  }),
  route({
    method: 'get',
    path: '/sessions/current',
    summary: 'Who is logged in',
    area: 'system',
    role: 'viewer',
    answer: sessionShape,
    handle: async (_input, { caller: { user, role, scopes } }) => ({
      user,
      role,
      scopes: [...scopes],
      expiresAt: null,
    }),
  }),
  route({
    method: 'delete',
    path: '/sessions/current',
    summary: 'Log out',
    area: 'system',
    role: 'viewer',
    handle: async (_input, { manager, caller, setHeader }) => {
      if (caller.session !== undefined) await closeSession(manager, caller.actor, caller.session);
      setHeader('set-cookie', noCookie());
      return undefined;
    },
  }),
];
