import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { closeSocket, openSocket } from '../../../src/pxe/bound-socket.ts';
import type { DhcpRequestReport } from '../../../src/pxe/dhcp/dhcp-responder.ts';
import {
  type DhcpServer,
  type DhcpServerOptions,
  startDhcpServer,
} from '../../../src/pxe/dhcp/dhcp-server.ts';
import { parseLeaseRange } from '../../../src/pxe/dhcp/lease-range.ts';
import { fileAnswer } from '../../helpers/dhcp-answers.ts';
import { discoverOf, ovmfAtPxePort, requestBytes } from '../../helpers/dhcp-clients.ts';
import { DhcpPeer } from '../../helpers/dhcp-peer.ts';
import { keptLog } from '../../helpers/log-lines.ts';
import { Random } from '../../helpers/random.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const LOOPBACK = { name: 'lo', address: '127.0.0.1', prefix: 8 };
const RANGE = parseLeaseRange('127.0.0.100-127.0.0.200', [LOOPBACK]);
const A = '52:54:00:00:00:0a';

interface Lab {
  readonly peer: DhcpPeer;
  readonly server: DhcpServer;
  readonly reports: readonly DhcpRequestReport[];
}

const startLab = async (
  t: ExecutionContext,
  more: Partial<DhcpServerOptions> = {},
): Promise<Lab> => {
  const peer = await DhcpPeer.open();
  t.teardown(() => peer[Symbol.asyncDispose]());
  const reports: DhcpRequestReport[] = [];
  const server = await startDhcpServer({
    interfaces: [LOOPBACK],
    decide: (client) =>
      fileAnswer(client.transport === 'http' ? 'uki.efi' : 'loader', client.transport),
    httpPort: 8080,
    ports: { server: 0, client: peer.port, pxe: 0 },
    log: keptLog().log,
    onRequest: (report) => reports.push(report),
    ...more,
  });
  t.teardown(() => server.close());
  return { peer, server, reports };
};

test('a broadcast is answered by a broadcast from our address', async (t) => {
  const { peer, server, reports } = await startLab(t);
  peer.broadcast(discoverOf.ovmfHttp(A), server.ports.server);
  const { type, from, message } = await peer.next();
  t.deepEqual([type, from], ['OFFER', `127.0.0.1:${server.ports.server}`]);
  t.like(message, { yiaddr: '0.0.0.0', file: 'http://127.0.0.1:8080/uki.efi' });
  t.like(reports, [
    {
      client: { mac: A },
      messageType: 'DISCOVER',
      from: { address: '127.0.0.1', port: peer.port },
    },
  ]);
});

test('port 4011 answers from itself to the port of the client', async (t) => {
  const { peer, server } = await startLab(t);
  peer.send(ovmfAtPxePort(A), server.ports.pxe);
  const { type, from, message } = await peer.next();
  t.deepEqual([type, from], ['ACK', `127.0.0.1:${server.ports.pxe}`]);
  t.is(message.file, 'loader');
});

test('a relay is answered at the port of servers', async (t) => {
  const { server } = await startLab(t);
  await using relay = await DhcpPeer.open('127.0.0.2', server.ports.server);
  const options = [
    [53, '01'],
    [60, "'PXEClient"],
    [82, '0102abcd'],
  ] as const;
  relay.send(requestBytes({ giaddr: '127.0.0.2', hops: 1, options }), server.ports.server);
  const { type, message, options: sent } = await relay.next();
  t.is(type, 'OFFER');
  t.like(message, { giaddr: '127.0.0.2', hops: 1 });
  t.is(sent[82], '0102abcd');
});

test('fifty devices that start at once are all answered', async (t) => {
  const { peer, server } = await startLab(t);
  const macs = Array.from({ length: 50 }, (_, at) => `52:54:00:00:01:${(at + 16).toString(16)}`);
  for (const mac of macs) peer.broadcast(discoverOf.ovmfPxe(mac), server.ports.server);
  const answers = await peer.take(50);
  t.is(new Set(answers.map(({ message }) => message.chaddr[5])).size, 50);
});

test('a thousand requests of one MAC, and a thousand that are none, do not keep others from an answer', async (t) => {
  const { peer, server } = await startLab(t);
  const random = new Random(5);
  for (let at = 0; at < 20; at++) {
    for (let count = 0; count < 50; count++) {
      peer.broadcast(discoverOf.ovmfPxe(A), server.ports.server);
      peer.send(random.bytes(1 + random.below(400)), server.ports.server);
    }
    const mac = `52:54:00:00:01:${(at + 16).toString(16)}`;
    let answer: string | undefined;
    while (answer !== mac) {
      peer.broadcast(discoverOf.ovmfPxe(mac), server.ports.server);
      const { message } = await peer.next();
      if (message.chaddr[4] === 1) answer = mac;
    }
  }
  t.pass();
});

test('a policy that fails costs one answer, not the service', async (t) => {
  const { lines, log } = keptLog();
  let isBroken = true;
  const decide = () => {
    if (isBroken) throw new TypeError('broken policy');
    return fileAnswer('loader');
  };
  const { peer, server } = await startLab(t, { decide, log });
  peer.broadcast(discoverOf.ovmfPxe('52:54:00:00:00:01'), server.ports.server);
  while (lines.length === 0) await setImmediate();
  t.like(lines, [
    { level: 'error', msg: 'dhcp request failed', err: { message: 'broken policy' } },
  ]);
  isBroken = false;
  peer.broadcast(discoverOf.ovmfPxe(A), server.ports.server);
  t.is((await peer.next()).message.file, 'loader');
});

const lease = async ({ peer, server }: Lab, mac: string): Promise<string> => {
  peer.broadcast(requestBytes({ mac, options: [[53, '01']] }), server.ports.server);
  const offer = await peer.next();
  const wanted = [
    50,
    Buffer.from(offer.message.yiaddr.split('.').map(Number)).toString('hex'),
  ] as const;
  const us = [54, '7f000001'] as const;
  peer.broadcast(requestBytes({ mac, options: [[53, '03'], us, wanted] }), server.ports.server);
  const { type, message } = await peer.next();
  return `${type} ${message.yiaddr}`;
};

test('a device keeps its address over a restart', async (t) => {
  const file = path.join(await temporaryFolder(t), 'leases.json');
  const dhcp = { range: RANGE, file, leaseSeconds: 600 };
  const first = await startLab(t, { dhcp });
  t.is(await lease(first, '52:54:00:00:00:01'), 'ACK 127.0.0.100');
  t.is(await lease(first, A), 'ACK 127.0.0.101');
  await first.server.close();
  t.regex(await readFile(file, 'utf8'), /"52:54:00:00:00:0a",\s+"address": "127\.0\.0\.101"/);
  const second = await startLab(t, { dhcp });
  t.is(await lease(second, A), 'ACK 127.0.0.101');
  t.is(await lease(second, '52:54:00:00:00:0b'), 'ACK 127.0.0.102');
});

test('a device renews by unicast, and the answer comes to its address', async (t) => {
  const lab = await startLab(t, { dhcp: { range: RANGE } });
  t.is(await lease(lab, A), 'ACK 127.0.0.100');
  await using device = await DhcpPeer.open('127.0.0.100', lab.peer.port);
  const bytes = requestBytes({ mac: A, ciaddr: '127.0.0.100', options: [[53, '03']] });
  device.send(bytes, lab.server.ports.server);
  const { type, message } = await device.next();
  t.deepEqual([type, message.ciaddr, message.yiaddr], ['ACK', '127.0.0.100', '127.0.0.100']);
});

test('damaged leases are refused before a port is opened', async (t) => {
  const file = path.join(await temporaryFolder(t), 'leases.json');
  await writeFile(file, '{');
  const dhcp = { range: RANGE, file };
  await t.throwsAsync(startLab(t, { dhcp }), { code: 'PXE_LEASES_DAMAGED' });
});

test('a port that is taken is refused, and nothing is left open', async (t) => {
  const taken = await openSocket({ port: 0, address: '127.0.0.1' });
  t.teardown(() => closeSocket(taken));
  const { port } = taken.address();
  const free = await openSocket({ port: 0, address: '127.0.0.1' });
  const server = free.address().port;
  await closeSocket(free);
  for (const ports of [
    { server, pxe: port },
    { server: port, pxe: 0 },
  ])
    await t.throwsAsync(startLab(t, { ports }), { code: 'PXE_PORT_TAKEN' });
  await closeSocket(await openSocket({ port: server, address: '0.0.0.0' }));
});

test('closing gives the ports back, and closing twice is closing once', async (t) => {
  const { server } = await startLab(t);
  await Promise.all([server.close(), server.close()]);
  await server.close();
  for (const port of [server.ports.server, server.ports.pxe])
    await closeSocket(await openSocket({ port, address: '0.0.0.0' }));
  t.pass();
});

test('a signal closes the service, or keeps it from starting', async (t) => {
  const abort = new AbortController();
  const { server } = await startLab(t, { signal: abort.signal });
  abort.abort();
  await server.close();
  await closeSocket(await openSocket({ port: server.ports.pxe, address: '0.0.0.0' }));
  await t.throwsAsync(startLab(t, { signal: abort.signal }), { code: 'CANCELLED' });
});

test('a neighbour on the port of servers is warned of', async (t) => {
  const { lines, log } = keptLog();
  const child = spawn(process.execPath, [
    '-e',
    "const s = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true }); s.bind(0, '127.0.0.1', () => console.log(s.address().port));",
  ]);
  t.teardown(() => child.kill());
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  const { server } = await startLab(t, { ports: { server: Number(String(text)), pxe: 0 }, log });
  t.is(server.ports.server, Number(String(text)));
  t.like(lines, [{ level: 'warn', pid: child.pid }]);
});
