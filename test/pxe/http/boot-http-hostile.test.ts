import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { memoryContent } from '../../../src/job/serving/http-content.ts';
import { exchange, INITRD, testService } from '../../helpers/boot-http.ts';

const statusesOf = (answer: string): readonly string[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1] ?? '');

const CLOSE = 'Connection: close\r\n\r\n';

/** What is sent, and the statuses of the answers. */
const REQUESTS: readonly (readonly [string, string, readonly string[]])[] = [
  ['a request of HTTP/1.0', 'GET /vmlinuz HTTP/1.0\r\n\r\n', ['200']],
  ['the absolute form', `GET http://192.0.2.1:80/vmlinuz HTTP/1.1\r\n${CLOSE}`, ['200']],
  ['POST', `POST /vmlinuz HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`, ['405']],
  ['PUT', `PUT /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n`, ['405']],
  ['DELETE', `DELETE /vmlinuz HTTP/1.1\r\n\r\n`, ['405']],
  ['OPTIONS', `OPTIONS * HTTP/1.1\r\n\r\n`, ['405']],
  ['TRACE', `TRACE /vmlinuz HTTP/1.1\r\n\r\n`, ['405']],
  ['a method that is none', 'FETCH /vmlinuz HTTP/1.1\r\n\r\n', ['400']],
  ['GET with a body', `GET /vmlinuz HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc`, ['400']],
  [
    'GET with a body in chunks',
    `GET /vmlinuz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ['400'],
  ],
  [
    'both lengths of a body',
    'GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ['400'],
  ],
  ['two lengths', 'GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', ['400']],
  ['a folder', `GET / HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['a folder of the store', `GET /store/ HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['the way up', `GET /../vmlinuz HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['the way up, encoded', `GET /%2e%2e/vmlinuz HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['a letter, encoded', `GET /%76mlinuz HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['two slashes', `GET //vmlinuz HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['a backslash', `GET \\vmlinuz HTTP/1.1\r\n${CLOSE}`, ['400']],
  ['a query', `GET /vmlinuz?x=1 HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['a name of objects', `GET /__proto__ HTTP/1.1\r\n${CLOSE}`, ['404']],
  ['a path that is too long', `GET /${'a'.repeat(1100)} HTTP/1.1\r\n${CLOSE}`, ['414']],
  ['headers that are too long', `GET /vmlinuz HTTP/1.1\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, ['431']],
  ['too many headers', `GET /vmlinuz HTTP/1.1\r\n${'X: 1\r\n'.repeat(6000)}\r\n`, ['431']],
  ['a line without an end', 'a'.repeat(20_000), ['400']],
  ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', ['400']],
  ['a version that is none', 'GET /vmlinuz HTTP/9.9\r\n\r\n', ['400']],
  ['a header with a line of its own', 'GET /vmlinuz HTTP/1.1\r\nA: b\r\n c\r\n\r\n', ['400']],
  [
    'two requests at once',
    `GET /vmlinuz HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n${CLOSE}`,
    ['200', '404'],
  ],
  // An error that is put into the middle of an answer would be taken for a part of it.
  ['a request and what is none', `GET /vmlinuz HTTP/1.1\r\n\r\n\0\0\0\0`, []],
  [
    'a wish to speak another protocol',
    `GET /vmlinuz HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade, close\r\n\r\n`,
    ['200'],
  ],
  ['a tunnel', 'CONNECT 192.0.2.1:22 HTTP/1.1\r\n\r\n', []],
];

for (const [what, sent, statuses] of REQUESTS)
  test(`${what} is answered by ${statuses.join(', ') || 'the end of the connection'}`, async (t) => {
    const service = await testService(t);
    const answer = await exchange(service, Buffer.from(sent, 'latin1'));
    t.deepEqual(statusesOf(answer), statuses, answer);
    for (const head of answer.split(/(?=HTTP\/1\.1 )/))
      if (head !== '') t.regex(head, /\r\nContent-Length: \d+\r\n/);
    t.is((await fetch(`${service.url}/vmlinuz`)).status, 200, 'others are served');
  });

test('a request that is cut at any byte gets no content and does no harm', async (t) => {
  const service = await testService(t);
  const whole = `GET /vmlinuz HTTP/1.1\r\nRange: bytes=0-3\r\n${CLOSE}`;
  const answers = await Promise.all(
    Array.from({ length: whole.length - 1 }, async (_, length) => {
      const socket = connect(service.service.port, '127.0.0.1');
      socket.on('error', () => {});
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.end(whole.slice(0, length));
      await once(socket, 'close');
      return text;
    }),
  );
  for (const answer of answers) t.false(answer.includes('kern'), answer);
  t.is((await fetch(`${service.url}/vmlinuz`)).status, 200);
});

test('a client that never ends its request is cut off', async (t) => {
  const service = await testService(t, { limits: { requestMs: 200 } });
  for (const begun of ['', 'GET /vmlinuz HTTP/1.1\r\n', 'GET /vm'])
    t.deepEqual(statusesOf(await exchange(service, begun)), ['408']);
});

test('a client that asks and does not read is cut off, and one that is idle as well', async (t) => {
  // 4 GiB, of which no connection takes much in advance.
  const piece = Buffer.alloc(2 ** 20);
  const pieces = Array.from({ length: 4096 }, () => piece);
  const service = await testService(t, {
    limits: { idleMs: 300, keepAliveMs: 300 },
    files: () => memoryContent(pieces, 'application/octet-stream', undefined),
  });
  // On a busy machine the time may be over before the request is read: then once more.
  for (let isAnswered = false; !isAnswered; ) {
    const [deaf] = await openSockets(t, service.service.port, 1);
    deaf?.write('GET /x HTTP/1.1\r\n\r\n');
    isAnswered = await new Promise((resolve) => {
      deaf?.once('close', () => resolve(false));
      deaf?.once('data', () => resolve(deaf.pause() === deaf));
    });
  }
  await service.untilAnswered(1);
  t.like(service.requests, [{ isWhole: false, status: 200 }]);
  const [idle] = await openSockets(t, service.service.port, 1);
  idle?.resume().write('HEAD /x HTTP/1.1\r\n\r\n');
  await new Promise((resolve) => idle?.once('close', resolve));
});

const openSockets = async (
  t: ExecutionContext,
  port: number,
  count: number,
): Promise<readonly Socket[]> => {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => {});
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
};

test('an address has a limited number of connections, and one that ends makes room', async (t) => {
  const service = await testService(t, { limits: { connectionsPerAddress: 3 } });
  const { port } = service.service;
  const sockets = await openSockets(t, port, 3);
  const [refused] = await openSockets(t, port, 1);
  if (refused !== undefined) await once(refused, 'close');
  t.true(service.lines.some(({ message }) => message.includes('the address has too many')));
  const [first] = sockets;
  first?.write(`GET /vmlinuz HTTP/1.1\r\n${CLOSE}`);
  if (first !== undefined) await once(first.resume(), 'close');
  t.is((await fetch(`${service.url}/vmlinuz`)).status, 200);
});

test('all addresses together have a limited number of connections', async (t) => {
  const service = await testService(t, { limits: { connections: 2 } });
  await openSockets(t, service.service.port, 2);
  const [refused] = await openSockets(t, service.service.port, 1);
  if (refused !== undefined) await once(refused, 'close');
  t.true(service.lines.some(({ message }) => message.includes('there are too many')));
});

test('requests that are sent ahead are answered in their order, up to a limit', async (t) => {
  const service = await testService(t);
  const request = 'GET /initrd.pxe HTTP/1.1\r\nRange: bytes=0-9\r\n\r\n';
  const few = await exchange(service, `${request.repeat(9)}GET /x HTTP/1.1\r\n${CLOSE}`);
  t.deepEqual(statusesOf(few), [...Array.from({ length: 9 }, () => '206'), '404']);
  const many = await exchange(service, request.repeat(500));
  t.true(statusesOf(many).length <= 16);
  t.is((await fetch(`${service.url}/vmlinuz`)).status, 200);
});

test('a content that fails in the middle breaks the connection, so that nobody takes it for whole', async (t) => {
  let isClosed = false;
  const service = await testService(t, {
    files: () => ({
      sizeBytes: 100,
      type: 'text/plain',
      tag: undefined,
      send: async (response) => {
        response.write('half');
        throw new Error('the disk is gone');
      },
      [Symbol.asyncDispose]: async () => {
        isClosed = true;
      },
    }),
  });
  const answer = await exchange(service, 'GET /x HTTP/1.1\r\n\r\n');
  t.false(answer.endsWith('half\r\n'));
  t.true(isClosed);
  t.is(service.lines.find(({ level }) => level === 'error')?.message, 'http answer broken off');
  t.like(service.requests, [{ isWhole: false, sentBytes: 0 }]);
});

test('a look-up that fails is answered by 500, and the service goes on', async (t) => {
  let isBroken = true;
  const service = await testService(t, {
    files: () => {
      if (isBroken) throw new Error('no');
      return undefined;
    },
  });
  const answer = await exchange(service, 'GET /x HTTP/1.1\r\n\r\n');
  t.deepEqual(statusesOf(answer), ['500']);
  isBroken = false;
  t.is((await fetch(`${service.url}/x`)).status, 404);
});

test('a client that goes away in the middle leaves nothing behind', async (t) => {
  const service = await testService(t);
  for (let round = 0; round < 20; round++) {
    const socket = connect(service.service.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /initrd.pxe HTTP/1.1\r\n\r\n'.repeat(3));
    await once(socket, 'data');
    socket.resetAndDestroy();
  }
  await service.untilAnswered(20);
  t.is(service.lines.filter(({ level }) => level === 'error').length, 0);
  const answer = await fetch(`${service.url}/initrd.pxe`);
  t.is((await answer.arrayBuffer()).byteLength, INITRD.length);
});
