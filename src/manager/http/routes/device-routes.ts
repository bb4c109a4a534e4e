/** Devices. */
import { readEnrolment } from '../../../job/enrolment.ts';
import { signedShape } from '../../../job/signed-message.ts';
import { decideDevice, describeDevice, forgetDevice } from '../../devices/decide.ts';
import { readDevice, readDevices } from '../../devices/device.ts';
import { enrolDevice } from '../../devices/enrol.ts';
import { preApprove } from '../../devices/pre-approve.ts';
import { route } from '../route.ts';
import {
  DEVICE_SORTS,
  deviceChange,
  deviceDecision,
  deviceList,
  deviceListReport,
  devicePage,
  devicePath,
  deviceQuery,
  deviceShape,
  enrolled,
  MOST_LIST_BYTES,
} from '../shapes/devices.ts';

const EVENTS = { approved: 'approve', held: 'hold', revoked: 'revoke' } as const;

export const DEVICE_ROUTES = [
  route({
    method: 'post',
    path: '/enrolments',
    summary: 'A device makes itself known, by a statement that its key signed',
    area: 'devices',
    role: 'anyone',
    errors: ['MANAGER_ENROLMENT_REFUSED', 'MANAGER_JOIN_CODE', 'MANAGER_OVERLOADED'],
    body: signedShape,
    answer: enrolled,
    handle: async ({ body }, { manager, address }) => {
      manager.checkEnrolmentRate(address);
      const statement = readEnrolment(body, manager.pin);
      const { id, state, fingerprint } = await enrolDevice(manager, statement, address);
      return { id, state, fingerprint: fingerprint ?? '' };
    },
  }),
  route({
    method: 'get',
    path: '/devices',
    summary: 'Devices, searched, filtered and sorted',
    area: 'devices',
    role: 'viewer',
    query: deviceQuery,
    answer: devicePage,
    handle: ({ query }, { manager }) =>
      readDevices(manager, query, DEVICE_SORTS[query.sort], {
        ...query,
        isDescending: query.descending,
      }),
  }),
  route({
    method: 'get',
    path: '/devices/:id',
    summary: 'One device',
    area: 'devices',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND'],
    params: devicePath,
    answer: deviceShape,
    handle: ({ params }, { manager }) => readDevice(manager, params.id),
  }),
  route({
    method: 'patch',
    path: '/devices/:id',
    summary: 'Name, note and tags of a device',
    area: 'devices',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: devicePath,
    body: deviceChange,
    answer: deviceShape,
    handle: ({ params, body }, { manager, caller }) =>
      describeDevice(manager, caller.actor, params.id, body),
  }),
  route({
    method: 'put',
    path: '/devices/:id/state',
    summary: 'Approve, hold or revoke a device',
    area: 'devices',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'MANAGER_DEVICE_STATE'],
    params: devicePath,
    body: deviceDecision,
    answer: deviceShape,
    handle: ({ params, body }, { manager, caller }) =>
      decideDevice(manager, caller.actor, params.id, EVENTS[body.state]),
  }),
  route({
    method: 'delete',
    path: '/devices/:id',
    summary: 'Forget a device; when it checks in again it is a new one',
    area: 'devices',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: devicePath,
    handle: async ({ params }, { manager, caller }) => {
      await forgetDevice(manager, caller.actor, params.id);
      return undefined;
    },
  }),
  route({
    method: 'post',
    path: '/device-lists',
    summary: 'Approve devices by a list (CSV), before they appear or after',
    area: 'devices',
    role: 'operator',
    errors: ['MANAGER_CSV'],
    mostBytes: MOST_LIST_BYTES,
    body: deviceList,
    answer: deviceListReport,
    handle: ({ body }, { manager, caller }) => preApprove(manager, caller.actor, body.csv),
  }),
];
