import { readdir, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import {
  type OrderFiles,
  type OrderRecord,
  openOrderFiles,
  readOrders,
} from '../../../src/pxe/policy/order-record.ts';
import { MOST_ATTEMPTS, Orders } from '../../../src/pxe/policy/orders.ts';
import type { ImageAction, OrderAction } from '../../../src/pxe/policy/policy.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { Random } from '../../helpers/random.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const DEVICE = 'mac-52-54-00-12-34-56';

const imageOf = (image: string, order?: string): ImageAction => ({
  kind: 'image',
  image,
  layout: 'wes7',
  layoutPolicy: 'auto',
  hasBackup: true,
  disk: undefined,
  trust: undefined,
  allowsUnsigned: true,
  order,
});
const FIRST = imageOf('lab-pc:latest');
const SECOND = imageOf('lab-pc:next');
const CAPTURE: OrderAction = {
  ...{ kind: 'capture', name: 'golden', order: undefined },
  ...{ comment: 'spring', disk: undefined, sign: 'release.pem' },
};

const openOrders = (files: OrderFiles, seed = 1): Promise<Orders> => {
  const random = new Random(seed);
  return Orders.open({ files, now: steppingClock(), random: (length) => random.bytes(length) });
};

const ordersIn = async (t: ExecutionContext): Promise<{ orders: Orders; folder: string }> => {
  const folder = `${await temporaryFolder(t)}/orders`;
  return { orders: await openOrders(await openOrderFiles(folder)), folder };
};

const doIt = async (orders: Orders, action: OrderAction): Promise<void> => {
  const { ticket } = await orders.give(DEVICE, action);
  await orders.start(DEVICE, ticket);
  await orders.finish(DEVICE, ticket);
};

test('an order is given, begun and finished once', async (t) => {
  const { orders } = await ordersIn(t);
  t.is(orders.stateOf(DEVICE, FIRST), 'waiting');
  const given = await orders.give(DEVICE, FIRST);
  t.regex(given.id, /^[0-9a-f]{32}$/);
  t.regex(given.ticket, /^[0-9a-f]{64}$/);
  t.like(given, { goesOn: false, attempt: 1 });
  t.is(orders.stateOf(DEVICE, FIRST), 'given');
  await orders.start(DEVICE, given.ticket);
  t.is(orders.stateOf(DEVICE, FIRST), 'running');
  await orders.finish(DEVICE, given.ticket);
  t.is(orders.stateOf(DEVICE, FIRST), 'done');
  await t.throwsAsync(orders.give(DEVICE, FIRST), {
    code: 'PXE_ORDER_REFUSED',
    message: /it is done/,
  });
});

test('an order survives the end of the responder in every state', async (t) => {
  const { orders, folder } = await ordersIn(t);
  const again = async (): Promise<Orders> => openOrders(await openOrderFiles(folder), 2);
  const { ticket } = await orders.give(DEVICE, FIRST);
  t.is((await again()).stateOf(DEVICE, FIRST), 'given');
  await (await again()).start(DEVICE, ticket);
  t.is((await again()).stateOf(DEVICE, FIRST), 'running');
  await (await again()).finish(DEVICE, ticket);
  const last = await again();
  t.is(last.stateOf(DEVICE, FIRST), 'done');
  t.like(last.recordOf(DEVICE), { text: 'image lab-pc:latest', attempts: 1, failure: null });
  t.deepEqual(last.records, [last.recordOf(DEVICE)]);
});

test('no ticket lies in the files of orders', async (t) => {
  const { orders } = await ordersIn(t);
  const { ticket } = await orders.give(DEVICE, FIRST);
  t.false(JSON.stringify(orders.records).includes(ticket));
});

test('an order that was not begun is given again, and the first ticket is void', async (t) => {
  const { orders } = await ordersIn(t);
  const first = await orders.give(DEVICE, FIRST);
  const second = await orders.give(DEVICE, FIRST);
  t.is(second.id, first.id);
  t.not(second.ticket, first.ticket);
  t.like(second, { goesOn: false, attempt: 2 });
  const refused = { code: 'PXE_ORDER_REFUSED', message: /given last/ };
  await t.throwsAsync(orders.start(DEVICE, first.ticket), refused);
  t.is(orders.stateOf(DEVICE, FIRST), 'given');
  await orders.start(DEVICE, second.ticket);
  await t.throwsAsync(orders.finish(DEVICE, first.ticket), refused);
});

test('a device that starts again in the middle goes on and begins nothing anew', async (t) => {
  const { orders } = await ordersIn(t);
  const first = await orders.give(DEVICE, FIRST);
  await orders.start(DEVICE, first.ticket);
  const second = await orders.give(DEVICE, FIRST);
  t.like(second, { id: first.id, goesOn: true, attempt: 2 });
  t.is(orders.stateOf(DEVICE, FIRST), 'running');
  await orders.start(DEVICE, second.ticket);
  await orders.finish(DEVICE, second.ticket);
  t.is(orders.stateOf(DEVICE, FIRST), 'done');
});

test('whoever asks in the name of a device at work does not keep it from ending', async (t) => {
  const { orders } = await ordersIn(t);
  const real = await orders.give(DEVICE, FIRST);
  await orders.start(DEVICE, real.ticket);
  const forged = await orders.give(DEVICE, FIRST);
  orders.check(DEVICE, real.ticket);
  t.is(orders.deviceWith(real.id, real.ticket), DEVICE);
  await orders.start(DEVICE, forged.ticket);
  await orders.start(DEVICE, real.ticket);
  await orders.finish(DEVICE, real.ticket);
  t.like(orders.recordOf(DEVICE), { state: 'done', failure: null });
});

test('an order that others failed or used up is done when the device that began it says so', async (t) => {
  for (const spoil of [
    async (orders: Orders) => {
      const { ticket } = await orders.give(DEVICE, FIRST);
      await orders.fail(DEVICE, ticket, 'DISK_IO');
    },
    async (orders: Orders) => {
      for (let attempt = 2; attempt <= MOST_ATTEMPTS; attempt++) await orders.give(DEVICE, FIRST);
      await t.throwsAsync(orders.give(DEVICE, FIRST), { code: 'PXE_ORDER_ATTEMPTS' });
    },
  ]) {
    const { orders } = await ordersIn(t);
    const real = await orders.give(DEVICE, FIRST);
    await orders.start(DEVICE, real.ticket);
    await spoil(orders);
    t.is(orders.stateOf(DEVICE, FIRST), 'failed');
    await orders.finish(DEVICE, real.ticket);
    t.like(orders.recordOf(DEVICE), { state: 'done', failure: null });
  }
});

test('a device that said that it failed is not done afterwards', async (t) => {
  const { orders } = await ordersIn(t);
  const { ticket } = await orders.give(DEVICE, FIRST);
  await orders.start(DEVICE, ticket);
  await orders.fail(DEVICE, ticket, 'DISK_IO');
  await orders.fail(DEVICE, ticket, 'DISK_IO');
  const refused = { code: 'PXE_ORDER_REFUSED', message: /it is failed/ };
  await t.throwsAsync(orders.finish(DEVICE, ticket), refused);
});

test('a ticket that never began is void when another one is given, in the middle of an order too', async (t) => {
  const { orders } = await ordersIn(t);
  const first = await orders.give(DEVICE, FIRST);
  await orders.start(DEVICE, first.ticket);
  const second = await orders.give(DEVICE, FIRST);
  const third = await orders.give(DEVICE, FIRST);
  await t.throwsAsync(orders.start(DEVICE, second.ticket), { code: 'PXE_ORDER_REFUSED' });
  await orders.start(DEVICE, third.ticket);
});

test('a report whose answer got lost is taken once more and changes nothing', async (t) => {
  const { orders } = await ordersIn(t);
  const { ticket } = await orders.give(DEVICE, FIRST);
  await orders.start(DEVICE, ticket);
  await orders.start(DEVICE, ticket);
  await orders.finish(DEVICE, ticket);
  const record = orders.recordOf(DEVICE);
  await orders.finish(DEVICE, ticket);
  t.is(orders.recordOf(DEVICE), record);
});

test('an order that failed says why, and is not given again', async (t) => {
  const { orders } = await ordersIn(t);
  const { ticket } = await orders.give(DEVICE, FIRST);
  await orders.fail(DEVICE, ticket, 'DISK_TOO_SMALL');
  t.is(orders.stateOf(DEVICE, FIRST), 'failed');
  t.is(orders.recordOf(DEVICE)?.failure, 'DISK_TOO_SMALL');
  await t.throwsAsync(orders.give(DEVICE, FIRST), { code: 'PXE_ORDER_REFUSED' });
  t.throws(() => orders.fail(DEVICE, ticket, 'no code'), { instanceOf: TypeError });
});

test('what the table of states does not have is refused', async (t) => {
  const { orders } = await ordersIn(t);
  await t.throwsAsync(orders.finish(DEVICE, 'x'), {
    code: 'PXE_ORDER_REFUSED',
    message: /no order/,
  });
  const { ticket } = await orders.give(DEVICE, FIRST);
  const refused = { code: 'PXE_ORDER_REFUSED', message: /it is given/ };
  await t.throwsAsync(orders.finish(DEVICE, ticket), refused);
  await orders.start(DEVICE, ticket);
  await orders.finish(DEVICE, ticket);
  for (const late of [orders.start(DEVICE, ticket), orders.fail(DEVICE, ticket, 'DISK_IO')])
    await t.throwsAsync(late, { code: 'PXE_ORDER_REFUSED', message: /it is done/ });
});

test('an order is given a limited number of times, and has failed then', async (t) => {
  const { orders } = await ordersIn(t);
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const given = await orders.give(DEVICE, FIRST);
    t.is(given.attempt, attempt);
    if (attempt > 1) await orders.start(DEVICE, given.ticket);
  }
  await t.throwsAsync(orders.give(DEVICE, FIRST), { code: 'PXE_ORDER_ATTEMPTS' });
  t.is(orders.stateOf(DEVICE, FIRST), 'failed');
  t.is(orders.recordOf(DEVICE)?.failure, 'PXE_ORDER_ATTEMPTS');
  await t.throwsAsync(orders.give(DEVICE, FIRST), { code: 'PXE_ORDER_REFUSED' });
});

test('another line is another order, also after one that failed', async (t) => {
  const { orders } = await ordersIn(t);
  await doIt(orders, FIRST);
  const first = orders.recordOf(DEVICE)?.id;
  t.is(orders.stateOf(DEVICE, SECOND), 'waiting');
  const { ticket } = await orders.give(DEVICE, SECOND);
  await orders.fail(DEVICE, ticket, 'DISK_IO');
  t.not(orders.recordOf(DEVICE)?.id, first);
  t.is(orders.stateOf(DEVICE, imageOf('lab-pc:next', 'again')), 'waiting');
});

test('a line that comes back is done while its image lies on the disk, and new when another one began', async (t) => {
  const { orders } = await ordersIn(t);
  await doIt(orders, FIRST);
  const second = await orders.give(DEVICE, SECOND);
  t.is(orders.stateOf(DEVICE, FIRST), 'done', 'the second was given and never began');
  await t.throwsAsync(orders.give(DEVICE, FIRST), {
    code: 'PXE_ORDER_REFUSED',
    message: /on the disk/,
  });
  await orders.start(DEVICE, second.ticket);
  t.is(orders.stateOf(DEVICE, FIRST), 'waiting', 'the second wrote over it');
  const third = await orders.give(DEVICE, FIRST);
  t.false(third.goesOn);
  await t.throwsAsync(orders.finish(DEVICE, second.ticket), { code: 'PXE_ORDER_REFUSED' });
});

test('a capture leaves the image on the disk what it was', async (t) => {
  const { orders } = await ordersIn(t);
  await doIt(orders, FIRST);
  const { ticket } = await orders.give(DEVICE, CAPTURE);
  t.throws(() => orders.captureOf(DEVICE, ticket), { message: /it is given/ });
  await orders.start(DEVICE, ticket);
  const what = { name: 'golden', comment: 'spring', sign: 'release.pem' };
  t.deepEqual(orders.captureOf(DEVICE, ticket), what);
  await t.throwsAsync(orders.finish(DEVICE, ticket), { message: /no version is published/ });
  const version = 'ab'.repeat(32);
  await orders.keepCaptured(DEVICE, ticket, { id: version, usedBytes: 5, storedBytes: 3 });
  await orders.finish(DEVICE, ticket);
  t.is(orders.stateOf(DEVICE, CAPTURE), 'done');
  const captured = { usedBytes: 5, storedBytes: 3 };
  t.like(orders.recordOf(DEVICE), { version, captured });
  t.is(orders.stateOf(DEVICE, FIRST), 'done');
});

test('of many that ask at once each gets a ticket of its own and the last one counts', async (t) => {
  const { orders } = await ordersIn(t);
  const given = await Promise.all([1, 2, 3, 4].map(() => orders.give(DEVICE, FIRST)));
  t.deepEqual(
    given.map(({ attempt }) => attempt),
    [1, 2, 3, 4],
  );
  t.is(new Set(given.map(({ ticket }) => ticket)).size, 4);
  for (const { ticket } of given.slice(0, 3))
    await t.throwsAsync(orders.start(DEVICE, ticket), { code: 'PXE_ORDER_REFUSED' });
  await orders.start(DEVICE, given[3]?.ticket ?? '');
  t.is(orders.stateOf(DEVICE, FIRST), 'running');
});

test('a step that cannot be stored has not happened', async (t) => {
  let isFull = false;
  const stored: OrderRecord[] = [];
  const orders = await openOrders({
    read: async () => ({ records: [], damaged: [] }),
    write: async (record) => {
      if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      stored.push(record);
    },
  });
  const { ticket } = await orders.give(DEVICE, FIRST);
  isFull = true;
  await t.throwsAsync(orders.start(DEVICE, ticket), { code: 'ENOSPC' });
  t.is(orders.stateOf(DEVICE, FIRST), 'given');
  isFull = false;
  await orders.start(DEVICE, ticket);
  t.deepEqual(
    stored.map(({ state }) => state),
    ['given', 'running'],
  );
});

for (const [what, content] of [
  ['is empty', ''],
  ['is no JSON', '{'],
  ['is of another format', '{"format":2}'],
  ['is longer than any', `{"format":1,"x":"${'x'.repeat(5000)}"}`],
] as const)
  test(`a record that ${what} keeps its device from being imaged`, async (t) => {
    const { orders, folder } = await ordersIn(t);
    await orders.give(DEVICE, FIRST);
    await orders.give('mac-52-54-00-00-00-01', FIRST);
    await writeFile(`${folder}/${DEVICE}.json`, content);
    const again = await openOrders(await openOrderFiles(folder));
    t.is(again.stateOf(DEVICE, FIRST), 'failed');
    t.is(again.stateOf(DEVICE, SECOND), 'failed');
    t.is(again.stateOf('mac-52-54-00-00-00-01', FIRST), 'given');
    t.deepEqual(
      again.damaged.map(({ device }) => device),
      [DEVICE],
    );
    await t.throwsAsync(again.give(DEVICE, FIRST), { code: 'PXE_ORDER_DAMAGED' });
  });

test('a version is remembered with its order, over a restart too, and not with the next one', async (t) => {
  const { orders, folder } = await ordersIn(t);
  const { id, ticket } = await orders.give(DEVICE, FIRST);
  await orders.keepVersion(DEVICE, ticket, 'ab'.repeat(32));
  const again = await openOrders(await openOrderFiles(folder), 2);
  t.is(again.recordOf(DEVICE)?.version, 'ab'.repeat(32));
  t.is(again.deviceWith(id, ticket), DEVICE);
  await again.give(DEVICE, SECOND);
  t.is(again.recordOf(DEVICE)?.version, null);
  t.is(again.deviceWith(id, ticket), undefined);
  await t.throwsAsync(again.keepVersion(DEVICE, ticket, 'cd'.repeat(32)), {
    code: 'PXE_ORDER_REFUSED',
  });
});

test('orders are looked at without a change, while they are kept by somebody else', async (t) => {
  const { orders, folder } = await ordersIn(t);
  await orders.give(DEVICE, FIRST);
  await writeFile(`${folder}/${DEVICE}.json.new`, 'half');
  const view = Orders.view(await readOrders(folder));
  t.is(view.stateOf(DEVICE, FIRST), 'given');
  t.true((await readdir(folder)).includes(`${DEVICE}.json.new`));
  await t.throwsAsync(view.give(DEVICE, FIRST), { instanceOf: TypeError });
  t.deepEqual(await readOrders(`${folder}/none`), { records: [], damaged: [] });
});

test('an order that brings its id along has it, and is done once whatever else its row says', async (t) => {
  const { orders } = await ordersIn(t);
  const id = 'ab'.repeat(16);
  const mine = imageOf('lab-pc:latest', id);
  const { id: given, ticket } = await orders.give(DEVICE, mine);
  t.is(given, id);
  await orders.start(DEVICE, ticket);
  await orders.finish(DEVICE, ticket, { writtenBytes: 5, verifiedBytes: 7 });
  t.like(orders.recordOf(DEVICE), { result: { writtenBytes: 5, verifiedBytes: 7 } });
  t.is(orders.stateOf(DEVICE, { ...mine, allowsUnsigned: false, trust: 'other.pub' }), 'done');
  t.is(orders.stateOf(DEVICE, imageOf('lab-pc:latest', `${id}.2`)), 'waiting');
  t.is((await orders.give(DEVICE, imageOf('lab-pc:latest', `${id}.2`))).id, id);
  // An administrator's own order at the device is another one.
  t.not((await orders.giveAnew(DEVICE, mine, 'cd'.repeat(16))).id, id);
});

test('each step is told when it is stored', async (t) => {
  const files = await openOrderFiles(`${await temporaryFolder(t)}/orders`);
  const told: string[] = [];
  const random = new Random(3);
  const orders = await Orders.open({
    ...{ files, now: steppingClock(), random: (length: number) => random.bytes(length) },
    onStored: ({ state }) => told.push(state),
  });
  await doIt(orders, FIRST);
  t.deepEqual(told, ['given', 'running', 'done']);
});
