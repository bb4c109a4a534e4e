import test from 'ava';
import { readNetworkClient } from '../../../src/pxe/dhcp/client-reader.ts';
import type { DhcpAnswer } from '../../../src/pxe/dhcp/dhcp-answer.ts';
import { isFromOwnNetwork, leaseAnswer, leaseOutcome } from '../../../src/pxe/dhcp/lease-answer.ts';
import { parseLeaseRange } from '../../../src/pxe/dhcp/lease-range.ts';
import { LeaseTable } from '../../../src/pxe/dhcp/lease-table.ts';
import type { NetworkAnswer } from '../../../src/pxe/network-client.ts';
import {
  fileAnswer,
  LEFT_ALONE,
  readRequest,
  shownAnswer,
  TEST_SERVER,
} from '../../helpers/dhcp-answers.ts';
import {
  discoverOf,
  type OptionText,
  type RequestFields,
  requestBytes,
} from '../../helpers/dhcp-clients.ts';

const HOME = { name: 'lab0', address: '10.77.0.1', prefix: 24 };
const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';
const US: OptionText = [54, '0a4d0001'];
const OTHER: OptionText = [54, '0a4d0002'];
const FIRST = '0a4d0064';
const SECOND = '0a4d0065';

const makeTable = (range = '10.77.0.100-10.77.0.101'): LeaseTable =>
  new LeaseTable({ range: parseLeaseRange(range, [HOME]), leaseSeconds: 600, now: () => 1e12 });

interface Asked {
  readonly router?: string;
  readonly policy?: NetworkAnswer;
}

const answerTo = (
  table: LeaseTable,
  bytes: Uint8Array,
  { router, policy }: Asked = {},
): DhcpAnswer => {
  const request = readRequest(bytes);
  const client = readNetworkClient(request);
  const wish =
    client === undefined || policy === undefined ? undefined : { client, answer: policy };
  const settings = { interface: HOME, leaseSeconds: 600, router };
  const outcome = leaseOutcome(request, table, HOME);
  return leaseAnswer(request, outcome, settings, { server: TEST_SERVER, wish });
};

const from = (
  mac: string,
  type: string,
  more: readonly OptionText[],
  fields: Partial<RequestFields> = {},
) => requestBytes({ ...fields, mac, options: [[53, type], ...more] });

const silentBecause = (reason: string) => ({ kind: 'silence', reason });

test('a device without network boot gets an address and nothing to load', (t) => {
  const { type, to, message, options } = shownAnswer(answerTo(makeTable(), from(A, '01', [])));
  t.deepEqual([type, to], ['OFFER', '255.255.255.255:68']);
  t.like(message, { yiaddr: '10.77.0.100', siaddr: '0.0.0.0', file: '', sname: '' });
  t.deepEqual(options, {
    ...{ 1: 'ffffff00', 51: '00000258', 54: '0a4d0001', 58: '0000012c', 59: '0000020d' },
  });
});

test('the router is told when there is one, and a client identifier goes back', (t) => {
  const answer = answerTo(makeTable(), from(A, '01', [[61, 'ff010203']]), {
    router: '10.77.0.254',
  });
  t.like(shownAnswer(answer).options, { 3: '0a4d00fe', 61: 'ff010203' });
});

test('a boot client gets its address and its file together', (t) => {
  const policy = fileAnswer('snponly.efi');
  const table = makeTable();
  const { message, options } = shownAnswer(answerTo(table, discoverOf.ovmfPxe(A), { policy }));
  t.like(message, { yiaddr: '10.77.0.100', siaddr: '10.77.0.1', file: 'snponly.efi' });
  t.like(options, { 43: '060108ff', 97: '00'.repeat(17), 51: '00000258' });
  const http = fileAnswer('merlin.efi', 'http');
  const second = shownAnswer(answerTo(table, discoverOf.ovmfHttp(B), { policy: http }));
  t.like(second.message, { yiaddr: '10.77.0.101', file: 'http://10.77.0.1:8080/merlin.efi' });
});

test('a boot client that the policy leaves alone gets an address all the same', (t) => {
  const { message, options } = shownAnswer(
    answerTo(makeTable(), discoverOf.ovmfPxe(A), { policy: LEFT_ALONE }),
  );
  t.like(message, { yiaddr: '10.77.0.100', siaddr: '0.0.0.0', file: '' });
  t.is(options[60], undefined);
});

test('a client that takes our offer gets the lease, with the same file', (t) => {
  const table = makeTable();
  answerTo(table, from(A, '01', []));
  const bytes = from(A, '03', [US, [50, FIRST], [60, "'PXEClient"]]);
  const { type, to, message, options } = shownAnswer(
    answerTo(table, bytes, { policy: fileAnswer('f') }),
  );
  t.deepEqual([type, to], ['ACK', '255.255.255.255:68']);
  t.like(message, { yiaddr: '10.77.0.100', file: 'f' });
  t.is(options[51], '00000258');
});

test('a client that takes an offer we forgot in a restart gets it when it is free', (t) => {
  const answer = shownAnswer(answerTo(makeTable(), from(A, '03', [US, [50, SECOND]])));
  t.is(answer.message.yiaddr, '10.77.0.101');
});

test('a client that takes the offer of another server is left to it, and our offer is free', (t) => {
  const table = makeTable('10.77.0.100-10.77.0.100');
  answerTo(table, from(A, '01', []));
  t.deepEqual(
    answerTo(table, from(A, '03', [OTHER, [50, '0a4d0032']])),
    silentBecause('other-server'),
  );
  t.is(shownAnswer(answerTo(table, from(B, '01', []))).message.yiaddr, '10.77.0.100');
});

for (const [title, options] of [
  ['the address of another device', [US, [50, FIRST]]],
  ['an address outside of the range', [US, [50, '0a4d0032']]],
  ['no address', [US]],
] as const) {
  test(`a client that takes our offer with ${title} is refused`, (t) => {
    const table = makeTable();
    answerTo(table, from(A, '03', [US, [50, FIRST]]));
    const {
      type,
      to,
      message,
      options: sent,
    } = shownAnswer(answerTo(table, from(B, '03', options)));
    t.deepEqual([type, to], ['NAK', '255.255.255.255:68']);
    t.like(message, { yiaddr: '0.0.0.0', ciaddr: '0.0.0.0', siaddr: '0.0.0.0' });
    t.deepEqual(sent, { 54: '0a4d0001' });
  });
}

test('a client that starts again is told whether it may keep its address', (t) => {
  const table = makeTable();
  answerTo(table, from(A, '03', [US, [50, FIRST]]));
  t.is(shownAnswer(answerTo(table, from(A, '03', [[50, FIRST]]))).message.yiaddr, '10.77.0.100');
  t.is(shownAnswer(answerTo(table, from(A, '03', [[50, SECOND]]))).type, 'NAK');
  t.is(shownAnswer(answerTo(table, from(A, '03', [[50, 'c0a80105']]))).type, 'NAK');
});

test('a client of which we know nothing is refused only an address of another network', (t) => {
  const table = makeTable();
  t.deepEqual(answerTo(table, from(B, '03', [[50, FIRST]])), silentBecause('lease-unknown'));
  t.is(shownAnswer(answerTo(table, from(B, '03', [[50, 'c0a80105']]))).type, 'NAK');
});

test('a client renews its lease, and gets the answer where it has its address', (t) => {
  const table = makeTable();
  answerTo(table, from(A, '03', [US, [50, FIRST]]));
  const { type, to, message } = shownAnswer(
    answerTo(table, from(A, '03', [], { ciaddr: '10.77.0.100' })),
  );
  t.deepEqual([type, to], ['ACK', '10.77.0.100:68']);
  t.like(message, { ciaddr: '10.77.0.100', yiaddr: '10.77.0.100' });
});

test('a lease that we lost the memory of is renewed, unless somebody else has the address', (t) => {
  const table = makeTable();
  const renewal = (mac: string, ciaddr: string) => answerTo(table, from(mac, '03', [], { ciaddr }));
  t.is(shownAnswer(renewal(A, '10.77.0.100')).type, 'ACK');
  const refused = shownAnswer(renewal(B, '10.77.0.100'));
  t.deepEqual([refused.type, refused.to], ['NAK', '255.255.255.255:68']);
  t.deepEqual(renewal(B, '10.77.0.50'), silentBecause('lease-unknown'));
});

test('a client that says nothing about an address is left alone', (t) => {
  t.deepEqual(answerTo(makeTable(), from(A, '03', [])), silentBecause('not-a-question'));
});

test('an INFORM gets what the network is like, without a lease', (t) => {
  const { type, to, message, options } = shownAnswer(
    answerTo(makeTable(), from(A, '08', [], { ciaddr: '10.77.0.50' }), { router: '10.77.0.254' }),
  );
  t.deepEqual([type, to], ['ACK', '10.77.0.50:68']);
  t.is(message.yiaddr, '0.0.0.0');
  t.deepEqual(options, { 1: 'ffffff00', 3: '0a4d00fe', 54: '0a4d0001' });
});

test('an address that is declined or given back needs no answer', (t) => {
  const table = makeTable('10.77.0.100-10.77.0.100');
  answerTo(table, from(A, '03', [US, [50, FIRST]]));
  t.deepEqual(
    answerTo(table, from(B, '07', [US], { ciaddr: '10.77.0.100' })),
    silentBecause('lease-unknown'),
  );
  t.deepEqual(
    answerTo(table, from(A, '07', [US], { ciaddr: '10.77.0.100' })),
    silentBecause('not-a-question'),
  );
  t.is(shownAnswer(answerTo(table, from(B, '01', []))).message.yiaddr, '10.77.0.100');
  t.deepEqual(answerTo(table, from(B, '04', [US, [50, FIRST]])), silentBecause('not-a-question'));
  t.deepEqual(answerTo(table, from(A, '01', [])), silentBecause('no-address-free'));
});

test('what is meant for another server changes nothing here', (t) => {
  const table = makeTable('10.77.0.100-10.77.0.100');
  answerTo(table, from(A, '03', [US, [50, FIRST]]));
  for (const bytes of [
    from(A, '04', [OTHER, [50, FIRST]]),
    from(A, '07', [OTHER], { ciaddr: '10.77.0.100' }),
    from(A, '03', [OTHER, [50, FIRST]]),
  ])
    t.deepEqual(answerTo(table, bytes), silentBecause('other-server'));
  t.deepEqual(answerTo(table, from(B, '01', [])), silentBecause('no-address-free'));
});

test('message types of servers are not answered', (t) => {
  for (const type of ['02', '05', '06'])
    t.deepEqual(answerTo(makeTable(), from(A, type, [])), silentBecause('not-a-question'));
});

test('a refusal reaches a client behind a relay as a broadcast', (t) => {
  const table = makeTable();
  const relayed = { giaddr: '10.77.0.9', hops: 1 };
  const { type, to, message } = shownAnswer(
    answerTo(table, from(A, '03', [US, [50, '0a4d0032'], [82, '0101aa']], relayed)),
  );
  t.deepEqual([type, to], ['NAK', '10.77.0.9:67']);
  t.is(message.flags, 0x8000);
  t.is(Buffer.from(message.options.get(82) ?? []).toString('hex'), '0101aa');
});

for (const [giaddr, isOwn] of [
  ['0.0.0.0', true],
  ['10.77.0.9', true],
  ['10.78.0.9', false],
] as const) {
  test(`a request by way of ${giaddr} is ${isOwn ? '' : 'not '}from the network with addresses`, (t) => {
    t.is(isFromOwnNetwork(readRequest(from(A, '01', [], { giaddr })), HOME), isOwn);
  });
}
