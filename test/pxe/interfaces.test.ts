import type { NetworkInterfaceInfo } from 'node:os';
import test from 'ava';
import { chooseInterfaces, type SystemInterfaces } from '../../src/pxe/interfaces.ts';

const ipv4 = (cidr: string, internal = false): NetworkInterfaceInfo => ({
  address: cidr.split('/')[0] ?? '',
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '02:00:00:00:00:01',
  internal,
  cidr,
});
const ipv6: NetworkInterfaceInfo = {
  ...ipv4('10.0.0.1/24'),
  address: 'fe80::1',
  family: 'IPv6',
  scopeid: 2,
  cidr: 'fe80::1/64',
};

const LOOPBACK: SystemInterfaces = { lo: [ipv4('127.0.0.1/8', true)] };
const ONE: SystemInterfaces = { ...LOOPBACK, eth0: [ipv6, ipv4('10.77.0.1/24')] };
const TWO: SystemInterfaces = {
  ...ONE,
  eth1: [ipv4('192.168.5.2/16'), ipv4('192.168.5.3/16')],
  wlan0: [ipv6],
};
const ETH0 = { name: 'eth0', address: '10.77.0.1', prefix: 24 };
const ETH1 = { name: 'eth1', address: '192.168.5.2', prefix: 16 };

for (const [title, wanted, all, served] of [
  ['the only one there is', [], ONE, [ETH0]],
  ['the one that is named', ['eth0'], TWO, [ETH0]],
  ['several that are named, in that order', ['eth1', 'eth0'], TWO, [ETH1, ETH0]],
  ['one by its second address', ['192.168.5.3'], TWO, [{ ...ETH1, address: '192.168.5.3' }]],
  ['one that is named twice, once', ['eth0', '10.77.0.1'], TWO, [ETH0]],
] as const) {
  test(`served is ${title}`, (t) => t.deepEqual(chooseInterfaces(wanted, all), served));
}

test('without an address that devices could reach nothing is served', (t) => {
  const error = t.throws(() => chooseInterfaces([], LOOPBACK), { code: 'PXE_NO_INTERFACE' });
  t.regex(error.message, /there are: lo/);
  t.throws(() => chooseInterfaces([], {}), { code: 'PXE_NO_INTERFACE', message: /none/ });
});

test('of several interfaces none is guessed, and all are listed', (t) => {
  t.throws(() => chooseInterfaces([], TWO), {
    code: 'PXE_SEVERAL_INTERFACES',
    message: /eth0 10\.77\.0\.1\/24, eth1 192\.168\.5\.2\/16$/,
  });
});

for (const name of ['eth2', 'lo', 'wlan0', '10.77.0.9', 'ETH0']) {
  test(`${name} is refused, with the list of those that could be served`, (t) => {
    t.throws(() => chooseInterfaces(['eth0', name], TWO), {
      code: 'PXE_INTERFACE_UNKNOWN',
      message: new RegExp(`${name.replaceAll('.', '\\.')} has.*eth0 10.*eth1`),
    });
  });
}
