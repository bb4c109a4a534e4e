/** Tokens of programs. */
import * as z from 'zod';
import { checkAllowed } from '../../identity/caller.ts';
import { makeToken, readTokens, revokeToken } from '../../identity/tokens.ts';
import { route } from '../route.ts';
import { madeToken, newToken, tokenPage, tokenQuery } from '../shapes/users.ts';

export const TOKEN_ROUTES = [
  route({
    method: 'get',
    path: '/tokens',
    summary: 'Tokens of the one who asks; of all users for administrators',
    area: 'tokens',
    role: 'viewer',
    query: tokenQuery,
    answer: tokenPage,
    handle: async ({ query }, { manager, caller }) => {
      if (query.all) checkAllowed(caller, 'administrator', 'tokens', 'read');
      return readTokens(manager, query.all ? undefined : caller.user, query);
    },
  }),
  route({
    method: 'post',
    path: '/tokens',
    summary: 'Make a token for the one who asks',
    area: 'tokens',
    role: 'viewer',
    status: 201,
    body: newToken,
    answer: madeToken,
    handle: async ({ body }, { manager, caller }) => {
      const { token, text } = await makeToken(manager, caller, body);
      return { ...token, token: text };
    },
  }),
  route({
    method: 'delete',
    path: '/tokens/:id',
    summary: 'Revoke a token: at once, for good',
    area: 'tokens',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND'],
    params: z.strictObject({ id: z.uuid() }),
    handle: async ({ params }, { manager, caller }) => {
      await revokeToken(manager, caller, params.id);
      return undefined;
    },
  }),
];
