import test from 'ava';
import { subnetLimits } from '../../src/manager/http/shapes/jobs.ts';
import { orderWish } from '../../src/manager/http/shapes/network-boot.ts';
import { limitText, subnetBody } from '../../src/web/network/subnet-limits.ts';
import {
  emptyOrder,
  isWholeOrder,
  type OrderWish,
  orderBody,
} from '../../src/web/orders/order-wish.ts';

const ID = '2f1c1f0e-6a57-4d0c-9d3b-0c5a4b7e8f90';
const CONVERT: OrderWish = {
  ...emptyOrder('convert'),
  ...{ package: 'lab-pc', layout: 'wes7', group: 'lab-2' },
};
const CAPTURE: OrderWish = {
  ...emptyOrder('capture'),
  ...{ name: 'golden', whom: 'chosen', devices: [ID] },
};

const LACKING: Readonly<Record<string, OrderWish>> = {
  'a package': { ...CONVERT, package: '' },
  'a layout': { ...CONVERT, layout: '' },
  'a group': { ...CONVERT, group: '' },
  'a name': { ...CAPTURE, name: '' },
  'a time': { ...CAPTURE, when: 'at' },
};
for (const [what, wish] of Object.entries(LACKING))
  test(`without ${what} there is no order to plan`, (t) => t.false(isWholeOrder(wish)));

test('orders are of the form that the manager takes', (t) => {
  for (const wish of [CONVERT, CAPTURE]) {
    t.true(isWholeOrder(wish));
    t.true(orderWish.safeParse(orderBody(wish)).success);
  }
  const at: OrderWish = { ...CAPTURE, when: 'at', at: '2026-12-24T22:00', comment: 'x' };
  t.like(orderWish.parse(orderBody(at)), {
    ...{ startAt: new Date('2026-12-24T22:00').toISOString(), comment: 'x', name: 'golden' },
    selection: { devices: [ID], isAll: false },
  });
  t.like(orderWish.parse(orderBody({ ...CONVERT, policy: 'vendor', hasBackup: false })), {
    ...{ image: 'lab-pc:latest', layout: 'wes7', layoutPolicy: 'vendor', backup: false },
    selection: { groups: ['lab-2'] },
  });
});

test('what is made is what was planned, whatever the label names by now', (t) => {
  t.like(orderBody(CONVERT, 'lab-pc@4f2a9c01'), { image: 'lab-pc@4f2a9c01' });
});

test('limits of a subnet are of the form that the manager takes', (t) => {
  const words = { jobs: '5', limit: '10', repository: 'osaka', note: 'x' };
  t.deepEqual(subnetLimits.parse(subnetBody(words, undefined)), {
    ...{ mostJobs: 5, bytesPerSecond: 10 * 2 ** 20, repository: 'osaka', note: 'x' },
  });
  const none = { jobs: '', limit: '', repository: '', note: '' };
  t.deepEqual(subnetLimits.parse(subnetBody(none, undefined)), {
    ...{ mostJobs: null, bytesPerSecond: null, repository: null, note: '' },
  });
});

test('a limit that nobody changed stays as exact as it was', (t) => {
  const before = {
    ...{ cidr: '192.0.2.0/24', mostJobs: 5, bytesPerSecond: 1_500_000 },
    ...{ repository: null, note: '' },
  };
  const words = { jobs: '6', limit: limitText(1_500_000), repository: '', note: '' };
  t.is(words.limit, '1.431');
  t.is(subnetBody(words, before).bytesPerSecond, 1_500_000);
  t.is(subnetBody({ ...words, limit: '1.5' }, before).bytesPerSecond, 1_572_864);
  t.is(limitText(null), '');
});
