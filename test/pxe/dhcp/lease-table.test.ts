import test from 'ava';
import { ipv4Text, parseIpv4 } from '../../../src/codec/ipv4.ts';
import { parseLeaseRange } from '../../../src/pxe/dhcp/lease-range.ts';
import {
  LeaseTable,
  type LeaseTableOptions,
  OFFER_MS,
  REST_MS,
} from '../../../src/pxe/dhcp/lease-table.ts';

const HOME = { name: 'lab0', address: '10.77.0.1', prefix: 24 };
const LEASE_MS = 600_000;
const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';
const C = '52:54:00:00:00:0c';

const number = (text: string): number => parseIpv4(text) ?? Number.NaN;

interface Lab {
  readonly table: LeaseTable;
  pass(ms: number): void;
  offer(mac: string, wanted?: string): string | undefined;
  lease(mac: string, address: string): boolean;
}

const makeLab = (range: string, more: Partial<LeaseTableOptions> = {}): Lab => {
  let nowMs = 1_700_000_000_000;
  const table = new LeaseTable({
    range: parseLeaseRange(range, [HOME]),
    leaseSeconds: LEASE_MS / 1000,
    now: () => nowMs,
    ...more,
  });
  return {
    table,
    pass: (ms) => {
      nowMs += ms;
    },
    offer: (mac, wanted) => {
      const address = table.offer(mac, wanted === undefined ? undefined : number(wanted));
      return address === undefined ? undefined : ipv4Text(address);
    },
    lease: (mac, address) => table.lease(mac, number(address)),
  };
};

test('devices get one address after the other, and each its own again', (t) => {
  const { offer, lease } = makeLab('10.77.0.100-10.77.0.110');
  t.is(offer(A), '10.77.0.100');
  t.is(offer(B), '10.77.0.101');
  t.is(offer(A), '10.77.0.100');
  t.true(lease(A, '10.77.0.100'));
  t.is(offer(A, '10.77.0.105'), '10.77.0.100');
});

test('an address that is asked for is given when it is free', (t) => {
  const { offer, lease } = makeLab('10.77.0.100-10.77.0.110');
  t.is(offer(A, '10.77.0.107'), '10.77.0.107');
  t.is(offer(B, '10.77.0.107'), '10.77.0.100');
  t.true(lease(A, '10.77.0.107'));
  t.is(offer(C, '10.77.0.200'), '10.77.0.101');
});

test('a network without its ends, our address and the router is handed out whole', (t) => {
  const { offer } = makeLab('10.77.0.0/24', { reserved: ['10.77.0.254'] });
  const given = Array.from({ length: 252 }, (_, at) => offer(`52:54:00:00:01:${at.toString(16)}`));
  t.is(given[0], '10.77.0.2');
  t.is(given.at(-1), '10.77.0.253');
  t.is(new Set(given).size, 252);
  t.is(offer(A), undefined);
  for (const taken of ['10.77.0.0', '10.77.0.1', '10.77.0.254', '10.77.0.255'])
    t.is(offer(A, taken), undefined, taken);
});

test('a lease is of one device alone until it ends', (t) => {
  const { pass, lease } = makeLab('10.77.0.100-10.77.0.110');
  t.true(lease(A, '10.77.0.100'));
  t.false(lease(B, '10.77.0.100'));
  pass(LEASE_MS - 1);
  t.false(lease(B, '10.77.0.100'));
  t.true(lease(A, '10.77.0.100'));
  pass(LEASE_MS - 1);
  t.false(lease(B, '10.77.0.100'));
  pass(1);
  t.true(lease(B, '10.77.0.100'));
});

test('an address outside of the range is never leased', (t) => {
  const { lease } = makeLab('10.77.0.100-10.77.0.110');
  for (const address of ['10.77.0.99', '10.77.0.111', '10.77.0.1', '0.0.0.0'])
    t.false(lease(A, address), address);
});

test('when all had an address the one that is unused for the longest time goes', (t) => {
  const { pass, offer, lease, table } = makeLab('10.77.0.100-10.77.0.101');
  t.true(lease(A, '10.77.0.100'));
  pass(1000);
  t.true(lease(B, '10.77.0.101'));
  t.is(offer(C), undefined);
  pass(LEASE_MS - 1001);
  t.is(offer(C), undefined);
  pass(1);
  t.is(offer(C), '10.77.0.100');
  t.is(table.addressOf(A), undefined);
  t.is(offer(A), undefined);
});

test('a device that comes back while its old address is free gets that one', (t) => {
  const { pass, offer, lease } = makeLab('10.77.0.100-10.77.0.101');
  t.true(lease(A, '10.77.0.100'));
  pass(100 * LEASE_MS);
  t.is(offer(B), '10.77.0.101');
  t.is(offer(A), '10.77.0.100');
});

test('an offer is kept for a while, and free again when nobody takes it', (t) => {
  const { pass, offer, lease } = makeLab('10.77.0.100-10.77.0.100');
  t.is(offer(A), '10.77.0.100');
  pass(OFFER_MS - 1);
  t.is(offer(B), undefined);
  t.false(lease(B, '10.77.0.100'));
  pass(1);
  t.is(offer(B), '10.77.0.100');
  t.false(lease(A, '10.77.0.100'));
});

test('an offer that another server beat is free at once', (t) => {
  const { offer, table } = makeLab('10.77.0.100-10.77.0.100');
  offer(A);
  table.refuseOffer(A);
  table.refuseOffer(B);
  t.is(offer(B), '10.77.0.100');
});

test('a lease stays although its device took another offer elsewhere', (t) => {
  const { offer, lease, table } = makeLab('10.77.0.100-10.77.0.100');
  t.true(lease(A, '10.77.0.100'));
  table.refuseOffer(A);
  t.is(offer(B), undefined);
});

test('an address that is given back can be leased at once, and is kept for its device if it can be', (t) => {
  const { offer, lease, table } = makeLab('10.77.0.100-10.77.0.101');
  t.true(lease(A, '10.77.0.100'));
  t.true(table.release(A, number('10.77.0.100')));
  t.is(offer(B), '10.77.0.101');
  t.is(offer(C), '10.77.0.100');
  t.is(offer(A), undefined);
});

test('only the device with an address can give it back or decline it', (t) => {
  const { lease, table } = makeLab('10.77.0.100-10.77.0.101');
  t.true(lease(A, '10.77.0.100'));
  for (const [mac, address] of [
    [B, '10.77.0.100'],
    [A, '10.77.0.101'],
    [A, '0.0.0.0'],
  ] as const) {
    t.false(table.release(mac, number(address)));
    t.false(table.decline(mac, number(address)));
  }
  t.false(lease(B, '10.77.0.100'));
});

test('a declined address rests, and its device gets another one', (t) => {
  const { pass, offer, lease, table } = makeLab('10.77.0.100-10.77.0.101');
  t.is(offer(A), '10.77.0.100');
  t.true(table.decline(A, number('10.77.0.100')));
  t.is(offer(A, '10.77.0.100'), '10.77.0.101');
  t.true(lease(A, '10.77.0.101'));
  t.is(offer(B), undefined);
  t.false(lease(B, '10.77.0.100'));
  pass(REST_MS - 1);
  t.true(lease(A, '10.77.0.101'));
  t.is(offer(B), undefined);
  pass(1);
  t.is(offer(B), '10.77.0.100');
});

test('a device that leases another address gives up the one it had', (t) => {
  const { offer, lease } = makeLab('10.77.0.100-10.77.0.101');
  t.true(lease(A, '10.77.0.100'));
  t.true(lease(A, '10.77.0.101'));
  t.is(offer(B), '10.77.0.100');
});

test('leases come back from what was stored, offers do not', (t) => {
  const first = makeLab('10.77.0.100-10.77.0.110');
  t.true(first.lease(A, '10.77.0.105'));
  first.offer(B, '10.77.0.106');
  const stored = first.table.stored();
  t.deepEqual(stored, [{ mac: A, address: '10.77.0.105', untilMs: 1_700_000_000_000 + LEASE_MS }]);
  const second = makeLab('10.77.0.100-10.77.0.110', { stored });
  t.false(second.lease(B, '10.77.0.105'));
  t.is(second.offer(A), '10.77.0.105');
  t.is(second.offer(B, '10.77.0.106'), '10.77.0.106');
});

test('what was stored outside of the range, or far in the future, is not kept', (t) => {
  const stored = [
    { mac: A, address: '10.77.0.99', untilMs: 1_700_000_000_000 + LEASE_MS },
    { mac: B, address: '10.77.0.100', untilMs: 1_900_000_000_000 },
  ];
  const { pass, offer, lease } = makeLab('10.77.0.100-10.77.0.100', { stored });
  t.is(offer(A), undefined);
  pass(LEASE_MS);
  t.true(lease(A, '10.77.0.100'));
});

test('no number of strangers makes the table larger than its range', (t) => {
  const { offer, pass, table } = makeLab('10.77.0.100-10.77.0.119');
  for (let at = 0; at < 10_000; at++) {
    offer(`02:00:00:00:${(at >> 8).toString(16)}:${(at & 255).toString(16)}`);
    if (at % 100 === 0) pass(OFFER_MS);
  }
  pass(OFFER_MS);
  const given = Array.from({ length: 21 }, (_, at) => offer(`52:54:00:00:00:${at}`));
  t.is(given.filter((address) => address !== undefined).length, 20);
  t.is(new Set(given).size, 21);
  t.deepEqual(table.stored(), []);
});
