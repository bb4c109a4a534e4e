import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import test from 'ava';
import { readByTftp } from '../../helpers/tftp-client.ts';
import { contentOf, PATIENT, startTftpLab, type TftpLab } from '../../helpers/tftp-lab.ts';
import { type Received, UdpPeer } from '../../helpers/udp-peer.ts';

type Options = Readonly<Record<string, number>>;

const ask = (peer: UdpPeer, lab: TftpLab, name: string, options: Options = {}): void =>
  peer.send(
    {
      kind: 'read-request',
      name,
      mode: 'octet',
      options: Object.entries(options).map(([option, value]) => ({
        name: option,
        value: String(value),
      })),
    },
    lab.port,
  );

const blockOf = ({ packet }: Received): number => (packet.kind === 'data' ? packet.block : -1);

for (const [size, blockBytes, windowBlocks] of [
  [0, undefined, undefined],
  [511, undefined, undefined],
  [512, undefined, undefined],
  [513, undefined, undefined],
  [1468 * 8, 1468, 4],
  [1468 * 8 + 1, 1468, 4],
  [1_000_000, 1468, 1],
  [1_000_000, 1432, 64],
  [560_001, 8, 64],
] as const) {
  const how = `blocks of ${blockBytes ?? 'default'} and windows of ${windowBlocks ?? 'default'}`;
  test(`${size} bytes arrive in ${how}`, async (t) => {
    const lab = await startTftpLab(t, { limits: PATIENT });
    const name = `file-${size}`;
    const { content, duplicates } = await readByTftp({
      port: lab.port,
      name,
      ...(blockBytes === undefined ? {} : { blockBytes }),
      ...(windowBlocks === undefined ? {} : { windowBlocks }),
    });
    t.true(content.equals(contentOf(name)));
    t.is(duplicates, 0);
    const report = await lab.nextReport();
    t.like(report, { address: '127.0.0.1', file: name, outcome: 'done', bytes: size });
    t.like(report, { resentBlocks: 0, reason: undefined });
  });
}

test('each transfer has a port of its own, which is not that of the server', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const ports = new Set<number>([lab.port]);
  for (let count = 0; count < 5; count++) {
    const peer = await UdpPeer.open(t);
    ask(peer, lab, 'file-1');
    ports.add((await peer.next()).from);
  }
  t.is(ports.size, 6);
});

test('a repeated request keeps its port, and gets the last datagram again', async (t) => {
  const lab = await startTftpLab(t, { limits: { ...PATIENT, repeatSpacingMs: 0 } });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000', { tsize: 0 });
  const first = await peer.next();
  ask(peer, lab, 'file-2000', { tsize: 0 });
  t.deepEqual(await peer.next(), first);
  peer.send({ kind: 'ack', block: 0 }, first.from);
  t.is(blockOf(await peer.next()), 1);
  ask(peer, lab, 'file-2000', { tsize: 0 });
  const again = await peer.next();
  t.is(again.from, first.from);
  t.is(blockOf(again), 1);
});

test('requests that are sent several times at once get one answer', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peer = await UdpPeer.open(t);
  for (let count = 0; count < 20; count++) ask(peer, lab, 'file-2000');
  const { from } = await peer.next();
  // Refused, from the server's own port, after all of those were looked at.
  ask(peer, lab, 'missing');
  t.not((await peer.next()).from, from);
  peer.send({ kind: 'ack', block: 1 }, from);
  t.is(blockOf(await peer.next()), 2);
  t.is(peer.waiting, 0);
  t.is(lab.reports.length, 1);
});

test('a request for another file from the same port ends the first transfer', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  const first = await peer.next();
  ask(peer, lab, 'file-3000');
  const second = await peer.next();
  t.not(second.from, first.from);
  t.like(await lab.nextReport(), { file: 'file-2000', outcome: 'superseded' });
  peer.send({ kind: 'ack', block: 1 }, second.from);
  t.is(blockOf(await peer.next()), 2);
});

test('a client may read one file after the other from the same port', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peer = await UdpPeer.open(t);
  for (let count = 0; count < 20; count++) {
    // The last ACK and the next request are sent together, to two sockets of the server.
    ask(peer, lab, 'file-100', { blksize: 512 });
    const oack = await peer.next();
    t.is(oack.packet.kind, 'oack');
    peer.send({ kind: 'ack', block: 0 }, oack.from);
    t.is(blockOf(await peer.next()), 1);
    peer.send({ kind: 'ack', block: 1 }, oack.from);
  }
  for (let count = 0; count < 20; count++) t.is((await lab.nextReport()).outcome, 'done');
});

test('a size probe of UEFI firmware is reported as what it is', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000', { tsize: 0, blksize: 1468, windowsize: 4 });
  const { from } = await peer.next();
  peer.send({ kind: 'error', code: 8, message: 'User aborted the transfer' }, from);
  t.like(await lab.nextReport(), { outcome: 'probe', bytes: 0, reason: undefined });
});

test('a client that stops a transfer is reported with its words, escaped', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  const { from } = await peer.next();
  peer.send({ kind: 'ack', block: 1 }, from);
  t.is(blockOf(await peer.next()), 2);
  peer.send({ kind: 'error', code: 3, message: 'disk\u001b full' }, from);
  t.like(await lab.nextReport(), {
    outcome: 'aborted',
    reason: 'error 3 of the client: disk\\x1b full',
    bytes: 512,
  });
});

for (const [size, outcome] of [
  [2000, 'aborted'],
  [600, 'unconfirmed'],
] as const) {
  test(`a client that closes its port after block 1 of ${size} bytes: ${outcome}`, async (t) => {
    const lab = await startTftpLab(t, { limits: PATIENT });
    const socket = createSocket('udp4');
    socket.send(Buffer.from(`\0\x01file-${size}\0octet\0`, 'latin1'), lab.port, '127.0.0.1');
    const [, from] = await once(socket, 'message');
    socket.send(Buffer.of(0, 4, 0, 1), from.port, '127.0.0.1', () => socket.close());
    t.like(await lab.nextReport(), { outcome, reason: 'the client closed its port', bytes: 512 });
  });
}

const HASTY = { ...PATIENT, firstWaitMs: 5, shortestWaitMs: 5, longestWaitMs: 20 } as const;

/** The numbers of the next blocks; an OACK that comes again is passed over. */
const takeBlocks = async (peer: UdpPeer, count: number): Promise<readonly number[]> => {
  const blocks: number[] = [];
  while (blocks.length < count) {
    const block = blockOf(await peer.next());
    if (block > 0) blocks.push(block);
  }
  return blocks;
};

test('a client that never acknowledges gets a datagram five times', async (t) => {
  const lab = await startTftpLab(t, { limits: HASTY });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  t.deepEqual(await takeBlocks(peer, 5), [1, 1, 1, 1, 1]);
});

test('a client that acknowledges only the OACK gets a window and four blocks', async (t) => {
  const lab = await startTftpLab(t, { limits: HASTY });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-60000', { windowsize: 16, blksize: 1468 });
  const { from } = await peer.next();
  peer.send({ kind: 'ack', block: 0 }, from);
  const window = Array.from({ length: 16 }, (_, index) => index + 1);
  t.deepEqual(await takeBlocks(peer, 20), [...window, 1, 1, 1, 1]);
});

test('no more than five datagrams are sent before a silent client is given up', async (t) => {
  const lab = await startTftpLab(t, { limits: { ...HASTY, silenceMs: 1000 } });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  const report = await lab.nextReport();
  t.like(report, { outcome: 'timed-out', bytes: 0, reason: undefined });
  t.true(report.resentBlocks <= 4);
});

test('a client that comes back after a pause starts anew', async (t) => {
  const lab = await startTftpLab(t, { limits: { ...PATIENT, newStartMs: 0 } });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  const first = await peer.next();
  peer.send({ kind: 'ack', block: 1 }, first.from);
  t.is(blockOf(await peer.next()), 2);
  ask(peer, lab, 'file-2000');
  const again = await peer.next();
  t.is(blockOf(again), 1);
  t.not(again.from, first.from);
  t.like(await lab.nextReport(), { outcome: 'superseded', bytes: 512 });
});

test('a client that repeats its ACK after a pause gets a block', async (t) => {
  const lab = await startTftpLab(t, { limits: { ...PATIENT, repeatSpacingMs: 0 } });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  const { from } = await peer.next();
  for (const block of [0, 0, 1]) {
    peer.send({ kind: 'ack', block }, from);
    t.is(blockOf(await peer.next()), block + 1);
  }
});

test('a lost block is sent again by the timer, and the transfer goes on', async (t) => {
  const lab = await startTftpLab(t, { limits: HASTY });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-600');
  for (const block of [1, 1]) t.is(blockOf(await peer.next()), block);
  peer.send({ kind: 'ack', block: 1 }, (await peer.next()).from);
  let received = await peer.next();
  while (blockOf(received) !== 2) received = await peer.next();
  peer.send({ kind: 'ack', block: 2 }, received.from);
  const { outcome, resentBlocks } = await lab.nextReport();
  t.is(outcome, 'done');
  t.true(resentBlocks >= 2);
});

test('500 requests at once are all answered: eight with data, the others with busy', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peers: UdpPeer[] = [];
  for (let count = 0; count < 500; count++) peers.push(await UdpPeer.open(t));
  for (const peer of peers) ask(peer, lab, 'file-2000');
  const answers = await Promise.all(peers.map((peer) => peer.next()));
  const busy = answers.filter(({ packet }) => packet.kind === 'error' && packet.code === 0);
  t.is(busy.length, 492);
  t.true(
    busy.every(({ packet }) => packet.kind === 'error' && packet.message === 'busy, try again'),
  );
  t.is(answers.filter((answer) => blockOf(answer) === 1).length, 8);
});

test('with room for them 500 requests at once all get data', async (t) => {
  const lab = await startTftpLab(t, { limits: { ...PATIENT, transfersPerAddress: 500 } });
  const peers: UdpPeer[] = [];
  for (let count = 0; count < 500; count++) peers.push(await UdpPeer.open(t));
  for (const peer of peers) ask(peer, lab, 'file-2000');
  const answers = await Promise.all(peers.map((peer) => peer.next()));
  t.true(answers.every((answer) => blockOf(answer) === 1));
  t.is(new Set(answers.map(({ from }) => from)).size, 500);
});

test('a slot is free again when its transfer ends', async (t) => {
  const lab = await startTftpLab(t, { limits: { ...PATIENT, transfers: 1 } });
  const first = await UdpPeer.open(t);
  const second = await UdpPeer.open(t);
  ask(first, lab, 'file-2000');
  const { from } = await first.next();
  ask(second, lab, 'file-2000');
  t.is((await second.next()).packet.kind, 'error');
  t.like(await lab.nextReport(), { outcome: 'refused', reason: 'busy' });
  first.send({ kind: 'error', code: 0, message: '' }, from);
  t.is((await lab.nextReport()).outcome, 'aborted');
  ask(second, lab, 'file-2000');
  t.is(blockOf(await second.next()), 1);
});

/** A free UDP port with free ones behind it, or as good as. */
const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return Math.min(port, 65_000);
};

test('transfers use the ports of a range, and say busy when it is full', async (t) => {
  const first = await freePort();
  const range = { first, last: first + 1 };
  const lab = await startTftpLab(t, { limits: PATIENT, transferPorts: range });
  const answers: Received[] = [];
  for (let count = 0; count < 3; count++) {
    const peer = await UdpPeer.open(t);
    ask(peer, lab, 'file-2000');
    answers.push(await peer.next());
  }
  const ports = answers.filter((answer) => blockOf(answer) === 1).map(({ from }) => from);
  t.true(ports.every((port) => port === range.first || port === range.last));
  t.true(ports.length <= 2);
  t.is(new Set(ports).size, ports.length);
  t.like(answers.at(-1)?.packet, { kind: 'error', code: 0 });
});

test('a larger MTU allows larger blocks, a smaller one smaller', async (t) => {
  for (const [mtu, blksize] of [
    [9000, '8968'],
    [1400, '1368'],
    [100, '512'],
    [100_000, '65464'],
    [undefined, '1468'],
  ] as const) {
    const lab = await startTftpLab(t, { limits: PATIENT, mtu });
    const peer = await UdpPeer.open(t);
    ask(peer, lab, 'file-2000', { blksize: 65_464 });
    const { packet } = await peer.next();
    t.like(packet, { kind: 'oack', options: [{ name: 'blksize', value: blksize }] });
  }
});

test('IPv6 clients are served, in blocks that fit', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT, address: '::1' });
  const socket = createSocket('udp6');
  t.teardown(() => {
    socket.close();
  });
  socket.send(Buffer.from('\0\x01file-9\0octet\0blksize\x009000\0', 'latin1'), lab.port, '::1');
  const [bytes] = await once(socket, 'message');
  t.is(String(bytes), '\0\x06blksize\x001448\0');
});

test('close tells running clients, and can be called twice', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  await peer.next();
  await Promise.all([lab.server.close(), lab.server.close()]);
  t.like((await peer.next()).packet, { kind: 'error', code: 0 });
  t.like(lab.reports[0], { outcome: 'stopped' });
  await lab.server.close();
});

test('close while sockets are being opened leaves none behind', async (t) => {
  const lab = await startTftpLab(t, { limits: PATIENT });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  ask(peer, lab, 'missing');
  // The refusal is out, the transfer is not yet.
  await peer.next();
  await lab.server.close();
  t.is(lab.reports.length, 2);
});

test('a signal closes the server, and a server that was cancelled before does not start', async (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const lab = await startTftpLab(t, { limits: PATIENT, signal });
  const peer = await UdpPeer.open(t);
  ask(peer, lab, 'file-2000');
  await peer.next();
  controller.abort();
  t.is((await lab.nextReport()).outcome, 'stopped');
  await t.throwsAsync(startTftpLab(t, { signal }), { code: 'CANCELLED' });
});

test('a port that is taken is refused', async (t) => {
  const { port } = await startTftpLab(t);
  await t.throwsAsync(startTftpLab(t, { port }), { code: 'PXE_PORT_TAKEN' });
});

const logOf = (lab: TftpLab, message: string) => lab.lines.filter(({ msg }) => msg === message);

test('a transfer is one line of the log, its packets are for debugging', async (t) => {
  const lab = await startTftpLab(t, { level: 'debug' });
  await readByTftp({ port: lab.port, name: 'file-1000' });
  await lab.nextReport();
  const [line, ...more] = logOf(lab, 'tftp transfer ended');
  t.is(more.length, 0);
  t.like(line, {
    level: 30,
    address: '127.0.0.1',
    file: 'file-1000',
    outcome: 'done',
    bytes: 1000,
  });
  t.like(logOf(lab, 'tftp ack')[0], { level: 20, block: 1, meaning: 'advanced' });
});
