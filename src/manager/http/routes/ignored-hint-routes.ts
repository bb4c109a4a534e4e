/** Values that tell no device from another. */
import { countHint, ignoreHint, readIgnoredHints } from '../../devices/ignored-hints.ts';
import { route } from '../route.ts';
import {
  ignoredHintPage,
  ignoredHintQuery,
  ignoredNow,
  newIgnoredHint,
  oneHint,
} from '../shapes/ignored-hints.ts';

export const IGNORED_HINT_ROUTES = [
  route({
    method: 'get',
    path: '/ignored-hints',
    summary: 'Values that many devices share, and that tell none from another',
    area: 'devices',
    role: 'viewer',
    query: ignoredHintQuery,
    answer: ignoredHintPage,
    handle: ({ query }, { manager }) => readIgnoredHints(manager, query),
  }),
  route({
    method: 'post',
    path: '/ignored-hints',
    summary: 'Let a value tell no device from another; conflicts over it are gone',
    area: 'devices',
    role: 'operator',
    body: newIgnoredHint,
    answer: ignoredNow,
    handle: async ({ body: { note, ...hint } }, { manager, caller }) => ({
      devices: await ignoreHint(manager, caller.actor, hint, note),
    }),
  }),
  route({
    method: 'delete',
    path: '/ignored-hints',
    summary: 'Let a value count again',
    area: 'devices',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    query: oneHint,
    handle: async ({ query }, { manager, caller }) => {
      await countHint(manager, caller.actor, query);
      return undefined;
    },
  }),
];
