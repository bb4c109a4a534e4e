/** Limits of subnets. */
import { dropSubnet, readSubnets, setSubnet } from '../../jobs/subnets.ts';
import { route } from '../route.ts';
import { subnetLimits, subnetPage, subnetPath, subnetQuery, subnetShape } from '../shapes/jobs.ts';

export const SUBNET_ROUTES = [
  route({
    method: 'get',
    path: '/subnets',
    summary: 'Subnets whose devices share limits; the smallest that a device is in counts',
    area: 'jobs',
    role: 'viewer',
    query: subnetQuery,
    answer: subnetPage,
    handle: ({ query }, { manager }) => readSubnets(manager, query),
  }),
  route({
    method: 'put',
    path: '/subnets/:cidr',
    summary: 'Set the limits of a subnet; in the path its slash is written as _',
    area: 'jobs',
    role: 'operator',
    params: subnetPath,
    body: subnetLimits,
    answer: subnetShape,
    handle: ({ params, body }, { manager, caller }) =>
      setSubnet(manager, caller.actor, { cidr: params.cidr, ...body }),
  }),
  route({
    method: 'delete',
    path: '/subnets/:cidr',
    summary: 'Remove the limits of a subnet',
    area: 'jobs',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: subnetPath,
    handle: async ({ params }, { manager, caller }) => {
      await dropSubnet(manager, caller.actor, params.cidr);
      return undefined;
    },
  }),
];
