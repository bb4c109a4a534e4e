import test from 'ava';
import type { Advice } from '../../../src/pxe/explain/advice.ts';
import { type ReportFacts, reportDevice } from '../../../src/pxe/explain/device-report.ts';
import type { OrderRecord } from '../../../src/pxe/policy/order-record.ts';
import { Orders } from '../../../src/pxe/policy/orders.ts';
import { lineOf, orderOf, type Policy } from '../../../src/pxe/policy/policy.ts';
import { parsePolicy } from '../../../src/pxe/policy/policy-file.ts';
import type { Load, Sighting } from '../../../src/pxe/sightings/sighting.ts';
import { TEST_MAC } from '../../helpers/dhcp-clients.ts';
import { SEEN_AT, sightingOf } from '../../helpers/sightings.ts';

const ROW = `[[device]]\nmac = "${TEST_MAC}"\n`;
const MERLIN = parsePolicy(`${ROW}action = "merlin"\n`, 'policy');
const IMAGE = parsePolicy(`${ROW}action = "image"\nimage = "lab"\nunsigned = true\n`, 'policy');
const OFF = parsePolicy(`answer = "off"\n${ROW}action = "merlin"\n`, 'policy');
const NOBODY = parsePolicy('', 'policy');
const SOON = new Date(Date.parse(SEEN_AT) + 10_000);
const LATE = new Date(Date.parse(SEEN_AT) + 600_000);
const AFTER = '2026-01-02T03:04:10.000Z';

const recordOf = (policy: Policy, more: Partial<OrderRecord> = {}): OrderRecord => {
  const row = policy.byMac.get(TEST_MAC)?.row;
  const order = row && orderOf(row.action);
  return {
    format: 1,
    device: 'mac-52-54-00-12-34-56',
    id: '0'.repeat(32),
    line: order === undefined ? '0'.repeat(32) : lineOf(order),
    word: null,
    text: 'image lab:latest',
    erases: true,
    state: 'running',
    capture: null,
    captured: null,
    result: null,
    attempts: 2,
    ticket: null,
    failure: null,
    version: null,
    visit: null,
    begun: [],
    onDisk: null,
    changedAt: SEEN_AT,
    ...more,
  };
};

const report = (more: Partial<ReportFacts>) =>
  reportDevice({
    ...{ mac: TEST_MAC, isRunning: true, deviceCount: 1, seen: sightingOf(), policy: MERLIN },
    orders: Orders.view({ records: [], damaged: [] }),
    now: SOON,
    ...more,
  });

const load = (file: string, end: string, at = AFTER): Load => ({
  ...{ at, protocol: 'tftp', file, bytes: 1, end },
});

const merlin = (at: string): NonNullable<Sighting['merlin']> => ({
  ...{ at, phase: 'image', doneBytes: 1, totalBytes: 2, order: null, code: null },
  ...{ message: '', machine: '' },
});

const silent = (reason: NonNullable<Sighting['reason']>): Sighting =>
  sightingOf({ answered: null, transport: null, reason, silence: 'policy' });

const running = Orders.view({ records: [recordOf(IMAGE)], damaged: [] });

for (const [title, more, expected] of [
  ['a device that was answered a moment ago needs nothing', {}, []],
  ['nobody was seen at all', { seen: undefined, deviceCount: 0 }, ['nobody-seen']],
  ['others were seen', { seen: undefined }, ['never-seen']],
  ['no service runs', { isRunning: false }, ['service-not-running']],
  ['the policy cannot be read', { policy: undefined }, ['policy-unreadable']],
  ['it is unknown', { seen: silent('unknown-device'), policy: NOBODY }, ['unknown-device']],
  ['answering is off', { seen: silent('answering-is-off'), policy: OFF }, ['answering-is-off']],
  [
    'it is of another kind',
    { seen: silent('architecture-not-supported') },
    ['architecture-not-supported'],
  ],
  [
    'its answer could not be sent',
    { seen: sightingOf({ silence: 'answer-too-long' }) },
    ['answer-not-sent'],
  ],
  ['it loaded nothing for a while', { now: LATE }, ['nothing-loaded']],
  [
    'what it loaded belongs to an earlier start',
    {
      now: LATE,
      seen: sightingOf({ loads: [load('undionly.kpxe', 'done', '2026-01-01T00:00:00.000Z')] }),
    },
    ['nothing-loaded'],
  ],
  [
    'it asked for what is not there',
    { seen: sightingOf({ loads: [load('pxelinux.0', 'not-found')] }) },
    ['file-not-found'],
  ],
  [
    'shim asked for files that it can do without',
    {
      seen: sightingOf({
        loads: [load('revocations_sku.efi', 'not-found'), load('shimx64.efi', 'done')],
      }),
    },
    [],
  ],
  [
    'its load timed out',
    { seen: sightingOf({ loads: [load('vmlinuz', 'timed-out')] }) },
    ['load-broken-off'],
  ],
  [
    'Merlin never reported',
    { now: LATE, seen: sightingOf({ loads: [load('initrd.pxe', 'done')] }) },
    ['merlin-silent'],
  ],
  [
    'Merlin reported',
    { now: LATE, seen: sightingOf({ loads: [load('initrd.pxe', 'done')], merlin: merlin(AFTER) }) },
    [],
  ],
  ['an order waits', { policy: IMAGE }, ['order-waiting']],
  ['an order runs', { policy: IMAGE, orders: running }, ['order-running']],
  [
    'an order runs and nobody reports',
    {
      policy: IMAGE,
      orders: running,
      now: LATE,
      seen: sightingOf({ loads: [load('initrd.pxe', 'done')], merlin: merlin(AFTER) }),
    },
    ['merlin-stopped-reporting'],
  ],
  [
    'an order failed',
    {
      policy: IMAGE,
      orders: Orders.view({
        records: [recordOf(IMAGE, { state: 'failed', failure: 'DISK_WRITE' })],
        damaged: [],
      }),
    },
    ['order-failed'],
  ],
  [
    'an order never got a Merlin',
    {
      policy: IMAGE,
      orders: Orders.view({
        records: [recordOf(IMAGE, { state: 'failed', failure: 'PXE_ORDER_NEVER_STARTED' })],
        damaged: [],
      }),
    },
    ['order-never-started', 'order-failed'],
  ],
  [
    'what is known of an order cannot be read',
    {
      policy: IMAGE,
      orders: Orders.view({
        records: [],
        damaged: [{ device: 'mac-52-54-00-12-34-56', path: '/x', reason: 'it is not JSON' }],
      }),
    },
    ['order-failed'],
  ],
  [
    'an order is done',
    {
      policy: IMAGE,
      orders: Orders.view({ records: [recordOf(IMAGE, { state: 'done' })], damaged: [] }),
    },
    ['order-done'],
  ],
] as readonly (readonly [string, Partial<ReportFacts>, readonly Advice[]])[])
  test(`advice when ${title}`, (t) => {
    t.deepEqual(report(more).advice, expected);
  });

test('a report says what the policy would say to a device that was never seen', (t) => {
  const { policy, order } = report({ seen: undefined, policy: IMAGE });
  t.like(policy, { isNamed: true, action: 'image', does: 'merlin', reason: 'order-waiting' });
  t.like(order, { text: 'image lab:latest', state: 'waiting', attempts: 0, id: null });
});

test('the last order stands in the report when the policy has none any more', (t) => {
  const { policy, order } = report({
    policy: MERLIN,
    orders: Orders.view({ records: [recordOf(IMAGE, { state: 'done' })], damaged: [] }),
  });
  t.like(policy, { action: 'merlin' });
  t.like(order, { text: 'image lab:latest', state: 'done' });
});

test('another order of the policy than the last one waits', (t) => {
  const { order } = report({
    policy: IMAGE,
    orders: Orders.view({ records: [recordOf(MERLIN, { state: 'done' })], damaged: [] }),
  });
  t.like(order, { state: 'waiting', attempts: 0 });
});
