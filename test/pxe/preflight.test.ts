import test from 'ava';
import type { DhcpOfferFacts } from '../../src/pxe/dhcp/rival-probe.ts';
import { dropsInput, judgeOffers } from '../../src/pxe/preflight.ts';

const WIRE = { name: 'eth0', address: '10.77.0.1', prefix: 24 };
const RANGE = { interface: WIRE, first: 0x0a4d0064, last: 0x0a4d00c8, excluded: new Set<number>() };

const offer = (more: Partial<DhcpOfferFacts>): DhcpOfferFacts => ({
  server: '10.77.0.2',
  architectureType: 0,
  address: '10.77.0.150',
  bootFile: undefined,
  bootServer: undefined,
  vendorClass: undefined,
  ...more,
});

const PROXY = { address: undefined, vendorClass: 'PXEClient', bootFile: 'pxelinux.0' } as const;

for (const [title, offers, range, expected] of [
  ['a DHCP server beside us is fine', [offer({})], undefined, ['fine dhcp-server']],
  ['nobody who gives addresses is a problem', [], undefined, ['problem no-dhcp-server']],
  ['nobody else is fine where we give addresses', [], RANGE, []],
  ['two who give addresses are a problem', [offer({})], RANGE, ['problem dhcp-server-beside-ours']],
  [
    'a DHCP server that names a boot file is a problem, once for all kinds of machines',
    [offer({ bootFile: 'lin.0' }), offer({ bootFile: 'lin.efi', architectureType: 7 })],
    undefined,
    ['fine dhcp-server', 'problem boot-file-of-others'],
  ],
  [
    'a second PXE service is a problem',
    [offer({}), offer({ ...PROXY, server: '10.77.0.3' })],
    undefined,
    ['fine dhcp-server', 'problem other-pxe-service'],
  ],
  [
    'a second PXE service that sends a menu instead of a file is a problem, once',
    [
      offer({}),
      offer({ ...PROXY, server: '10.77.0.3', bootFile: undefined }),
      offer({ ...PROXY, server: '10.77.0.3', architectureType: 7 }),
    ],
    undefined,
    ['fine dhcp-server', 'problem other-pxe-service'],
  ],
  [
    'our own service is not one of the others',
    [offer({}), offer({ ...PROXY, server: WIRE.address })],
    undefined,
    ['fine dhcp-server'],
  ],
] as const)
  test(title, (t) => {
    const found = judgeOffers(offers, WIRE, range).map(({ level, name }) => `${level} ${name}`);
    t.deepEqual(found, [...expected]);
  });

test('a finding names interface, server, file and range', (t) => {
  const [, named] = judgeOffers([offer({ bootFile: 'lin.0' })], WIRE, undefined);
  t.deepEqual(named?.facts, { interface: 'eth0', server: '10.77.0.2', file: 'lin.0' });
  const [beside] = judgeOffers([offer({})], WIRE, RANGE);
  t.is(beside?.facts['range'], '10.77.0.100-10.77.0.200');
});

const chains = (hook: string, policy: string): string =>
  `table inet filter {\n\tchain input {\n\t\ttype filter hook ${hook} priority filter; policy ${policy};\n\t}\n}\n`;

test('a firewall drops when its chain for what comes in does, and no other one', (t) => {
  t.true(dropsInput(chains('input', 'drop')));
  t.true(dropsInput(chains('forward', 'drop') + chains('input', 'drop')));
  t.false(dropsInput(chains('input', 'accept')));
  t.false(dropsInput(chains('input', 'accept') + chains('forward', 'drop')));
  t.false(dropsInput(''));
});
