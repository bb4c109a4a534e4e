/** Input that no honest client sends, to a running server: what comes back, and that it goes on serving. */
import test, { type ExecutionContext } from 'ava';
import { PATIENT, startTftpLab } from '../../helpers/tftp-lab.ts';
import { type Received, UdpPeer } from '../../helpers/udp-peer.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const request = (name: string, mode = 'octet', ...options: readonly (string | number)[]) =>
  bytes(`\0\x01${[name, mode, ...options].map((text) => `${text}\0`).join('')}`);

const FILES = { 't.txt': Buffer.from('a\nb\r\n'), 'dir/t.txt': Buffer.from('inside') };

/** An answer in short: `E4`, `DATA 1 5B`, `OACK blksize=8`. */
const shortly = ({ packet }: Received): string => {
  switch (packet.kind) {
    case 'error':
      return `E${packet.code}`;
    case 'data':
      return `DATA ${packet.block} ${packet.content.length}B`;
    case 'oack':
      return `OACK ${packet.options.map(({ name, value }) => `${name}=${value}`).join(' ')}`;
    default:
      return packet.kind;
  }
};

const ROWS: readonly (readonly [what: string, datagram: Uint8Array, answer: string])[] = [
  ['nothing', bytes(''), '-'],
  ['one byte', bytes('\0'), '-'],
  ['an opcode only', bytes('\0\x01'), 'E4'],
  ['no NUL', bytes('\0\x01t.txt'), 'E4'],
  ['no mode', bytes('\0\x01t.txt\0'), 'E4'],
  ['a mode without NUL', bytes('\0\x01t.txt\0octet'), 'E4'],
  ['an empty name', request(''), 'E4'],
  ['mode foo', request('t.txt', 'foo'), 'E4'],
  ['mode mail', request('t.txt', 'mail'), 'E4'],
  ['mode OcTeT', request('t.txt', 'OcTeT'), 'DATA 1 5B'],
  ['opcode 0', bytes('\0\0t.txt\0octet\0'), '-'],
  ['opcode 7', bytes('\0\x07t.txt\0octet\0'), '-'],
  ['opcode 257', bytes('\x01\x01t.txt\0octet\0'), '-'],
  ['an ACK', bytes('\0\x04\0\x01'), '-'],
  ['DATA', bytes('\0\x03\0\x01abc'), '-'],
  ['an ERROR', bytes('\0\x05\0\x01x\0'), '-'],
  ['an OACK', bytes('\0\x06blksize\x00512\0'), '-'],
  ['1400 zeros', new Uint8Array(1400), '-'],
  ['60000 bytes', bytes(`\0\x01${'A'.repeat(60_000)}`), 'E4'],
  ['netascii', request('t.txt', 'netascii'), 'DATA 1 8B'],
  ['../t.txt', request('../t.txt'), 'E2'],
  ['dir/../../t.txt', request('dir/../../t.txt'), 'E2'],
  ['six times .. before etc/passwd', request(`${'../'.repeat(6)}etc/passwd`), 'E2'],
  ['dir/../t.txt', request('dir/../t.txt'), 'E2'],
  ['..\\t.txt', request('..\\t.txt'), 'E2'],
  ['..', request('..'), 'E2'],
  ['..%2ft.txt', request('..%2ft.txt'), 'E1'],
  ['/etc/passwd', request('/etc/passwd'), 'E1'],
  ['./t.txt', request('./t.txt'), 'E1'],
  ['/t.txt', request('/t.txt'), 'DATA 1 5B'],
  ['\\t.txt', request('\\t.txt'), 'DATA 1 5B'],
  ['dir\\t.txt', request('dir\\t.txt'), 'DATA 1 6B'],
  ['T.TXT', request('T.TXT'), 'E1'],
  ['t.txt/', request('t.txt/'), 'E1'],
  ['a folder', request('dir'), 'E1'],
  ['a property of objects', request('constructor'), 'E1'],
  ['a name with LF and ESC', request('x\n\u001b[2J'), 'E1'],
  ['a name of FF FE', request('\u00ff\u00fe'), 'E1'],
  ['a name of 400 bytes', request('a'.repeat(400)), 'E1'],
  ['blksize 0', request('t.txt', 'octet', 'blksize', 0), 'DATA 1 5B'],
  ['blksize 7', request('t.txt', 'octet', 'blksize', 7), 'DATA 1 5B'],
  ['blksize 8', request('t.txt', 'octet', 'blksize', 8), 'OACK blksize=8'],
  ['blksize 65465', request('t.txt', 'octet', 'blksize', 65_465), 'OACK blksize=1468'],
  ['blksize 10^11', request('t.txt', 'octet', 'blksize', 10 ** 11), 'OACK blksize=1468'],
  ['blksize -1', request('t.txt', 'octet', 'blksize', -1), 'DATA 1 5B'],
  ['blksize abc', request('t.txt', 'octet', 'blksize', 'abc'), 'DATA 1 5B'],
  ['an empty blksize', request('t.txt', 'octet', 'blksize', ''), 'DATA 1 5B'],
  ['blksize 1000xyz', request('t.txt', 'octet', 'blksize', '1000xyz'), 'DATA 1 5B'],
  ['blksize 0x400', request('t.txt', 'octet', 'blksize', '0x400'), 'DATA 1 5B'],
  ['windowsize 0', request('t.txt', 'octet', 'windowsize', 0), 'DATA 1 5B'],
  ['windowsize 65535', request('t.txt', 'octet', 'windowsize', 65_535), 'OACK windowsize=64'],
  ['windowsize 65536', request('t.txt', 'octet', 'windowsize', 65_536), 'DATA 1 5B'],
  ['windowsize abc', request('t.txt', 'octet', 'windowsize', 'abc'), 'DATA 1 5B'],
  ['timeout 0', request('t.txt', 'octet', 'timeout', 0), 'DATA 1 5B'],
  ['timeout 255', request('t.txt', 'octet', 'timeout', 255), 'OACK timeout=255'],
  ['timeout 256', request('t.txt', 'octet', 'timeout', 256), 'DATA 1 5B'],
  ['tsize -1', request('t.txt', 'octet', 'tsize', -1), 'OACK tsize=5'],
  ['tsize in netascii', request('t.txt', 'netascii', 'tsize', 0), 'DATA 1 8B'],
  ['a value without NUL', bytes('\0\x01t.txt\0octet\0blksize\x001000'), 'E4'],
  ['an option without a value', bytes('\0\x01t.txt\0octet\0blksize\0'), 'E4'],
  [
    'blksize twice',
    request('t.txt', 'octet', 'blksize', 1000, 'blksize', 600),
    'OACK blksize=1000',
  ],
  [
    '200 unknown options',
    request(
      't.txt',
      'octet',
      ...Array.from({ length: 200 }, (_, index) => [`o${index}`, 1]).flat(),
    ),
    'E4',
  ],
  [
    '60 unknown options in 512 bytes',
    request('t.txt', 'octet', ...Array.from({ length: 60 }, () => ['opt', 1]).flat()),
    'DATA 1 5B',
  ],
  [
    '100 times tsize',
    request('t.txt', 'octet', ...Array.from({ length: 100 }, () => ['tsize', 0]).flat()),
    'E4',
  ],
  [
    '16 times tsize',
    request('t.txt', 'octet', ...Array.from({ length: 16 }, () => ['tsize', 0]).flat()),
    'OACK tsize=5',
  ],
  ['multicast', request('t.txt', 'octet', 'multicast', ''), 'DATA 1 5B'],
  ['a write request for a new file', bytes('\0\x02w.bin\0octet\0'), 'E2'],
  ['a write request for a file', bytes('\0\x02t.txt\0octet\0'), 'E2'],
  ['a write request outside', bytes('\0\x02../evil\0octet\0'), 'E2'],
];

const SILENT = ROWS.filter(([, , answer]) => answer === '-');
const ANSWERED = ROWS.filter(([, , answer]) => answer !== '-');

for (const [what, datagram, answer] of ANSWERED) {
  test(`${what}: ${answer}`, async (t) => {
    const { port } = await startTftpLab(t, {}, FILES);
    const peer = await UdpPeer.open(t);
    peer.send(datagram, port);
    t.is(shortly(await peer.next()), answer);
  });
}

for (const [what, datagram] of SILENT) {
  test(`${what}: no answer`, async (t) => {
    const { port, reports } = await startTftpLab(t, {}, FILES);
    const peer = await UdpPeer.open(t);
    peer.send(datagram, port);
    // The server answers in order: when this one is refused, the datagram before it was dropped.
    peer.send(request('missing'), port);
    t.is(shortly(await peer.next()), 'E1');
    t.is(peer.waiting, 0);
    t.deepEqual(
      reports.map(({ file }) => file),
      ['missing'],
    );
  });
}

/** A transfer of `name` whose first datagram came. */
const begin = async (t: ExecutionContext, name: string, ...options: (string | number)[]) => {
  // Nothing is sent again by itself, so that what comes is an answer.
  const lab = await startTftpLab(t, { limits: PATIENT }, FILES);
  const peer = await UdpPeer.open(t);
  peer.send(request(name, 'octet', ...options), lab.port);
  const first = await peer.next();
  const ack = (block: number): void => peer.send({ kind: 'ack', block }, first.from);
  return { lab, peer, tid: first.from, first, ack };
};

for (const [what, datagram] of [
  ['nothing', bytes('')],
  ['one byte', bytes('\0')],
  ['an ACK of 3 bytes', bytes('\0\x04\0')],
  ['an ERROR of 2 bytes', bytes('\0\x05')],
  ['DATA', bytes('\0\x03\0\x01hello')],
  ['an ACK of block 500', bytes('\0\x04\x01\xf4')],
  ['an ACK of block 2', bytes('\0\x04\0\x02')],
  ['a request', request('t.txt')],
  ['60000 bytes', new Uint8Array(60_000).fill(1)],
] as const) {
  test(`${what} to the port of a transfer changes nothing`, async (t) => {
    const { peer, tid, ack } = await begin(t, 'file-2000');
    peer.send(datagram, tid);
    ack(1);
    t.is(shortly(await peer.next()), 'DATA 2 512B');
    ack(2);
    t.is(shortly(await peer.next()), 'DATA 3 512B');
    t.is(peer.waiting, 0);
  });
}

test('an ACK with bytes behind it counts', async (t) => {
  const { peer, tid } = await begin(t, 'file-2000');
  peer.send(bytes('\0\x04\0\x01zzzz'), tid);
  t.is(shortly(await peer.next()), 'DATA 2 512B');
});

test('a hundred repeated ACKs are answered with nothing', async (t) => {
  const { peer, ack } = await begin(t, 'file-2000');
  ack(1);
  t.is(shortly(await peer.next()), 'DATA 2 512B');
  for (let count = 0; count < 100; count++) ack(1);
  ack(2);
  t.is(shortly(await peer.next()), 'DATA 3 512B');
  t.is(peer.waiting, 0);
});

test('fifty ACKs of the OACK are answered with one window', async (t) => {
  const { peer, first, ack } = await begin(t, 'file-60000', 'windowsize', 16, 'blksize', 1468);
  t.is(shortly(first), 'OACK windowsize=16 blksize=1468');
  for (let count = 0; count < 50; count++) ack(0);
  const blocks: string[] = [];
  for (let count = 0; count < 16; count++) blocks.push(shortly(await peer.next()));
  t.deepEqual(
    blocks,
    Array.from({ length: 16 }, (_, index) => `DATA ${index + 1} 1468B`),
  );
  ack(16);
  t.is(shortly(await peer.next()), 'DATA 17 1468B');
});

test('an ACK from another port is not seen, and the owner goes on', async (t) => {
  const { peer, tid, ack } = await begin(t, 'file-2000');
  const stranger = await UdpPeer.open(t);
  stranger.send({ kind: 'ack', block: 1 }, tid);
  stranger.send({ kind: 'error', code: 0, message: 'stop' }, tid);
  ack(1);
  t.is(shortly(await peer.next()), 'DATA 2 512B');
  t.is(peer.waiting, 0);
  t.is(stranger.waiting, 0);
});

test('names are never sent back, and are escaped in log and report', async (t) => {
  const lab = await startTftpLab(t);
  const peer = await UdpPeer.open(t);
  peer.send(request('x\n\u001b[2J\u00ff'), lab.port);
  const { bytes: answer } = await peer.next();
  t.is(Buffer.from(answer).toString('latin1'), '\0\x05\0\x01file not found\0');
  t.like(await lab.nextReport(), { outcome: 'refused', file: 'x\\x0a\\x1b[2J\\xff' });
  t.true(lab.lines.some((line) => line['file'] === 'x\\x0a\\x1b[2J\\xff'));
});
