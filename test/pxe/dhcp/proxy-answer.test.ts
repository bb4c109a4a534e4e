import test from 'ava';
import { readNetworkClient } from '../../../src/pxe/dhcp/client-reader.ts';
import type { DhcpAnswer } from '../../../src/pxe/dhcp/dhcp-answer.ts';
import {
  type BootQuestion,
  proxyAnswer,
  proxySilence,
  pxePortAnswer,
  pxePortSilence,
} from '../../../src/pxe/dhcp/proxy-answer.ts';
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
  ovmfAtPxePort,
  type RequestFields,
  requestBytes,
} from '../../helpers/dhcp-clients.ts';

const PXE_CLIENT: OptionText = [60, "'PXEClient:Arch:00007:UNDI:003000"];
const EFI_X64: OptionText = [93, '0007'];

const questionOf = (bytes: Uint8Array, answer: NetworkAnswer): BootQuestion => {
  const request = readRequest(bytes);
  const client = readNetworkClient(request);
  if (client === undefined) throw new Error('no boot client');
  return { request, client, answer, server: TEST_SERVER };
};

const offer = (bytes: Uint8Array, answer: NetworkAnswer): DhcpAnswer =>
  proxyAnswer(questionOf(bytes, answer));

const request = (type: string, more: readonly OptionText[], fields: Partial<RequestFields> = {}) =>
  requestBytes({ ...fields, options: [[53, type], PXE_CLIENT, EFI_X64, ...more] });

test('the offer to OVMF names the file and all that firmware insists on, and no address', (t) => {
  const { type, to, message, options } = shownAnswer(
    offer(discoverOf.ovmfPxe(), fileAnswer('snponly.efi')),
  );
  t.is(type, 'OFFER');
  t.is(to, '255.255.255.255:68');
  t.like(message, {
    ...{ xid: 0x11223344, flags: 0x8000, ciaddr: '0.0.0.0', yiaddr: '0.0.0.0' },
    ...{ siaddr: '10.77.0.1', giaddr: '0.0.0.0', sname: '10.77.0.1', file: 'snponly.efi' },
  });
  t.deepEqual(options, {
    43: '060108ff',
    54: '0a4d0001',
    60: Buffer.from('PXEClient').toString('hex'),
    97: '00'.repeat(17),
  });
});

test('the offer is at least 300 bytes and starts with its type and server', (t) => {
  const answer = offer(discoverOf.ipxeRom(), fileAnswer('undionly.kpxe'));
  if (answer.kind !== 'send') return t.fail(answer.reason);
  t.is(answer.bytes.length, 300);
  t.is(Buffer.from(answer.bytes.subarray(240, 249)).toString('hex'), '3501023604' + '0a4d0001');
  return t.is(answer.yiaddr, '0.0.0.0');
});

test('an offer is broadcast to a client that did not ask for it, since it has no address yet', (t) => {
  const { to, message } = shownAnswer(offer(discoverOf.ipxeRom(), fileAnswer('a')));
  t.is(to, '255.255.255.255:68');
  t.is(message.flags, 0x8000);
});

test('HTTP firmware gets the address of its file, and its own vendor class', (t) => {
  const { message, options } = shownAnswer(
    offer(discoverOf.ovmfHttp(), fileAnswer('merlin.efi', 'http')),
  );
  t.is(message.file, 'http://10.77.0.1:8080/merlin.efi');
  t.is(options[60], Buffer.from('HTTPClient').toString('hex'));
  t.is(options[43], undefined);
});

test('iPXE gets an address or the name of a file, as the policy says', (t) => {
  const http = shownAnswer(offer(discoverOf.undionly(), fileAnswer('boot.ipxe', 'http')));
  t.is(http.message.file, 'http://10.77.0.1:8080/boot.ipxe');
  t.is(http.options[60], Buffer.from('PXEClient').toString('hex'));
  t.is(http.options[43], '060108ff');
  t.is(
    shownAnswer(offer(discoverOf.undionly(), fileAnswer('boot.ipxe'))).message.file,
    'boot.ipxe',
  );
});

test('port 80 is left out of an address, and other characters are written as an address needs them', (t) => {
  const question = questionOf(discoverOf.ovmfHttp(), fileAnswer('a b/ü.efi', 'http'));
  const answer = proxyAnswer({ ...question, server: { ...TEST_SERVER, httpPort: 80 } });
  t.is(shownAnswer(answer).message.file, 'http://10.77.0.1/a%20b/%C3%BC.efi');
});

const HEAD = 'http://10.77.0.1:8080/';

test('an address of 127 bytes is in the field, a longer one in option 67', (t) => {
  const fits = 'f'.repeat(127 - HEAD.length);
  const short = shownAnswer(offer(discoverOf.ovmfHttp(), fileAnswer(fits, 'http')));
  t.is(short.message.file, HEAD + fits);
  t.is(short.options[67], undefined);
  const long = shownAnswer(offer(discoverOf.ovmfHttp(), fileAnswer(`${fits}f`, 'http')));
  t.is(long.message.file, '');
  t.is(long.message.siaddr, '10.77.0.1');
  t.is(long.options[67], Buffer.from(`${HEAD}${fits}f`).toString('hex'));
});

test('an answer that does not fit 548 bytes is not sent', (t) => {
  const name = 'f'.repeat(241);
  const answer = offer(discoverOf.ovmfHttp(), fileAnswer(name, 'http'));
  if (answer.kind !== 'send') return t.fail(answer.reason);
  t.is(answer.bytes.length, 548);
  return t.deepEqual(offer(discoverOf.ovmfHttp(), fileAnswer(`${name}f`, 'http')), {
    kind: 'silence',
    reason: 'answer-too-long',
  });
});

for (const [title, bytes, answer, reason] of [
  ['a policy of silence', discoverOf.ovmfPxe(), LEFT_ALONE, 'policy'],
  [
    'PXE firmware for a file over HTTP',
    discoverOf.ovmfPxe(),
    fileAnswer('a', 'http'),
    'file-not-loadable',
  ],
  [
    'HTTP firmware for a file over TFTP',
    discoverOf.ovmfHttp(),
    fileAnswer('a'),
    'file-not-loadable',
  ],
] as const) {
  test(`there is no offer to ${title}`, (t) => {
    t.deepEqual(offer(bytes, answer), { kind: 'silence', reason });
  });
}

// The relay of dnsmasq sends what has no broadcast flag to the address that is given, here 0.0.0.0.
test('a relay gets an offer without an address at its own port, to be broadcast, with its hops and option as they came', (t) => {
  const relayed = { giaddr: '10.9.0.1', hops: 3, flags: 0 };
  const answer = offer(request('01', [[82, '0104aabbccdd']], relayed), fileAnswer('a'));
  const { to, message } = shownAnswer(answer);
  t.is(to, '10.9.0.1:67');
  t.like(message, { ...relayed, flags: 0x8000 });
  t.is([...message.options.keys()].at(-1), 82);
  t.is(Buffer.from(message.options.get(82) ?? []).toString('hex'), '0104aabbccdd');
});

test('an answer to a client that has its address keeps the flags of the relay', (t) => {
  const relayed = { giaddr: '10.9.0.1', ciaddr: '10.9.0.50', flags: 0 };
  const { message } = shownAnswer(offer(request('08', [], relayed), fileAnswer('a')));
  t.is(message.flags, 0);
});

test('an INFORM of a boot client is acknowledged where it has its address, without a lease', (t) => {
  const answer = offer(request('08', [], { ciaddr: '10.77.0.50' }), fileAnswer('a'));
  const { type, to, message, options } = shownAnswer(answer);
  t.deepEqual([type, to], ['ACK', '10.77.0.50:68']);
  t.like(message, { ciaddr: '10.77.0.50', yiaddr: '0.0.0.0', file: 'a' });
  t.is(options[51], undefined);
});

for (const [title, bytes, reason] of [
  ['a DISCOVER', request('01', []), undefined],
  ['an INFORM', request('08', []), undefined],
  [
    'a REQUEST for a lease of another server',
    request('03', [[54, '0a4d0002']]),
    'lease-of-other-server',
  ],
  ['a REQUEST that names us', request('03', [[54, '0a4d0001']]), 'lease-of-other-server'],
  ['a REQUEST that names nobody', request('03', []), 'lease-of-other-server'],
  ['a RELEASE', request('07', []), 'not-a-question'],
  ['a DECLINE', request('04', []), 'not-a-question'],
  ['an OFFER made up by a client', request('02', []), 'not-a-question'],
  [
    'a device that does not start from the network',
    requestBytes({ options: [[53, '01']] }),
    'not-a-boot-client',
  ],
] as const) {
  test(`beside a DHCP server ${title} is ${reason === undefined ? 'for the policy' : 'left alone'}`, (t) => {
    const message = readRequest(bytes);
    t.is(proxySilence(message, readNetworkClient(message)), reason);
  });
}

for (const [title, bytes, reason] of [
  ['the REQUEST of OVMF, which names no server', ovmfAtPxePort(), undefined],
  ['a REQUEST that names us', request('03', [[54, '0a4d0001']]), undefined],
  ['an INFORM', request('08', []), undefined],
  ['a REQUEST that names another server', request('03', [[54, '0a4d0002']]), 'other-server'],
  ['a DISCOVER', request('01', []), 'not-a-question'],
  ['another device', requestBytes({ options: [[53, '03']] }), 'not-a-boot-client'],
] as const) {
  test(`at port 4011 ${title} is ${reason === undefined ? 'for the policy' : 'left alone'}`, (t) => {
    const message = readRequest(bytes);
    t.is(pxePortSilence(message, readNetworkClient(message), TEST_SERVER), reason);
  });
}

test('port 4011 acknowledges to where the request came from', (t) => {
  const question = questionOf(ovmfAtPxePort(), fileAnswer('snponly.efi'));
  const answer = pxePortAnswer(question, { address: '10.77.0.50', port: 4011 });
  const { type, to, message, options } = shownAnswer(answer);
  t.deepEqual([type, to], ['ACK', '10.77.0.50:4011']);
  t.like(message, { ciaddr: '10.77.0.50', yiaddr: '0.0.0.0', file: 'snponly.efi' });
  t.like(options, { 54: '0a4d0001', 43: '060108ff' });
});
