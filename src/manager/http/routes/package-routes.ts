/** Packages. */
import { changeAutogenic, readPackage, readPackages } from '../../repository/packages.ts';
import { readPackageUsers, removePackage } from '../../repository/remove-package.ts';
import { syncPackages } from '../../repository/sync.ts';
import { route } from '../route.ts';
import {
  packageChange,
  packagePage,
  packagePath,
  packageQuery,
  packageShape,
  packageUsers,
  syncShape,
} from '../shapes/packages.ts';

export const PACKAGE_ROUTES = [
  route({
    method: 'get',
    path: '/packages',
    summary: 'Packages with their versions, labels, and where they are used',
    area: 'packages',
    role: 'viewer',
    query: packageQuery,
    answer: packagePage,
    handle: ({ query }, { manager }) =>
      readPackages(manager, { search: query.search, isAutogenic: query.autogenic }, query),
  }),
  route({
    method: 'get',
    path: '/packages/:name',
    summary: 'One package',
    area: 'packages',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND'],
    params: packagePath,
    answer: packageShape,
    handle: ({ params }, { manager }) => readPackage(manager, params.name),
  }),
  route({
    method: 'get',
    path: '/packages/:name/users',
    summary: 'Who uses a package, and keeps it from being removed',
    area: 'packages',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND'],
    params: packagePath,
    answer: packageUsers,
    handle: async ({ params }, { manager }) => ({
      users: [...(await readPackageUsers(manager, params.name))],
    }),
  }),
  route({
    method: 'patch',
    path: '/packages/:name',
    summary: 'Autogenic Capable: whether a package may fill backup partitions',
    area: 'packages',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: packagePath,
    body: packageChange,
    answer: packageShape,
    handle: ({ params, body }, { manager, caller }) =>
      changeAutogenic(manager, caller.actor, params.name, body.isAutogenic),
  }),
  route({
    method: 'delete',
    path: '/packages/:name',
    summary: 'Put all versions of a package into the bin of the store, unless it is in use',
    area: 'packages',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'MANAGER_IN_USE'],
    params: packagePath,
    handle: async ({ params }, { manager, caller }) => {
      await removePackage(manager, caller.actor, params.name, await manager.openImages());
      return undefined;
    },
  }),
  route({
    method: 'post',
    path: '/package-syncs',
    summary: 'Look into the store of images now',
    area: 'packages',
    role: 'operator',
    errors: ['STORE_NOT_FOUND'],
    answer: syncShape,
    handle: async (_input, { manager, caller }) =>
      syncPackages(manager, caller.actor, await manager.openImages()),
  }),
];
