/** What strangers send to Merlin's port. */
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { helloOf, openMerlinLab, postTo } from '../../helpers/merlin-lab.ts';

const START = '/merlin/v1/start';
const ORDER = `/merlin/v1/orders/${'0'.repeat(32)}`;

for (const [title, route, body, status] of [
  ['no JSON', START, '{"format":', 400],
  ['an empty message', START, '', 400],
  ['another format', START, helloOf({ format: 2 as 1 }), 400],
  ['a MAC address that is none', START, helloOf({ macs: ['../../etc/passwd'] }), 400],
  ['no MAC address', START, helloOf({ macs: [] }), 400],
  ['too many disks', START, helloOf({ disks: Array(33).fill({}) }), 400],
  ['a message that is too large', START, 'x'.repeat(65 * 1024), 413],
  ['another address', '/', {}, 404],
  ['a folder', '/merlin/v1/', {}, 404],
  ['dots', '/merlin/v1/../v1/start', helloOf(), 404],
  ['an address with more behind it', `${START}?x=1`, helloOf(), 404],
  ['an order without a ticket', `${ORDER}/begin`, {}, 403],
  ['another step of an order', `${ORDER}/give`, {}, 404],
] as const)
  test(`${title} is answered with ${status} and a problem`, async (t) => {
    const { port } = await openMerlinLab(t, '');
    const reply = await postTo(port, route, body);
    t.like(reply, { status, type: 'application/problem+json' });
    t.regex(String(reply.value['code']), /^PXE_(MESSAGE|TICKET)_REFUSED$/);
    t.is(reply.value['status'], status);
  });

test('an order that is not there and a wrong ticket look the same', async (t) => {
  const { port } = await openMerlinLab(t, '');
  for (const ticket of ['f'.repeat(64), 'f', '../..'])
    t.is(
      (await postTo(port, `${ORDER}/end`, {}, { authorization: `Bearer ${ticket}` })).status,
      403,
    );
});

test('only POST is taken', async (t) => {
  const { port } = await openMerlinLab(t, '');
  t.is((await postTo(port, START, '', {}, 'PUT')).status, 405);
});

test('an address that sends too much is slowed down, and the log stays short', async (t) => {
  const { port, lines } = await openMerlinLab(t, '', { limits: { messagesPerSecond: 2 } });
  const replies = [];
  for (let index = 0; index < 40; index++) replies.push((await postTo(port, '/', {})).status);
  t.true(replies.filter((status) => status === 429).length > 10, replies.join(' '));
  t.true(lines.length <= 60);
});

test('a body that is longer than its connection says is cut off at the limit', async (t) => {
  const { port } = await openMerlinLab(t, '');
  const headers = { 'transfer-encoding': 'chunked' };
  t.is((await postTo(port, START, 'x'.repeat(70_000), headers)).status, 413);
});

test('connections of one address are limited, and those that say nothing end with the service', async (t) => {
  const { port } = await openMerlinLab(t, '', { limits: { connectionsPerAddress: 3 } });
  const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
  const closed = await Promise.race(
    sockets.map(async (socket) => {
      socket.on('error', () => undefined);
      await once(socket, 'close');
      return socket;
    }),
  );
  t.true(closed.destroyed);
  t.true(sockets.filter((socket) => !socket.destroyed).length >= 3);
});
