import test from 'ava';
import {
  ipv4At,
  ipv4Bytes,
  ipv4Text,
  isInNetwork,
  networkOf,
  parseIpv4,
  prefixMask,
} from '../../src/codec/ipv4.ts';

for (const [text, address] of [
  ['0.0.0.0', 0],
  ['10.77.0.1', 0x0a4d0001],
  ['127.255.255.255', 0x7fffffff],
  ['128.0.0.0', 0x80000000],
  ['255.255.255.255', 0xffffffff],
] as const) {
  test(`${text} is read, and written back the same`, (t) => {
    t.is(parseIpv4(text), address);
    t.is(ipv4Text(address), text);
    t.is(ipv4At(ipv4Bytes(text)), text);
  });
}

for (const text of [
  '',
  '10.77.0',
  '10.77.0.1.2',
  '256.0.0.1',
  '010.77.0.1',
  '10.77.0.',
  ' 10.77.0.1',
  '10.77.0.1x',
  '1e1.0.0.1',
  '-1.0.0.1',
  '0x0a.0.0.1',
]) {
  test(`"${text}" is no address`, (t) => {
    t.is(parseIpv4(text), undefined);
    t.throws(() => ipv4Bytes(text), { instanceOf: TypeError });
  });
}

test('a mask has as many bits as its prefix', (t) => {
  t.deepEqual(
    [0, 1, 8, 24, 31, 32].map((prefix) => ipv4Text(prefixMask(prefix))),
    ['0.0.0.0', '128.0.0.0', '255.0.0.0', '255.255.255.0', '255.255.255.254', '255.255.255.255'],
  );
});

for (const [prefix, first, last] of [
  [0, '0.0.0.0', '255.255.255.255'],
  [24, '192.168.5.0', '192.168.5.255'],
  [30, '192.168.5.200', '192.168.5.203'],
  [32, '192.168.5.201', '192.168.5.201'],
] as const) {
  test(`192.168.5.201/${prefix} lies in the network from ${first} to ${last}`, (t) => {
    const address = parseIpv4('192.168.5.201') ?? 0;
    const network = networkOf(address, prefix);
    t.deepEqual([network.first, network.last].map(ipv4Text), [first, last]);
    t.true(isInNetwork(network, address));
    t.is(isInNetwork(network, network.first - 1), false);
    t.is(isInNetwork(network, network.last + 1), false);
  });
}
