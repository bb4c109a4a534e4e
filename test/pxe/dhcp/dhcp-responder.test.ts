import test from 'ava';
import type { ServedInterface } from '../../../src/pxe/interfaces.ts';
import { fileAnswer, LEFT_ALONE } from '../../helpers/dhcp-answers.ts';
import {
  discoverOf,
  type OptionText,
  ovmfAtPxePort,
  requestBytes,
} from '../../helpers/dhcp-clients.ts';
import {
  LAB,
  leasesOf,
  makeResponder,
  NOWHERE,
  type ResponderLab,
  requestFrom,
  START_MS,
} from '../../helpers/responder-lab.ts';

const OFFICE: ServedInterface = { name: 'eth0', address: '192.168.5.2', prefix: 16 };
const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';

const wiresOf = ({ sent }: ResponderLab): readonly string[] =>
  sent.map(({ wire, type }) => `${wire} ${type}`);

test('a boot client is offered a file, and the request is told of', async (t) => {
  const lab = makeResponder([LAB]);
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(wiresOf(lab), ['lab0 OFFER']);
  t.is(lab.sent[0]?.message.file, 'loader');
  t.deepEqual(lab.reports, [
    {
      client: {
        ...{ mac: A, uuid: undefined, architecture: 'efi-x64', transport: 'tftp', isIpxe: false },
      },
      at: new Date(START_MS),
      answer: fileAnswer('loader'),
      messageType: 'DISCOVER',
      address: undefined,
      from: NOWHERE,
      silence: undefined,
    },
  ]);
});

test('what is asked is decided by the packet alone, never by the one before', async (t) => {
  const lab = makeResponder([LAB]);
  await lab.receive(discoverOf.ovmfPxe(A));
  await lab.receive(discoverOf.ovmfPxe(A));
  await lab.receive(discoverOf.snponly(A));
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(
    lab.sent.map(({ message }) => message.file),
    ['loader', 'loader', 'boot.ipxe', 'loader'],
  );
});

test('other devices, other servers and damaged datagrams are left alone, and the policy is not asked', async (t) => {
  const lab = makeResponder([LAB]);
  await lab.receive(requestFrom(A, '01'));
  await lab.receive(
    requestFrom(A, '03', [
      [60, "'PXEClient"],
      [54, '0a4d0001'],
    ]),
  );
  await lab.receive(Buffer.alloc(10));
  await lab.receive(requestBytes({ op: 2, options: [[53, '02']] }));
  t.deepEqual([lab.sent, lab.asked, lab.reports, lab.told()], [[], [], [], []]);
  t.deepEqual(
    lab.lines.map(({ msg, reason, field }) => [msg, reason ?? field]),
    [
      ['dhcp request ignored', 'not-a-boot-client'],
      ['dhcp request ignored', 'lease-of-other-server'],
      ['dhcp message dropped', 'length'],
      ['dhcp message dropped', 'op'],
    ],
  );
});

test('a client that the policy leaves alone is told of, with the reason', async (t) => {
  const lab = makeResponder([LAB], { decide: () => LEFT_ALONE });
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(lab.sent, []);
  t.like(lab.reports, [{ answer: LEFT_ALONE, silence: 'policy' }]);
  t.like(lab.lines, [
    {
      ...{ level: 'info', msg: 'nothing to boot is offered', mac: A, interface: 'lab0' },
      ...{ architecture: 'efi-x64', reason: 'unknown-device', silence: 'policy' },
    },
  ]);
});

test('port 4011 is answered at once to where the request came from', async (t) => {
  const lab = makeResponder([LAB]);
  const sender = { address: '10.77.0.50', port: 4011 };
  await lab.receive(ovmfAtPxePort(A), { from: sender, door: 'pxe', wire: lab.wires[0] });
  t.deepEqual(
    lab.sent.map(({ type, to }) => [type, to]),
    [['ACK', '10.77.0.50:4011']],
  );
  t.like(lab.reports, [{ messageType: 'REQUEST', from: sender }]);
});

test('a broadcast is answered on each wire with its own address, and the policy is asked once', async (t) => {
  const lab = makeResponder([LAB, OFFICE]);
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(
    lab.sent.map(({ wire, message, options }) => [wire, message.siaddr, options[54]]),
    [
      ['lab0', '10.77.0.1', '0a4d0001'],
      ['eth0', '192.168.5.2', 'c0a80502'],
    ],
  );
  t.is(lab.asked.length, 1);
  t.is(lab.reports.length, 1);
});

const PXE: OptionText = [60, "'PXEClient"];

for (const [title, bytes, wire, answered] of [
  ['unicast to one of our addresses', requestFrom(A, '01', [PXE]), 1, ['eth0 OFFER']],
  [
    'from a relay of a served network',
    requestFrom(A, '01', [PXE], { giaddr: '192.168.9.9' }),
    undefined,
    ['eth0 OFFER'],
  ],
  [
    'from a relay of another network',
    requestFrom(A, '01', [PXE], { giaddr: '10.1.1.1' }),
    undefined,
    ['lab0 OFFER'],
  ],
  [
    'from an address of a served network',
    requestFrom(A, '08', [PXE], { ciaddr: '192.168.9.9' }),
    undefined,
    ['eth0 ACK'],
  ],
  [
    'from an address of another network',
    requestFrom(A, '08', [PXE], { ciaddr: '10.1.1.1' }),
    undefined,
    ['lab0 ACK', 'eth0 ACK'],
  ],
] as const) {
  test(`a request ${title} is answered on ${answered.length} of two wires`, async (t) => {
    const lab = makeResponder([LAB, OFFICE]);
    await lab.receive(bytes, wire === undefined ? {} : { wire: lab.wires[wire] });
    t.deepEqual(wiresOf(lab), answered);
  });
}

test('the network with addresses is served with them, the others beside their own server', async (t) => {
  const leases = leasesOf(LAB, '10.77.0.100-10.77.0.101');
  const lab = makeResponder([LAB, OFFICE], { leases });
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(
    lab.sent.map(({ wire, message }) => [wire, message.yiaddr, message.file]).toSorted(),
    [
      ['eth0', '0.0.0.0', 'loader'],
      ['lab0', '10.77.0.100', 'loader'],
    ],
  );
  await lab.receive(requestFrom(B, '01'));
  t.deepEqual(wiresOf(lab).slice(2), ['lab0 OFFER']);
  await lab.receive(requestFrom(A, '01', [PXE], { giaddr: '10.1.1.1' }), { wire: lab.wires[0] });
  t.is(lab.sent.at(-1)?.message.yiaddr, '0.0.0.0');
});

test('a lease is stored before its acknowledgement is sent', async (t) => {
  const order: string[] = [];
  const save = async (): Promise<void> => {
    order.push(`save, ${lab.sent.length} sent`);
    await Promise.resolve();
  };
  const lab = makeResponder([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101', save) });
  await lab.receive(requestFrom(A, '01'));
  t.deepEqual(order, []);
  await lab.receive(
    requestFrom(A, '03', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  t.deepEqual(order, ['save, 1 sent']);
  t.deepEqual(wiresOf(lab), ['lab0 OFFER', 'lab0 ACK']);
  await lab.receive(requestFrom(A, '07', [], { ciaddr: '10.77.0.100' }));
  t.deepEqual(order, ['save, 1 sent', 'save, 2 sent']);
  t.deepEqual(lab.told(), ['address leased', 'address given back']);
});

test('a device gets its lease although the leases cannot be stored, and that is an error of the log', async (t) => {
  const save = (): Promise<void> => Promise.reject(new Error('ENOSPC'));
  const lab = makeResponder([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101', save) });
  await lab.receive(
    requestFrom(A, '03', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  t.deepEqual(wiresOf(lab), ['lab0 ACK']);
  t.like(lab.lines, [{ level: 'error', msg: 'leases not stored' }]);
});

test('the policy is not asked about what it does not decide', async (t) => {
  const lab = makeResponder([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101') });
  await lab.receive(requestFrom(A, '03', [PXE, [54, '0a4d0002']]));
  await lab.receive(requestFrom(A, '03', [PXE, [54, '0a4d0001'], [50, '0a4d0032']]));
  t.deepEqual(wiresOf(lab), ['lab0 NAK']);
  t.deepEqual([lab.asked, lab.reports], [[], []]);
  t.deepEqual(lab.told(), ['address refused, the device has to ask for one anew']);
});

test('a thousand requests a second from one MAC are answered five times, and others at once', async (t) => {
  const lab = makeResponder([LAB]);
  for (let at = 0; at < 1000; at++) {
    await lab.receive(discoverOf.ovmfPxe(A));
    if (at % 250 === 0) await lab.receive(discoverOf.ovmfPxe(`52:54:00:00:01:0${at / 250}`));
    lab.pass(1);
  }
  const toA = lab.sent.filter(({ message }) => message.chaddr[4] === 0);
  t.true(toA.length >= 5 && toA.length <= 10, `${toA.length}`);
  t.is(lab.sent.length - toA.length, 4);
});

test('the policy is told whether the address is ours, on each wire', async (t) => {
  const other: ServedInterface = { name: 'lab1', address: '10.88.0.1', prefix: 24 };
  const told: boolean[] = [];
  const lab = makeResponder([LAB, other], {
    leases: leasesOf(LAB, '10.77.0.100-10.77.0.110'),
    decide: (_, isDhcpServer) => {
      told.push(isDhcpServer);
      return fileAnswer('loader');
    },
  });
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(told, [true, false]);
  const [home, away] = lab.wires;
  const ask = requestFrom(A, '03', [[60, "'PXEClient"]], { ciaddr: '10.77.0.100' });
  for (const wire of [home, away])
    await lab.receive(ask, { door: 'pxe', wire, from: { address: '10.77.0.100', port: 4011 } });
  t.deepEqual(told, [true, false, true, false]);
});
