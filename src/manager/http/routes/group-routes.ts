/** Groups of devices, and join codes. */
import { addGroup, readGroups, removeGroup, setMember } from '../../devices/groups.ts';
import { dropJoinCode, makeJoinCode, readJoinCodes } from '../../devices/join-codes.ts';
import { route } from '../route.ts';
import {
  devicePath,
  deviceShape,
  groupPage,
  groupPath,
  groupQuery,
  groupShape,
  joinCodePage,
  madeJoinCode,
  memberPath,
  newGroup,
  newJoinCode,
} from '../shapes/devices.ts';

export const GROUP_ROUTES = [
  route({
    method: 'get',
    path: '/groups',
    summary: 'All groups, by name',
    area: 'groups',
    role: 'viewer',
    query: groupQuery,
    answer: groupPage,
    handle: ({ query }, { manager }) => readGroups(manager, query),
  }),
  route({
    method: 'post',
    path: '/groups',
    summary: 'Add a group',
    area: 'groups',
    role: 'operator',
    status: 201,
    errors: ['MANAGER_EXISTS'],
    body: newGroup,
    answer: groupShape,
    handle: ({ body }, { manager, caller }) =>
      addGroup(manager, caller.actor, body.name, body.note),
  }),
  route({
    method: 'delete',
    path: '/groups/:name',
    summary: 'Remove a group; its devices stay',
    area: 'groups',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: groupPath,
    handle: async ({ params }, { manager, caller }) => {
      await removeGroup(manager, caller.actor, params.name);
      return undefined;
    },
  }),
  route({
    method: 'put',
    path: '/groups/:name/devices/:id',
    summary: 'Put a device into a group',
    area: 'groups',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: memberPath,
    answer: deviceShape,
    handle: ({ params: { name: group, id: device } }, { manager, caller }) =>
      setMember(manager, caller.actor, { group, device, isMember: true }),
  }),
  route({
    method: 'delete',
    path: '/groups/:name/devices/:id',
    summary: 'Take a device out of a group',
    area: 'groups',
    role: 'operator',
    status: 200,
    errors: ['MANAGER_NOT_FOUND'],
    params: memberPath,
    answer: deviceShape,
    handle: ({ params: { name: group, id: device } }, { manager, caller }) =>
      setMember(manager, caller.actor, { group, device, isMember: false }),
  }),
  route({
    method: 'get',
    path: '/join-codes',
    summary: 'Join codes, without the codes themselves',
    area: 'devices',
    role: 'operator',
    query: groupQuery,
    answer: joinCodePage,
    handle: ({ query }, { manager }) => readJoinCodes(manager, query),
  }),
  route({
    method: 'post',
    path: '/join-codes',
    summary: 'Make a join code: devices that give it are approved at once',
    area: 'devices',
    role: 'operator',
    status: 201,
    errors: ['MANAGER_NOT_FOUND'],
    body: newJoinCode,
    answer: madeJoinCode,
    handle: ({ body }, { manager, caller }) => makeJoinCode(manager, caller.actor, body),
  }),
  route({
    method: 'delete',
    path: '/join-codes/:id',
    summary: 'Remove a join code; devices that came in with it stay',
    area: 'devices',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: devicePath,
    handle: async ({ params }, { manager, caller }) => {
      await dropJoinCode(manager, caller.actor, params.id);
      return undefined;
    },
  }),
];
