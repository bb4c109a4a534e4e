import test from 'ava';
import { OwnServers } from '../../../src/pxe/service/own-servers.ts';

const PIN = 'ab'.repeat(32);

const make = (): OwnServers => {
  const servers = new OwnServers(
    [
      { name: 'eth0', address: '10.77.0.1', prefix: 24 },
      { name: 'eth1', address: '10.88.0.1', prefix: 16 },
    ],
    PIN,
  );
  servers.httpPort = 30_880;
  servers.httpsPort = 30_806;
  return servers;
};

for (const [title, ends, expected] of [
  ['it reached', { address: '192.0.2.9', localAddress: '10.88.0.1' }, '10.88.0.1'],
  ['of its own wire', { address: '10.88.3.4' }, '10.88.0.1'],
  [
    'it reached, although another one is nearer',
    { address: '10.88.3.4', localAddress: '10.77.0.1' },
    '10.77.0.1',
  ],
  ['of the first interface, from nowhere', { address: '192.0.2.9' }, '10.77.0.1'],
  [
    'of the first interface, by an address that is no IPv4',
    { address: 'fe80::1', localAddress: '::1' },
    '10.77.0.1',
  ],
] as const)
  test(`a device is told the address ${title}`, (t) => {
    t.deepEqual(make().for(ends), {
      address: expected,
      httpPort: 30_880,
      merlin: `https://${expected}:30806`,
      pin: PIN,
    });
  });

test('nobody is told of ports that are not open', (t) => {
  const servers = new OwnServers([{ name: 'eth0', address: '10.77.0.1', prefix: 24 }], PIN);
  t.throws(() => servers.at('10.77.0.1'), { instanceOf: TypeError });
});
