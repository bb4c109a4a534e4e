/** Network boot: what services of it ask and tell, and the orders that they give to devices. */
import {
  NETWORK_BOOT_PATH,
  networkOrderEvent,
  networkOrderState,
  networkPolicy,
  networkSightings,
  sightingsTaken,
} from '../../../job/network-boot-protocol.ts';
import { changeBootSettings, readBootSettings } from '../../network-boot/boot-settings.ts';
import { makeOrders, planOrders } from '../../network-boot/make-orders.ts';
import { ordersMadeAnswer, ordersPlanAnswer } from '../../network-boot/order-answers.ts';
import { noteOrderEvent } from '../../network-boot/order-events.ts';
import { noteSightings } from '../../network-boot/sightings.ts';
import { NOT_MODIFIED, route } from '../route.ts';
import {
  bootSettings,
  orderPath,
  ordersMade,
  ordersPlan,
  orderWish,
  policyQuery,
} from '../shapes/network-boot.ts';

const revisionOf = (tag: string | undefined): string =>
  /^"([0-9a-f]{64})"$/.exec(tag ?? '')?.[1] ?? '';

export const NETWORK_BOOT_ROUTES = [
  route({
    method: 'get',
    path: `${NETWORK_BOOT_PATH}/policy`,
    summary: 'Who is told what at a start, as the tables of a policy file; waits for a change',
    area: 'network-boot',
    role: 'operator',
    query: policyQuery,
    answer: networkPolicy,
    handle: async ({ query }, { manager, header, left, setHeader }) => {
      const revision = revisionOf(header('if-none-match'));
      const policy = await manager.policyBoard.readAfter(revision, query.wait * 1000, left);
      setHeader('etag', `"${policy?.revision ?? revision}"`);
      return policy ?? NOT_MODIFIED;
    },
  }),
  route({
    method: 'post',
    path: `${NETWORK_BOOT_PATH}/sightings`,
    summary: 'Devices that asked to start from the network; unknown ones appear as pending',
    area: 'network-boot',
    role: 'operator',
    errors: ['MANAGER_OVERLOADED'],
    body: networkSightings,
    answer: sightingsTaken,
    handle: ({ body }, { manager, caller }) => {
      manager.checkSightingRate(caller.actor.name, body.seen.length);
      return noteSightings(manager, body.seen);
    },
  }),
  route({
    method: 'post',
    path: `${NETWORK_BOOT_PATH}/orders/:id`,
    summary: 'What became of an order; the same event again changes nothing',
    area: 'network-boot',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: orderPath,
    body: networkOrderEvent,
    answer: networkOrderState,
    handle: ({ params, body }, { manager, caller }) =>
      noteOrderEvent(manager, caller.actor, params.id, body),
  }),
  route({
    method: 'post',
    path: '/orders/plan',
    summary: 'What a conversion or capture by network boot would do, device by device',
    area: 'jobs',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'IMAGE_NAME', 'LAYOUT_OS_UNCLEAR'],
    body: orderWish,
    answer: ordersPlan,
    handle: async ({ body }, { manager }) => ordersPlanAnswer(await planOrders(manager, body)),
  }),
  route({
    method: 'post',
    path: '/orders',
    summary: 'Convert or capture each device of a selection at its next start from the network',
    area: 'jobs',
    role: 'operator',
    status: 201,
    errors: ['MANAGER_NOT_FOUND', 'IMAGE_NAME', 'LAYOUT_OS_UNCLEAR', 'JOB_NONE_ELIGIBLE'],
    body: orderWish,
    answer: ordersMade,
    handle: async ({ body }, { manager, caller }) => {
      const made = await makeOrders(manager, caller.actor, body);
      void manager.kickJobs();
      return ordersMadeAnswer(made);
    },
  }),
  route({
    method: 'get',
    path: `${NETWORK_BOOT_PATH}/settings`,
    summary: 'Whom network boot services answer',
    area: 'network-boot',
    role: 'viewer',
    answer: bootSettings,
    handle: (_input, { manager }) => readBootSettings(manager),
  }),
  route({
    method: 'put',
    path: `${NETWORK_BOOT_PATH}/settings`,
    summary: 'Change whom they answer: off, known or everyone',
    area: 'network-boot',
    role: 'administrator',
    body: bootSettings,
    answer: bootSettings,
    handle: async ({ body }, { manager, caller }) => {
      const settings = await changeBootSettings(manager, caller.actor, body);
      void manager.kickJobs();
      return settings;
    },
  }),
];
