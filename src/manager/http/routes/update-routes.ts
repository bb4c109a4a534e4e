/** Images that are changed on a terminal. */

import { syncPackages } from '../../repository/sync.ts';
import {
  cancelUpdate,
  extendUpdate,
  finishUpdate,
  releaseUpdate,
  startUpdate,
} from '../../updates/hold-image.ts';
import { readUpdate, readUpdates } from '../../updates/update.ts';
import { route } from '../route.ts';
import {
  finishedUpdate,
  updateFinish,
  updatePage,
  updatePath,
  updateQuery,
  updateShape,
  updateWish,
} from '../shapes/updates.ts';

const ONE = {
  area: 'updates' as const,
  errors: ['MANAGER_NOT_FOUND', 'UPDATE_STATE'] as const,
  params: updatePath,
};

export const UPDATE_ROUTES = [
  route({
    method: 'get',
    path: '/updates',
    summary: 'Images that are or were changed on a terminal, the newest first',
    area: 'updates',
    role: 'viewer',
    query: updateQuery,
    answer: updatePage,
    handle: ({ query: { image, held, ...wish } }, { manager }) =>
      readUpdates(manager, { image, isHeld: held }, wish),
  }),
  route({
    method: 'post',
    path: '/updates',
    summary: 'Change an image on a terminal: nobody else may until it is over',
    area: 'updates',
    role: 'operator',
    status: 201,
    errors: ['MANAGER_NOT_FOUND', 'STORE_NOT_FOUND', 'UPDATE_HELD', 'UPDATE_NOT_LATEST'],
    body: updateWish,
    answer: updateShape,
    handle: async ({ body }, { manager, caller }) => {
      await syncPackages(manager, caller.actor, await manager.openImages());
      return startUpdate(manager, caller, body);
    },
  }),
  route({
    ...ONE,
    method: 'get',
    path: '/updates/:id',
    summary: 'One update',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND'],
    answer: updateShape,
    handle: ({ params }, { manager }) => readUpdate(manager, params.id),
  }),
  route({
    ...ONE,
    method: 'post',
    path: '/updates/:id/finish',
    summary: 'A token with which the terminal sends what changed',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'UPDATE_STATE', 'UPDATE_BASE_MOVED', 'STORE_NOT_FOUND'],
    body: updateFinish,
    answer: finishedUpdate,
    handle: async ({ params, body }, { manager, caller }) => {
      await syncPackages(manager, caller.actor, await manager.openImages());
      return finishUpdate(manager, caller, params.id, body.comment);
    },
  }),
  route({
    ...ONE,
    method: 'post',
    path: '/updates/:id/cancel',
    summary: 'The terminal gives up',
    role: 'operator',
    answer: updateShape,
    handle: ({ params }, { manager, caller }) => cancelUpdate(manager, caller, params.id),
  }),
  route({
    ...ONE,
    method: 'post',
    path: '/updates/:id/release',
    summary: 'Take the image from a terminal that does not come back',
    role: 'administrator',
    answer: updateShape,
    handle: ({ params }, { manager, caller }) => releaseUpdate(manager, caller, params.id),
  }),
  route({
    ...ONE,
    method: 'post',
    path: '/updates/:id/extend',
    summary: 'Wait for a terminal for as long again',
    role: 'operator',
    answer: updateShape,
    handle: ({ params }, { manager, caller }) => extendUpdate(manager, caller, params.id),
  }),
];
