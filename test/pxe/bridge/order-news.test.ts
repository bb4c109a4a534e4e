import { randomBytes } from 'node:crypto';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { NacreError } from '../../../src/errors.ts';
import type { NetworkOrderEvent } from '../../../src/job/network-boot-protocol.ts';
import type { ManagerLink } from '../../../src/pxe/bridge/manager-link.ts';
import { OrderNews } from '../../../src/pxe/bridge/order-news.ts';
import { SightingNews } from '../../../src/pxe/bridge/sighting-news.ts';
import { openOrderFiles } from '../../../src/pxe/policy/order-record.ts';
import { Orders } from '../../../src/pxe/policy/orders.ts';
import type { CaptureAction } from '../../../src/pxe/policy/policy.ts';
import { firstSighting, type Sighting } from '../../../src/pxe/sightings/sighting.ts';
import { collectingLog } from '../../helpers/service-log.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const DEVICE = 'device-pc-7';
const ID = 'ab'.repeat(16);
const CAPTURE: CaptureAction = {
  ...{ kind: 'capture', name: 'golden', comment: '', disk: undefined, sign: undefined, order: ID },
};
const SIGNAL = new AbortController().signal;

/** A manager that keeps what it is told; `refuse` is thrown instead while it is set. */
const listening = () => {
  const told: [id: string, event: NetworkOrderEvent['event'], attempt: number][] = [];
  const seen: string[][] = [];
  const state: { refuse: NacreError | undefined } = { refuse: undefined };
  const listen = async (note: () => void): Promise<void> => {
    if (state.refuse !== undefined) throw state.refuse;
    note();
  };
  const link: ManagerLink = {
    server: 'https://manager.example:30806',
    policy: async () => undefined,
    tellSeen: (list) => listen(() => seen.push(list.map(({ mac }) => mac))),
    tellOrder: (id, { event, attempt }) => listen(() => told.push([id, event, attempt])),
  };
  return { link, told, seen, state };
};

const UNREACHABLE = new NacreError('MANAGER_UNREACHABLE', { server: 'x', reason: 'ECONNREFUSED' });

const openLab = async (t: ExecutionContext) => {
  const folder = await temporaryFolder(t);
  const manager = listening();
  const files = await openOrderFiles(path.join(folder, 'orders'));
  const orders = await Orders.open({ files, now: () => new Date(), random: randomBytes });
  const { log, lines } = collectingLog();
  const news = (): Promise<OrderNews> =>
    OrderNews.open({
      ...{ link: manager.link, file: path.join(folder, 'told.json'), log },
      records: () => orders.records,
    });
  return { ...manager, orders, news, lines };
};

test('each step is told once, also by a service that starts again', async (t) => {
  const { orders, news, told } = await openLab(t);
  const first = await news();
  await first.tell(SIGNAL);
  const { ticket } = await orders.give(DEVICE, CAPTURE);
  for (let again = 0; again < 2; again += 1) await first.tell(SIGNAL);
  t.deepEqual(told, [[ID, 'given', 1]]);
  await orders.start(DEVICE, ticket);
  const second = await news();
  for (let again = 0; again < 2; again += 1) await second.tell(SIGNAL);
  t.deepEqual(told.slice(1), [[ID, 'running', 1]]);
  await orders.fail(DEVICE, ticket, 'DISK_IN_USE');
  await (await news()).tell(SIGNAL);
  await (await news()).tell(SIGNAL);
  t.deepEqual(told.slice(2), [[ID, 'failed', 1]]);
  await orders.give(DEVICE, { ...CAPTURE, order: `${ID}.2` });
  await second.tell(SIGNAL);
  t.deepEqual(told.slice(3), [[ID, 'given', 2]]);
});

test('what a manager that is away was not told is told when it is back, in its last state', async (t) => {
  const { orders, news, told, state } = await openLab(t);
  const first = await news();
  state.refuse = UNREACHABLE;
  const { ticket } = await orders.give(DEVICE, CAPTURE);
  await t.throwsAsync(first.tell(SIGNAL), { code: 'MANAGER_UNREACHABLE' });
  await orders.start(DEVICE, ticket);
  await t.throwsAsync(first.tell(SIGNAL), { code: 'MANAGER_UNREACHABLE' });
  state.refuse = undefined;
  await (await news()).tell(SIGNAL);
  t.deepEqual(told, [[ID, 'running', 1]]);
});

test('an order that the manager does not know any more is not told for ever', async (t) => {
  const { orders, news, told, state, lines } = await openLab(t);
  const first = await news();
  await orders.give(DEVICE, CAPTURE);
  state.refuse = new NacreError('MANAGER_NOT_FOUND', { what: 'order', name: ID });
  await first.tell(SIGNAL);
  state.refuse = undefined;
  await first.tell(SIGNAL);
  t.deepEqual(told, []);
  t.is(lines.filter(({ level }) => level === 'warn').length, 1);
});

test('an order that nobody gave is nobody to tell of', async (t) => {
  const { orders, news, told } = await openLab(t);
  await orders.give(DEVICE, { ...CAPTURE, order: 'spring' });
  await (await news()).tell(SIGNAL);
  t.deepEqual(told, []);
});

const at = (second: number): string =>
  new Date(Date.UTC(2026, 11, 1) + second * 1000).toISOString();
const sightingAt = (number: number, second: number): Sighting => ({
  ...firstSighting(
    `52:54:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`,
    at(0),
  ),
  lastSeen: at(second),
});

test('devices are told in messages of 100, once while they say the same, and from where it stopped', async (t) => {
  const { link, seen, state } = listening();
  const file = path.join(await temporaryFolder(t), 'seen.json');
  let devices = Array.from({ length: 250 }, (_, index) => sightingAt(index, index));
  const open = () => SightingNews.open({ link, file, devices: () => devices });
  const news = await open();
  await news.tell(SIGNAL);
  t.deepEqual(
    seen.map(({ length }) => length),
    [100],
  );
  state.refuse = UNREACHABLE;
  await t.throwsAsync(news.tell(SIGNAL), { code: 'MANAGER_UNREACHABLE' });
  state.refuse = undefined;
  const again = await open();
  for (let round = 0; round < 4; round += 1) await again.tell(SIGNAL);
  t.deepEqual(
    seen.map(({ length }) => length),
    [100, 100, 50],
  );
  devices = [sightingAt(249, 260)];
  await again.tell(SIGNAL);
  t.is(seen.length, 3, 'the same within a minute');
  devices = [sightingAt(249, 310)];
  await again.tell(SIGNAL);
  t.deepEqual(
    seen.slice(3).map(({ length }) => length),
    [1],
  );
});
