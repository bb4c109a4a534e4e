/** Branches, differences, bin and space of the store of images. */
import {
  branchImage,
  collect,
  compareVersions,
  emptyBin,
  restoreVersion,
} from '../../repository/versions.ts';
import { route } from '../route.ts';
import {
  binEmptied,
  binRestore,
  binShape,
  branchShape,
  branchWish,
  collectionShape,
  collectionWish,
  differenceQuery,
  differenceShape,
  resolvedShape,
  spaceShape,
} from '../shapes/images.ts';

export const IMAGE_STORE_ROUTES = [
  route({
    method: 'post',
    path: '/images',
    summary: 'A new image that begins with a version of another one; no data is copied',
    area: 'packages',
    role: 'operator',
    status: 201,
    errors: ['IMAGE_NOT_FOUND', 'IMAGE_EXISTS'],
    body: branchWish,
    answer: branchShape,
    handle: async ({ body }, { manager, caller }) =>
      branchImage(manager, caller.actor, await manager.openImages(), body),
  }),
  route({
    method: 'get',
    path: '/image-differences',
    summary: 'What differs between two versions: chunks, and files on FAT, NTFS and ext',
    area: 'packages',
    role: 'viewer',
    errors: ['IMAGE_NOT_FOUND', 'IMAGE_DIGESTS_DIFFER', 'MANAGER_OVERLOADED'],
    query: differenceQuery,
    answer: differenceShape,
    handle: async ({ query }, { manager, left }) =>
      compareVersions(await manager.openImages(), query, query.files ? query : undefined, left),
  }),
  route({
    method: 'get',
    path: '/image-bin',
    summary: 'Removed versions, which stay complete',
    area: 'packages',
    role: 'viewer',
    answer: binShape,
    handle: async (_input, { manager }) => ({
      versions: [...(await (await manager.openImages()).bin.list())],
    }),
  }),
  route({
    method: 'post',
    path: '/image-bin/restores',
    summary: 'Bring a version back from the bin',
    area: 'packages',
    role: 'operator',
    errors: ['IMAGE_NOT_FOUND'],
    body: binRestore,
    answer: resolvedShape,
    handle: async ({ body }, { manager, caller }) =>
      restoreVersion(manager, caller.actor, await manager.openImages(), body.image),
  }),
  route({
    method: 'delete',
    path: '/image-bin',
    summary: 'Drop for good what lies in the bin; its space comes back with a collection',
    area: 'packages',
    role: 'administrator',
    status: 200,
    errors: ['MANAGER_IN_USE'],
    answer: binEmptied,
    handle: async (_input, { manager, caller }) =>
      emptyBin(manager, caller.actor, await manager.openImages()),
  }),
  route({
    method: 'get',
    path: '/image-space',
    summary: 'What images and versions cost, what would be freed, and why not',
    area: 'packages',
    role: 'viewer',
    errors: ['STORE_BUSY'],
    answer: spaceShape,
    handle: async (_input, { manager }) => (await manager.openImages()).space(),
  }),
  route({
    method: 'post',
    path: '/image-collections',
    summary: 'Delete what no version needs, or only count it',
    area: 'packages',
    role: 'administrator',
    errors: ['STORE_BUSY'],
    body: collectionWish,
    answer: collectionShape,
    handle: async ({ body }, { manager, caller }) =>
      collect(manager, caller.actor, await manager.openImages(), body.dryRun),
  }),
];
