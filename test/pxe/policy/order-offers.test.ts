/** Devices that are told to load Merlin again and again, and never get it running. */
import test, { type ExecutionContext } from 'ava';
import { OfferCount } from '../../../src/pxe/policy/offer-count.ts';
import { openOrderFiles } from '../../../src/pxe/policy/order-record.ts';
import { Orders } from '../../../src/pxe/policy/orders.ts';
import { type OrderAction, orderOf } from '../../../src/pxe/policy/policy.ts';
import { parsePolicy } from '../../../src/pxe/policy/policy-file.ts';
import { OrderOffers } from '../../../src/pxe/service/order-offers.ts';
import { Random } from '../../helpers/random.ts';
import { collectingLog } from '../../helpers/service-log.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const MAC = '52:54:00:12:34:56';
const DEVICE = 'mac-52-54-00-12-34-56';
const START_MS = 90_000;
const policyOf = (order: number) =>
  parsePolicy(
    `[[device]]\nmac = "${MAC}"\naction = "image"\nimage = "lab-pc"\nunsigned = true\norder = ${order}\n`,
    'policy.toml',
  );

const actionOf = (order: number): OrderAction => {
  const row = policyOf(order).byMac.get(MAC)?.row;
  const action = row === undefined ? undefined : orderOf(row.action);
  if (action === undefined) throw new TypeError('no order');
  return action;
};
const FIRST = actionOf(1);

const ordersAt = async (t: ExecutionContext, time: { ms: number }): Promise<Orders> => {
  const files = await openOrderFiles(`${await temporaryFolder(t)}/orders`);
  const random = new Random(1);
  return Orders.open({
    ...{ files, now: () => new Date(time.ms), random: (length: number) => random.bytes(length) },
  });
};

/** So many starts of the device, each of which asks four times. */
const offer = async (orders: Orders, time: { ms: number }, starts: number, action = FIRST) => {
  const failures = [];
  for (let start = 0; start < starts; start++) {
    time.ms += START_MS;
    for (let asked = 0; asked < 4; asked++) {
      failures.push(await orders.noteOffer(DEVICE, action));
      time.ms += 5000;
    }
  }
  return failures.filter((failure) => failure !== undefined).map(({ code }) => code);
};

test('after ten starts without a Merlin the order has failed, once', async (t) => {
  const time = { ms: 0 };
  const orders = await ordersAt(t, time);
  t.deepEqual(await offer(orders, time, 10), []);
  t.is(orders.stateOf(DEVICE, FIRST), 'waiting');
  t.is(orders.recordOf(DEVICE), undefined, 'an offer leaves no trace');
  t.deepEqual(await offer(orders, time, 1), ['PXE_ORDER_NEVER_STARTED']);
  t.is(orders.stateOf(DEVICE, FIRST), 'failed');
  t.like(orders.recordOf(DEVICE), { failure: 'PXE_ORDER_NEVER_STARTED', attempts: 0 });
  t.deepEqual(await offer(orders, time, 20), []);
  await t.throwsAsync(orders.give(DEVICE, FIRST), { code: 'PXE_ORDER_REFUSED' });
});

test('a Merlin that asks begins the count anew, and so does another order', async (t) => {
  const time = { ms: 0 };
  const orders = await ordersAt(t, time);
  await offer(orders, time, 10);
  const { ticket } = await orders.give(DEVICE, FIRST);
  t.deepEqual(await offer(orders, time, 10), []);
  t.is(orders.stateOf(DEVICE, FIRST), 'given');
  await orders.start(DEVICE, ticket);
  t.deepEqual(await offer(orders, time, 1), ['PXE_ORDER_NEVER_STARTED']);
  t.is(orders.stateOf(DEVICE, FIRST), 'failed');
  // Slow, not lost.
  await orders.finish(DEVICE, ticket);
  t.is(orders.stateOf(DEVICE, FIRST), 'done');

  const second = actionOf(2);
  t.is(orders.stateOf(DEVICE, second), 'waiting');
  t.deepEqual(await offer(orders, time, 10, second), []);
  t.like(await orders.give(DEVICE, second), { attempt: 1 });
});

test('requests of one start count once, and a clock that goes back counts nothing', (t) => {
  const count = new OfferCount();
  t.is(count.note(DEVICE, 'a', 1_000_000), 1);
  t.is(count.note(DEVICE, 'a', 1_059_999), 1);
  t.is(count.note(DEVICE, 'a', 990_000), 1);
  t.is(count.note(DEVICE, 'a', 1_060_000), 2);
  t.is(count.note('mac-52-54-00-00-00-01', 'a', 1_060_000), 1);
  count.clear(DEVICE);
  t.is(count.note(DEVICE, 'a', 1_060_001), 1);
});

test('devices that are made up take no memory without an end', (t) => {
  const count = new OfferCount();
  for (let device = 0; device < 20_000; device++) count.note(`${device}`, 'a', 0);
  t.is(count.note('one more', 'a', 0), 1);
  t.is(count.note('one more', 'a', 100_000), 1, 'it is not remembered');
  t.is(count.note('7', 'a', 100_000), 2);
});

test('the service says that an order is given up, and what to do', async (t) => {
  const time = { ms: 0 };
  const orders = await ordersAt(t, time);
  const { log, lines } = collectingLog();
  const policy = policyOf(1);
  for (let start = 0; start <= 10; start++) {
    await using offers = new OrderOffers({ policy: () => policy, orders, log });
    offers.note({ mac: MAC, uuid: undefined });
    offers.note({ mac: '52:54:00:ff:ff:ff', uuid: undefined });
    time.ms += START_MS;
  }
  t.deepEqual(
    lines.map(({ level, message }) => `${level} ${message}`),
    ['error order is given up'],
  );
  t.is(orders.stateOf(DEVICE, FIRST), 'failed');
});
