/** Remote repositories. */
import {
  checkRepository,
  dropRepository,
  type Repository,
  readRepositories,
  setRepository,
} from '../../repository/repositories.ts';
import { route } from '../route.ts';
import {
  repositoryChange,
  repositoryCheck,
  repositoryPage,
  repositoryPath,
  repositoryQuery,
  repositoryShape,
} from '../shapes/repositories.ts';

const told = ({ subnets, ...row }: Repository) => ({ ...row, subnets: [...subnets] });

export const REPOSITORY_ROUTES = [
  route({
    method: 'get',
    path: '/repositories',
    summary: 'Copies of the store of images near devices',
    area: 'packages',
    role: 'viewer',
    query: repositoryQuery,
    answer: repositoryPage,
    handle: async ({ query }, { manager }) => {
      const page = await readRepositories(manager, query);
      return { ...page, items: page.items.map(told) };
    },
  }),
  route({
    method: 'put',
    path: '/repositories/:name',
    summary: 'Name a copy of the store; subnets say whose devices ask it first',
    area: 'packages',
    role: 'administrator',
    errors: ['STORE_ADDRESS', 'STORE_PIN_PLAIN'],
    params: repositoryPath,
    body: repositoryChange,
    answer: repositoryShape,
    handle: async ({ params, body }, { manager, caller }) =>
      told(await setRepository(manager, caller.actor, { name: params.name, ...body })),
  }),
  route({
    method: 'delete',
    path: '/repositories/:name',
    summary: 'Forget a copy that no subnet names',
    area: 'packages',
    role: 'administrator',
    errors: ['MANAGER_NOT_FOUND', 'REPOSITORY_IN_USE'],
    params: repositoryPath,
    handle: async ({ params }, { manager, caller }) => {
      await dropRepository(manager, caller.actor, params.name);
      return undefined;
    },
  }),
  route({
    method: 'post',
    path: '/repositories/:name/check',
    summary: 'Ask a copy which versions it has',
    area: 'packages',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'STORE_NOT_FOUND', 'STORE_WEB_UNREACHABLE', 'STORE_WEB_PIN'],
    params: repositoryPath,
    answer: repositoryCheck,
    handle: async ({ params }, { manager, left }) => {
      const { versions, missing } = await checkRepository(manager, params.name, left);
      return { versions, missing: [...missing] };
    },
  }),
];
