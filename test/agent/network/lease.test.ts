import test from 'ava';
import { parseLeaseLine } from '../../../src/agent/network/lease.ts';

const LINE = 'dhcp\tbound\teth0\t10.77.0.100\t24\t10.77.0.1 10.77.0.2\t10.77.0.1 9.9.9.9';

test('an address comes with its network, gateways and name servers', (t) => {
  const lease = {
    card: 'eth0',
    address: '10.77.0.100',
    prefixLength: 24,
    routers: ['10.77.0.1', '10.77.0.2'],
    nameServers: ['10.77.0.1', '9.9.9.9'],
  };
  t.deepEqual(parseLeaseLine(LINE), { kind: 'lease', lease });
  t.deepEqual(parseLeaseLine(LINE.replace('bound', 'renew')), { kind: 'lease', lease });
});

test('a card that has to give its address up is told', (t) => {
  t.deepEqual(parseLeaseLine('dhcp\tdeconfig\teth0\t\t\t\t'), { kind: 'lost', card: 'eth0' });
});

test('gateways and name servers that are no addresses are left out, and the rest is limited', (t) => {
  const event = parseLeaseLine(
    `dhcp\tbound\teth0\t10.77.0.100\t24\t;reboot 0.0.0.0\t${'10.0.0.1 '.repeat(99)}`,
  );
  if (event?.kind !== 'lease') return t.fail();
  t.deepEqual(event.lease.routers, []);
  t.is(event.lease.nameServers.length, 4);
  return undefined;
});

for (const [title, from, to] of [
  ['another mark', 'dhcp', 'dhcp6'],
  ['an event that changes nothing', 'bound', 'leasefail'],
  ['a card with a blank', 'eth0', 'eth 0'],
  ['a card that is too long', 'eth0', 'e'.repeat(16)],
  ['no address', '10.77.0.100', '10.77.0'],
  ['an address of IPv6', '10.77.0.100', 'fe80::1'],
  ['no prefix', '\t24\t', '\t\t'],
  ['a prefix of 0', '\t24\t', '\t0\t'],
  ['a prefix of 33', '\t24\t', '\t33\t'],
] as const)
  test(`${title} gives no event`, (t) => {
    t.is(parseLeaseLine(LINE.replace(from, to)), undefined);
  });

test('a line that is cut off gives no event or a shorter list, never another address', (t) => {
  for (let length = 0; length < LINE.length; length++) {
    const event = parseLeaseLine(LINE.slice(0, length));
    if (event?.kind === 'lease') t.is(event.lease.address, '10.77.0.100');
  }
  t.is(parseLeaseLine(LINE.slice(0, 20)), undefined);
});
