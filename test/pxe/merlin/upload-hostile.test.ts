/** What a stranger, and a device that lies, may send to the routes of captures. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { PIECE_LIMIT_BYTES, serializePieceHead } from '../../../src/codec/frame-piece.ts';
import { native } from '../../../src/disk/native.ts';
import { policyOf } from '../../helpers/capture-lab.ts';
import {
  helloOf,
  type MerlinLab,
  type MerlinLabOptions,
  openMerlinLab,
} from '../../helpers/merlin-lab.ts';

const CHUNK = 65_536;
const ROW = 'action = "capture"\nname = "golden"\n';

interface Given {
  readonly id: string;
  readonly ticket: string;
}

interface Sent {
  readonly status: number;
  readonly bytes: Buffer;
  readonly code: string;
}

/** Sends bytes to a step of an upload. */
const put = async (
  { port }: MerlinLab,
  { id, ticket }: Given,
  step: string,
  body: Uint8Array,
  method = 'PUT',
): Promise<Sent> => {
  const path = `/merlin/v1/orders/${id}/upload/${step}`;
  const headers = { authorization: `Bearer ${ticket}`, 'content-length': body.length };
  const wish = { host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false };
  const asked = request({ ...wish, agent: false });
  // An address that sends too much is answered before its body has arrived.
  asked.on('error', () => undefined);
  asked.end(body);
  const response = await new Promise<IncomingMessage | undefined>((resolve) => {
    asked.on('response', resolve).on('close', () => resolve(undefined));
  });
  if (response === undefined) return { status: 429, bytes: Buffer.alloc(0), code: '' };
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  const isProblem = /problem/.test(String(response.headers['content-type']));
  const code = isProblem ? String(JSON.parse(bytes.toString('utf8'))['code']) : '';
  return { status: response.statusCode ?? 0, bytes, code };
};

const message = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** An order that is under way. */
const runningOrder = async (
  t: ExecutionContext,
  options: MerlinLabOptions = {},
): Promise<{ readonly lab: MerlinLab; readonly order: Given }> => {
  const lab = await openMerlinLab(t, policyOf(ROW), options);
  const { value } = await lab.send('/merlin/v1/start', helloOf());
  const order = value['order'] as Given;
  const route = `/merlin/v1/orders/${order.id}/begin`;
  await lab.send(route, { disk: '/dev/sda', serial: '' }, order.ticket);
  return { lab, order };
};

const pieceOf = (letter: string): Buffer => {
  const stored = Buffer.alloc(CHUNK, letter);
  const digest = native.digest(1, stored);
  const frames = Buffer.alloc(16);
  frames.writeUInt32LE(CHUNK, 0);
  frames.writeUInt8(1, 4);
  frames.writeUInt8(1, 5);
  digest.copy(frames, 8, 0, 8);
  return Buffer.concat([serializePieceHead(1, frames, digest), stored]);
};

test('an upload begins, takes frames, and tells what it knows', async (t) => {
  const { lab, order } = await runningOrder(t);
  const begin = await put(lab, order, 'begin', message({ sizeBytes: CHUNK }), 'POST');
  const fresh = { algorithm: 1, parent: null, knownDigests: 0, version: null };
  t.deepEqual(JSON.parse(begin.bytes.toString('utf8')), fresh);
  t.is((await put(lab, order, 'frames', pieceOf('a'))).status, 200);
  t.is((await put(lab, order, 'frames', pieceOf('a'))).status, 200, 'sent once more');
  await put(lab, order, 'begin', message({ sizeBytes: CHUNK }), 'POST');
  const known = await put(lab, order, 'known?from=0', Buffer.alloc(0), 'GET');
  t.deepEqual(known.bytes, native.digest(1, Buffer.alloc(CHUNK, 'a')));
  t.is((await put(lab, order, 'known?from=1', Buffer.alloc(0), 'GET')).bytes.length, 0);
});

for (const [step, method] of [
  ['begin', 'POST'],
  ['known?from=0', 'GET'],
  ['frames', 'PUT'],
  ['draft?at=0', 'PUT'],
  ['publish', 'POST'],
] as const) {
  test(`${step} with a wrong ticket, and of an order that is not there, is answered with 403`, async (t) => {
    const { lab, order } = await runningOrder(t);
    const wrong = { ...order, ticket: 'f'.repeat(64) };
    const gone = { ...order, id: '0'.repeat(32) };
    for (const given of [wrong, gone])
      t.like(await put(lab, given, step, pieceOf('a'), method), {
        ...{ status: 403, code: 'PXE_TICKET_REFUSED' },
      });
  });

  test(`${step} of an order that has not begun, and of one that has failed, is refused`, async (t) => {
    const lab = await openMerlinLab(t, policyOf(ROW));
    const { value } = await lab.send('/merlin/v1/start', helloOf());
    const order = value['order'] as Given;
    const digest = '0'.repeat(64);
    const body = method === 'POST' ? message({ sizeBytes: 1, bytes: 1, digest }) : pieceOf('a');
    const refused = { status: 409, code: 'PXE_ORDER_REFUSED' };
    t.like(await put(lab, order, step, body, method), refused);
    const end = { code: 'DISK_FAILS', message: '', writtenBytes: 0, verifiedBytes: 0 };
    await lab.send(`/merlin/v1/orders/${order.id}/end`, end, order.ticket);
    t.like(await put(lab, order, step, body, method), refused);
  });
}

for (const [title, step, body, method, status, code] of [
  ['frames that are none', 'frames', Buffer.alloc(100), 'PUT', 409, 'IMAGE_FORMAT'],
  ['nothing', 'frames', Buffer.alloc(0), 'PUT', 409, 'IMAGE_FORMAT'],
  [
    'too long a piece',
    'frames',
    Buffer.alloc(PIECE_LIMIT_BYTES + 1),
    'PUT',
    413,
    'PXE_MESSAGE_REFUSED',
  ],
  ['a manifest with a gap', 'draft?at=1', Buffer.alloc(9), 'PUT', 409, 'STORE_UPLOAD_GAP'],
  [
    'a manifest far behind',
    'draft?at=999999999999',
    Buffer.alloc(9),
    'PUT',
    413,
    'STORE_UPLOAD_LIMIT',
  ],
  ['a disk of nothing', 'begin', message({ sizeBytes: 0 }), 'POST', 400, 'PXE_MESSAGE_REFUSED'],
  ['a disk of 16 TiB', 'begin', message({ sizeBytes: 2 ** 44 }), 'POST', 413, 'STORE_UPLOAD_LIMIT'],
  [
    'a manifest that is not there',
    'publish',
    message({ bytes: 1, digest: '0'.repeat(64) }),
    'POST',
    409,
    'STORE_UPLOAD_MANIFEST',
  ],
  ['no message', 'publish', Buffer.alloc(3), 'POST', 400, 'PXE_MESSAGE_REFUSED'],
  ['another method', 'frames', Buffer.alloc(3), 'POST', 405, 'PXE_MESSAGE_REFUSED'],
  ['a row that is no number', 'known?from=-1', Buffer.alloc(0), 'GET', 404, 'PXE_MESSAGE_REFUSED'],
  ['more behind the address', 'frames?x', Buffer.alloc(3), 'PUT', 404, 'PXE_MESSAGE_REFUSED'],
] as const)
  test(`${title} is answered with ${status} and ${code}`, async (t) => {
    const { lab, order } = await runningOrder(t);
    await put(lab, order, 'begin', message({ sizeBytes: CHUNK }), 'POST');
    t.like(await put(lab, order, step, body, method), { status, code });
    t.is((await put(lab, order, 'frames', pieceOf('a'))).status, 200, 'the next one is taken');
  });

test('a frame that lies is refused, and the image of another name stays what it is', async (t) => {
  const { lab, order } = await runningOrder(t);
  await put(lab, order, 'begin', message({ sizeBytes: CHUNK }), 'POST');
  const piece = pieceOf('a');
  // The digest of a chunk that somebody else may need.
  native.digest(1, Buffer.alloc(CHUNK, 'b')).copy(piece, 48);
  t.like(await put(lab, order, 'frames', piece), { status: 409, code: 'STORE_UPLOAD_FRAME' });
  await put(lab, order, 'begin', message({ sizeBytes: CHUNK }), 'POST');
  t.is((await put(lab, order, 'known?from=0', Buffer.alloc(0), 'GET')).bytes.length, 0);
});

test('parts of a capture are not counted as messages; those with a wrong ticket are', async (t) => {
  const { lab, order } = await runningOrder(t, { limits: { messagesPerSecond: 4 } });
  await put(lab, order, 'begin', message({ sizeBytes: CHUNK }), 'POST');
  for (let index = 0; index < 30; index++)
    t.is((await put(lab, order, 'frames', pieceOf('a'))).status, 200);
  const wrong = { ...order, ticket: createHash('sha256').update('x').digest('hex') };
  const statuses: number[] = [];
  for (let index = 0; index < 30; index++)
    statuses.push((await put(lab, wrong, 'frames', Buffer.alloc(1))).status);
  t.true(statuses.includes(429), statuses.join(' '));
});

test('an order has a few pieces on their way, and no more', async (t) => {
  const { lab, order } = await runningOrder(t, { limits: { piecesPerOrder: 2 } });
  await put(lab, order, 'begin', message({ sizeBytes: CHUNK }), 'POST');
  const head = [
    `PUT /merlin/v1/orders/${order.id}/upload/frames HTTP/1.1`,
    ...[
      'Host: x',
      `Authorization: Bearer ${order.ticket}`,
      'Content-Length: 1000',
      'Expect: 100-continue',
      '',
      '',
    ],
  ].join('\r\n');
  const held = [0, 1].map(() => {
    const socket = connect({ port: lab.port, rejectUnauthorized: false });
    socket.on('error', () => undefined);
    socket.once('secureConnect', () => socket.write(head));
    return socket;
  });
  // The server says "go on" when it has taken the request, and room for its body.
  const [one, other] = await Promise.all(held.map((socket) => once(socket, 'data')));
  t.regex(`${one?.[0]}${other?.[0]}`, /^HTTP\/1.1 100 .*HTTP\/1.1 100 /s);
  t.is((await put(lab, order, 'frames', pieceOf('a'))).status, 429);
  for (const socket of held) socket.destroy();
  // Their room is given back when the server sees that they are gone.
  let last = 429;
  while (last !== 200) last = (await put(lab, order, 'frames', pieceOf('a'))).status;
  t.is(last, 200);
});
