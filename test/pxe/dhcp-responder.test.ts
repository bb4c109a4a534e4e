import test from 'ava';
import { type Destination, DHCP_PORTS } from '../../src/pxe/dhcp-answer.ts';
import { DhcpLog } from '../../src/pxe/dhcp-log.ts';
import {
  type Arrival,
  type DhcpRequestReport,
  DhcpResponder,
  type DhcpResponderOptions,
  type LeaseService,
  type Wire,
} from '../../src/pxe/dhcp-responder.ts';
import type { ServedInterface } from '../../src/pxe/interfaces.ts';
import { parseLeaseRange } from '../../src/pxe/lease-range.ts';
import { LeaseTable } from '../../src/pxe/lease-table.ts';
import type { NetworkClient } from '../../src/pxe/network-client.ts';
import { fileAnswer, LEFT_ALONE, type ShownAnswer, shownReply } from '../helpers/dhcp-answers.ts';
import {
  discoverOf,
  type OptionText,
  ovmfAtPxePort,
  type RequestFields,
  requestBytes,
} from '../helpers/dhcp-clients.ts';
import { keptLog, type LogLine } from '../helpers/log-lines.ts';

const LAB: ServedInterface = { name: 'lab0', address: '10.77.0.1', prefix: 24 };
const OFFICE: ServedInterface = { name: 'eth0', address: '192.168.5.2', prefix: 16 };
const NOWHERE: Destination = { address: '0.0.0.0', port: 68 };
const A = '52:54:00:00:00:0a';
const B = '52:54:00:00:00:0b';
const C = '52:54:00:00:00:0c';

interface Sent extends ShownAnswer {
  readonly wire: string;
}

interface Lab {
  readonly sent: Sent[];
  readonly asked: NetworkClient[];
  readonly reports: DhcpRequestReport[];
  readonly lines: LogLine[];
  readonly wires: readonly Wire[];
  pass(ms: number): void;
  receive(bytes: Uint8Array, arrival?: Partial<Arrival>): Promise<void>;
  /** Lines for people. */
  told(): readonly string[];
}

const makeLab = (
  interfaces: readonly ServedInterface[],
  more: Partial<DhcpResponderOptions> = {},
): Lab => {
  const sent: Sent[] = [];
  const asked: NetworkClient[] = [];
  const reports: DhcpRequestReport[] = [];
  const { log, lines } = keptLog();
  let nowMs = 1_700_000_000_000;
  const now = (): number => nowMs;
  const wires = interfaces.map((served) => ({
    interface: served,
    send: (bytes: Uint8Array, { address, port }: Destination) => {
      sent.push({ wire: served.name, to: `${address}:${port}`, ...shownReply(bytes) });
    },
  }));
  const responder = new DhcpResponder({
    wires,
    decide: (client) => {
      asked.push(client);
      return fileAnswer(client.isIpxe ? 'boot.ipxe' : 'loader');
    },
    httpPort: 80,
    ports: DHCP_PORTS,
    onRequest: (report) => reports.push(report),
    now,
    ...more,
    log: new DhcpLog(log, now),
  });
  return {
    ...{ sent, asked, reports, lines, wires },
    pass: (ms) => {
      nowMs += ms;
    },
    receive: (bytes, arrival) =>
      responder.receive(bytes, { from: NOWHERE, door: 'dhcp', ...arrival }),
    told: () => lines.filter(({ level }) => level !== 'debug').map(({ msg }) => msg),
  };
};

const leasesOf = (
  served: ServedInterface,
  range: string,
  save?: () => Promise<void>,
): LeaseService => ({
  settings: { interface: served, leaseSeconds: 600 },
  table: new LeaseTable({
    range: parseLeaseRange(range, [served]),
    leaseSeconds: 600,
    now: () => 1_700_000_000_000,
  }),
  save,
});

const from = (
  mac: string,
  type: string,
  more: readonly OptionText[] = [],
  fields: Partial<RequestFields> = {},
) => requestBytes({ ...fields, mac, options: [[53, type], ...more] });

const wiresOf = ({ sent }: Lab): readonly string[] =>
  sent.map(({ wire, type }) => `${wire} ${type}`);

test('a boot client is offered a file, and the request is told of', async (t) => {
  const lab = makeLab([LAB]);
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(wiresOf(lab), ['lab0 OFFER']);
  t.is(lab.sent[0]?.message.file, 'loader');
  t.deepEqual(lab.reports, [
    {
      client: {
        ...{ mac: A, uuid: undefined, architecture: 'efi-x64', transport: 'tftp', isIpxe: false },
      },
      at: new Date(1_700_000_000_000),
      answer: fileAnswer('loader'),
      messageType: 'DISCOVER',
      from: NOWHERE,
      silence: undefined,
    },
  ]);
});

test('what is asked is decided by the packet alone, never by the one before', async (t) => {
  const lab = makeLab([LAB]);
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
  const lab = makeLab([LAB]);
  await lab.receive(from(A, '01'));
  await lab.receive(
    from(A, '03', [
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
  const lab = makeLab([LAB], { decide: () => LEFT_ALONE });
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(lab.sent, []);
  t.like(lab.reports, [{ answer: LEFT_ALONE, silence: 'policy' }]);
  t.like(lab.lines, [
    {
      ...{ level: 'info', msg: 'network boot left to others', mac: A, interface: 'lab0' },
      ...{ architecture: 'efi-x64', reason: 'unknown-device', silence: 'policy' },
    },
  ]);
});

test('port 4011 is answered at once to where the request came from', async (t) => {
  const lab = makeLab([LAB]);
  const sender = { address: '10.77.0.50', port: 4011 };
  await lab.receive(ovmfAtPxePort(A), { from: sender, door: 'pxe', wire: lab.wires[0] });
  t.deepEqual(
    lab.sent.map(({ type, to }) => [type, to]),
    [['ACK', '10.77.0.50:4011']],
  );
  t.like(lab.reports, [{ messageType: 'REQUEST', from: sender }]);
});

test('a broadcast is answered on each wire with its own address, and the policy is asked once', async (t) => {
  const lab = makeLab([LAB, OFFICE]);
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
  ['unicast to one of our addresses', from(A, '01', [PXE]), 1, ['eth0 OFFER']],
  [
    'from a relay of a served network',
    from(A, '01', [PXE], { giaddr: '192.168.9.9' }),
    undefined,
    ['eth0 OFFER'],
  ],
  [
    'from a relay of another network',
    from(A, '01', [PXE], { giaddr: '10.1.1.1' }),
    undefined,
    ['lab0 OFFER'],
  ],
  [
    'from an address of a served network',
    from(A, '08', [PXE], { ciaddr: '192.168.9.9' }),
    undefined,
    ['eth0 ACK'],
  ],
  [
    'from an address of another network',
    from(A, '08', [PXE], { ciaddr: '10.1.1.1' }),
    undefined,
    ['lab0 ACK', 'eth0 ACK'],
  ],
] as const) {
  test(`a request ${title} is answered on ${answered.length} of two wires`, async (t) => {
    const lab = makeLab([LAB, OFFICE]);
    await lab.receive(bytes, wire === undefined ? {} : { wire: lab.wires[wire] });
    t.deepEqual(wiresOf(lab), answered);
  });
}

test('the network with addresses is served with them, the others beside their own server', async (t) => {
  const leases = leasesOf(LAB, '10.77.0.100-10.77.0.101');
  const lab = makeLab([LAB, OFFICE], { leases });
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(
    lab.sent.map(({ wire, message }) => [wire, message.yiaddr, message.file]).toSorted(),
    [
      ['eth0', '0.0.0.0', 'loader'],
      ['lab0', '10.77.0.100', 'loader'],
    ],
  );
  await lab.receive(from(B, '01'));
  t.deepEqual(wiresOf(lab).slice(2), ['lab0 OFFER']);
  await lab.receive(from(A, '01', [PXE], { giaddr: '10.1.1.1' }), { wire: lab.wires[0] });
  t.is(lab.sent.at(-1)?.message.yiaddr, '0.0.0.0');
});

test('a lease is stored before its acknowledgement is sent', async (t) => {
  const order: string[] = [];
  const save = async (): Promise<void> => {
    order.push(`save, ${lab.sent.length} sent`);
    await Promise.resolve();
  };
  const lab = makeLab([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101', save) });
  await lab.receive(from(A, '01'));
  t.deepEqual(order, []);
  await lab.receive(
    from(A, '03', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  t.deepEqual(order, ['save, 1 sent']);
  t.deepEqual(wiresOf(lab), ['lab0 OFFER', 'lab0 ACK']);
  await lab.receive(from(A, '07', [], { ciaddr: '10.77.0.100' }));
  t.deepEqual(order, ['save, 1 sent', 'save, 2 sent']);
  t.deepEqual(lab.told(), ['address leased', 'address given back']);
});

test('a device gets its lease although the leases cannot be stored, and that is an error of the log', async (t) => {
  const save = (): Promise<void> => Promise.reject(new Error('ENOSPC'));
  const lab = makeLab([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101', save) });
  await lab.receive(
    from(A, '03', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  t.deepEqual(wiresOf(lab), ['lab0 ACK']);
  t.like(lab.lines, [{ level: 'error', msg: 'leases not stored' }]);
});

test('the policy is not asked about what it does not decide', async (t) => {
  const lab = makeLab([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101') });
  await lab.receive(from(A, '03', [PXE, [54, '0a4d0002']]));
  await lab.receive(from(A, '03', [PXE, [54, '0a4d0001'], [50, '0a4d0032']]));
  t.deepEqual(wiresOf(lab), ['lab0 NAK']);
  t.deepEqual([lab.asked, lab.reports], [[], []]);
  t.deepEqual(lab.told(), ['address refused, the device has to ask for one anew']);
});

test('an exhausted range is a warning, once a minute', async (t) => {
  const lab = makeLab([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.100') });
  await lab.receive(
    from(A, '03', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  await lab.receive(from(B, '01'));
  await lab.receive(from(C, '01'));
  lab.pass(60_000);
  await lab.receive(from(B, '01'));
  t.deepEqual(lab.told(), [
    'address leased',
    'no address is free, the range is exhausted',
    'no address is free, the range is exhausted',
  ]);
  t.deepEqual(wiresOf(lab), ['lab0 ACK']);
});

test('an address that a device declines is a warning', async (t) => {
  const lab = makeLab([LAB], { leases: leasesOf(LAB, '10.77.0.100-10.77.0.101') });
  await lab.receive(from(A, '01'));
  await lab.receive(
    from(A, '04', [
      [54, '0a4d0001'],
      [50, '0a4d0064'],
    ]),
  );
  t.like(lab.lines.at(-1), { level: 'warn', mac: A });
});

test('people read a line once for each device and change', async (t) => {
  let name = 'loader';
  const lab = makeLab([LAB], { decide: () => fileAnswer(name) });
  for (const mac of [A, A, B, A]) await lab.receive(discoverOf.ovmfPxe(mac));
  name = 'other';
  await lab.receive(discoverOf.ovmfPxe(A));
  t.deepEqual(
    lab.lines.map(({ level, mac, file }) => [level, mac, file]),
    [
      ['info', A, 'loader'],
      ['debug', A, 'loader'],
      ['info', B, 'loader'],
      ['debug', A, 'loader'],
      ['info', A, 'other'],
    ],
  );
});

test('forged MACs do not fill the log for people', async (t) => {
  const lab = makeLab([LAB]);
  for (let at = 0; at < 200; at++)
    await lab.receive(discoverOf.ovmfPxe(`02:00:00:00:00:${at.toString(16).padStart(2, '0')}`));
  t.is(lab.sent.length, 200);
  t.is(lab.told().length, 20);
});

test('a thousand requests a second from one MAC are answered five times, and others at once', async (t) => {
  const lab = makeLab([LAB]);
  for (let at = 0; at < 1000; at++) {
    await lab.receive(discoverOf.ovmfPxe(A));
    if (at % 250 === 0) await lab.receive(discoverOf.ovmfPxe(`52:54:00:00:01:0${at / 250}`));
    lab.pass(1);
  }
  const toA = lab.sent.filter(({ message }) => message.chaddr[4] === 0);
  t.true(toA.length >= 5 && toA.length <= 10, `${toA.length}`);
  t.is(lab.sent.length - toA.length, 4);
});
