/** Users. */
import * as z from 'zod';
import {
  addUser,
  changePassword,
  changeRole,
  readUsers,
  removeUser,
} from '../../identity/users.ts';
import { route } from '../route.ts';
import {
  changedUser,
  newPassword,
  newUser,
  userName,
  userPage,
  userQuery,
  userShape,
} from '../shapes/users.ts';

const named = z.strictObject({ name: userName });

export const USER_ROUTES = [
  route({
    method: 'get',
    path: '/users',
    summary: 'All users, by name',
    area: 'users',
    role: 'administrator',
    query: userQuery,
    answer: userPage,
    handle: ({ query }, { manager }) => readUsers(manager, query),
  }),
  route({
    method: 'post',
    path: '/users',
    summary: 'Add a user',
    area: 'users',
    role: 'administrator',
    status: 201,
    errors: ['MANAGER_EXISTS', 'MANAGER_PASSWORD_WEAK'],
    body: newUser,
    answer: userShape,
    handle: ({ body }, { manager, caller }) => addUser(manager, caller.actor, body),
  }),
  route({
    method: 'patch',
    path: '/users/:name',
    summary: 'Give a user another role',
    area: 'users',
    role: 'administrator',
    errors: ['MANAGER_NOT_FOUND', 'MANAGER_LAST_ADMINISTRATOR'],
    params: named,
    body: changedUser,
    answer: userShape,
    handle: ({ params, body }, { manager, caller }) =>
      changeRole(manager, caller.actor, params.name, body.role),
  }),
  route({
    method: 'put',
    path: '/users/:name/password',
    summary: 'Set a new password; sessions and tokens of the user end',
    area: 'users',
    role: 'administrator',
    errors: ['MANAGER_NOT_FOUND', 'MANAGER_PASSWORD_WEAK'],
    params: named,
    body: newPassword,
    handle: async ({ params, body }, { manager, caller }) => {
      await changePassword(manager, caller.actor, params.name, body.password);
      return undefined;
    },
  }),
  route({
    method: 'delete',
    path: '/users/:name',
    summary: 'Remove a user with sessions and tokens',
    area: 'users',
    role: 'administrator',
    errors: ['MANAGER_NOT_FOUND', 'MANAGER_LAST_ADMINISTRATOR'],
    params: named,
    handle: async ({ params }, { manager, caller }) => {
      await removeUser(manager, caller.actor, params.name);
      return undefined;
    },
  }),
];
