/** Versions and labels of an image. */
import { moveLabel, readVersions, removeVersion, rollBack } from '../../repository/versions.ts';
import { route } from '../route.ts';
import {
  imagePath,
  labelMove,
  labelPath,
  labelsShape,
  resolvedShape,
  treeQuery,
  versionPath,
  versionsShape,
} from '../shapes/images.ts';

export const IMAGE_ROUTES = [
  route({
    method: 'get',
    path: '/images/:name/versions',
    summary: 'Versions with parent, bytes changed, terminal, labels, and what uses them',
    area: 'packages',
    role: 'viewer',
    errors: ['IMAGE_NOT_FOUND'],
    params: imagePath,
    query: treeQuery,
    answer: versionsShape,
    handle: async ({ params: { name }, query }, { manager }) => {
      const images = await manager.openImages();
      const versions = await readVersions(manager, images, name, { isWithBin: query.bin });
      return { name, versions: [...versions] };
    },
  }),
  route({
    method: 'delete',
    path: '/images/:name/versions/:id',
    summary: 'Put a version into the bin, unless devices, groups or jobs use it',
    area: 'packages',
    role: 'operator',
    errors: ['IMAGE_NOT_FOUND', 'MANAGER_IN_USE'],
    params: versionPath,
    handle: async ({ params }, { manager, caller }) => {
      const version = { name: params.name, version: params.id };
      await removeVersion(manager, caller.actor, await manager.openImages(), version);
      return undefined;
    },
  }),
  route({
    method: 'get',
    path: '/images/:name/labels',
    summary: 'Labels with their history',
    area: 'packages',
    role: 'viewer',
    errors: ['IMAGE_NOT_FOUND'],
    params: imagePath,
    answer: labelsShape,
    handle: async ({ params: { name } }, { manager }) => {
      const labels = await (await manager.openImages()).labels(name);
      return { name, labels: [...labels] };
    },
  }),
  route({
    method: 'put',
    path: '/images/:name/labels/:label',
    summary: 'Move a label to a version; groups that follow it follow',
    area: 'packages',
    role: 'operator',
    errors: ['IMAGE_NOT_FOUND', 'IMAGE_IN_BIN'],
    params: labelPath,
    body: labelMove,
    answer: resolvedShape,
    handle: async ({ params, body }, { manager, caller }) =>
      moveLabel(manager, caller.actor, await manager.openImages(), { ...params, ...body }),
  }),
  route({
    method: 'post',
    path: '/images/:name/labels/:label/rollbacks',
    summary: 'Move a label to where it was before',
    area: 'packages',
    role: 'operator',
    errors: ['IMAGE_NOT_FOUND', 'IMAGE_NO_EARLIER'],
    params: labelPath,
    answer: resolvedShape,
    handle: async ({ params }, { manager, caller }) =>
      rollBack(manager, caller.actor, await manager.openImages(), params),
  }),
];
