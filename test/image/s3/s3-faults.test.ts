/** Buckets whose server refuses, fails or lies, and writers that meet there. */
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ErrorCode, isNacreError, type NacreError } from '../../../src/errors.ts';
import { S3Bucket } from '../../../src/image/s3/s3-bucket.ts';
import { type OpenStoreOptions, openStore } from '../../../src/image/store/store.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { refuse, type S3Fault, type S3Server, serveBucket } from '../../helpers/s3-server.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const PLACE = 's3://test/lab';
/** Repeats nothing, and waits for nobody. */
const ONCE = { pauseMs: 0, mirrorPauseMs: 0, patienceMs: 0, openPatienceMs: 0 };

const optionsOf = ({ settings }: S3Server, limits = {}): OpenStoreOptions => ({
  s3: settings,
  web: { limits: { ...ONCE, ...limits } },
});

const failureOf = async (t: ExecutionContext, work: Promise<unknown>): Promise<NacreError> => {
  const error = await t.throwsAsync(work);
  if (!isNacreError(error)) throw error;
  return error;
};

const makeStore = async (t: ExecutionContext, letters = 'ab', now?: () => Date) => {
  const folder = path.join(await temporaryFolder(t), 'store');
  const store = await openStore(folder, { create: true, now });
  await publishLetters(store, 'pc', letters);
  return store;
};

/** What a server answers to the first file of a store, and how a reader names it. */
const REFUSALS: readonly (readonly [string, ErrorCode, S3Fault])[] = [
  ['a signature', 'STORE_S3_SIGNATURE', (_, to) => refuse(to, 403, 'SignatureDoesNotMatch')],
  ['a key', 'STORE_S3_SIGNATURE', (_, to) => refuse(to, 403, 'InvalidAccessKeyId')],
  ['a lent key that ended', 'STORE_S3_SIGNATURE', (_, to) => refuse(to, 400, 'ExpiredToken')],
  ['access', 'STORE_S3_DENIED', (_, to) => refuse(to, 403, 'AccessDenied')],
  ['a bucket', 'STORE_S3_BUCKET', (_, to) => refuse(to, 404, 'NoSuchBucket')],
  ['the time', 'STORE_S3_CLOCK', (_, to) => refuse(to, 403, 'RequestTimeTooSkewed')],
  [
    'access, an hour later',
    'STORE_S3_CLOCK',
    (_, to) =>
      refuse(to, 403, 'AccessDenied', {
        headers: { Date: new Date(Date.now() + 3_600_000).toUTCString() },
      }),
  ],
  [
    'the region by a header',
    'STORE_S3_REGION',
    (_, to) =>
      refuse(to, 301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': 'eu-west-1' } }),
  ],
  [
    'the region in the text',
    'STORE_S3_REGION',
    (_, to) =>
      refuse(to, 400, 'AuthorizationHeaderMalformed', { text: '<Region>eu-west-1</Region>' }),
  ],
  [
    'a malformed header',
    'STORE_S3_SIGNATURE',
    (_, to) => refuse(to, 400, 'AuthorizationHeaderMalformed'),
  ],
  ['for a reason of its own', 'STORE_S3_REFUSED', (_, to) => refuse(to, 400, 'QuotaExceeded')],
  ['for a moment', 'STORE_WEB_STATUS', (_, to) => refuse(to, 503, 'SlowDown')],
  [
    'a request that took too long',
    'STORE_WEB_UNREACHABLE',
    (_, to) => refuse(to, 400, 'RequestTimeout'),
  ],
  [
    'with a text without end',
    'STORE_S3_DENIED',
    (_, to) => {
      to.writeHead(403).end('x'.repeat(2 ** 20));
      return true;
    },
  ],
  [
    'with half a text',
    'STORE_WEB_UNREACHABLE',
    (_, to) => {
      to.writeHead(403, { 'Content-Length': '100' }).write('<Error><Code>Acc');
      setImmediate(() => to.destroy());
      return true;
    },
  ],
  ['with a name of a function', 'STORE_S3_REFUSED', (_, to) => refuse(to, 400, 'constructor')],
];

for (const [what, code, fault] of REFUSALS)
  test(`a server that refuses ${what} is named ${code}`, async (t) => {
    const server = await serveBucket(t);
    server.fault = fault;
    const error = await failureOf(t, openStore(PLACE, optionsOf(server)));
    t.is(error.code, code, error.message);
    t.notRegex(`${error.message} ${error.stack}`, /hush-hush/);
    if (code === 'STORE_S3_REGION') t.is(error.facts['needed'], 'eu-west-1');
  });

test('a busy server is asked again, for reading and for writing', async (t) => {
  const server = await serveBucket(t);
  let calls = 0;
  server.fault = (_, response) => {
    calls += 1;
    return calls % 3 === 0 && refuse(response, 503, 'SlowDown');
  };
  const store = await makeStore(t);
  const options = optionsOf(server, { patienceMs: 60_000, openPatienceMs: 60_000 });
  await store.pushTo(PLACE, options);
  const there = await openStore(PLACE, options);
  t.deepEqual((await there.check({ deep: true })).problems, []);
});

test('a body that is cut off, and a server that says nothing, are unreachable', async (t) => {
  const server = await serveBucket(t);
  await (await makeStore(t)).pushTo(PLACE, optionsOf(server));
  const there = await openStore(PLACE, optionsOf(server));
  const { id } = await there.resolve('pc');
  server.fault = ({ method }, response) => {
    if (method !== 'GET') return false;
    response.writeHead(206, { 'Content-Range': 'bytes 0-31/200', 'Content-Length': '32' });
    response.write('short');
    setImmediate(() => response.destroy());
    return true;
  };
  t.is((await failureOf(t, there.readManifest(id))).code, 'STORE_WEB_UNREACHABLE');
  server.fault = () => true;
  const silent = optionsOf(server, { answerMs: 50 });
  t.is((await failureOf(t, openStore(PLACE, silent))).code, 'STORE_WEB_UNREACHABLE');
  const store = await makeStore(t);
  t.is((await failureOf(t, store.pushTo(PLACE, silent))).code, 'STORE_WEB_UNREACHABLE');
});

test('a server that refuses a pack in the middle leaves nothing visible, and the rest goes on later', async (t) => {
  const server = await serveBucket(t);
  const store = await makeStore(t);
  server.fault = ({ method, key }, response) =>
    method === 'PUT' && key.endsWith('.pack') && refuse(response, 400, 'XAmzContentSHA256Mismatch');
  const error = await failureOf(t, store.pushTo(PLACE, optionsOf(server)));
  t.is(error.code, 'STORE_S3_DIGEST');
  t.deepEqual([...server.objects.keys()], ['lab/nacre-images.json', 'lab/nacre-store.json']);
  server.fault = ({ method, key }, response) =>
    method === 'PUT' && key.includes('/images/') && refuse(response, 403, 'AccessDenied');
  t.is((await failureOf(t, store.pushTo(PLACE, optionsOf(server)))).code, 'STORE_S3_DENIED');
  t.deepEqual(
    await (await openStore(PLACE, optionsOf(server)))
      .check({ deep: true })
      .then(({ versions }) => versions),
    0,
  );
  server.fault = undefined;
  const report = await store.pushTo(PLACE, optionsOf(server));
  t.like(report, { versions: 0, packs: 0 }, 'all of it was there, but for the record');
  const there = await openStore(PLACE, optionsOf(server));
  t.deepEqual(
    (await there.list()).map(({ name }) => name),
    ['pc'],
  );
});

test('a refusal that comes before the body has left ends the sending', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'large');
  await writeFile(file, Buffer.alloc(64 * 2 ** 20));
  // It reads the head alone, and leaves the connection open.
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      const text = '<Error><Code>AccessDenied</Code></Error>';
      socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    });
    socket.on('close', () => closed());
  }).listen(0, '127.0.0.1');
  let closed = (): void => undefined;
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const settings = { endpoint: `http://127.0.0.1:${port}`, keys: () => ({ id: 'a', secret: 'b' }) };
  const bucket = new S3Bucket(PLACE, { settings, limits: ONCE });
  const body = { source: { file }, sizeBytes: 64 * 2 ** 20, digest: '0'.repeat(64) };
  t.is((await failureOf(t, bucket.put('x', body))).code, 'STORE_S3_DENIED');
  for (const socket of sockets) socket.resume();
  await isClosed;
});

test('a pack whose line breaks is sent again from its beginning', async (t) => {
  const server = await serveBucket(t);
  let broken = 0;
  server.fault = ({ method, key }, response) => {
    if (method !== 'PUT' || !key.endsWith('.pack') || broken === 2) return false;
    broken += 1;
    response.destroy();
    return true;
  };
  await (await makeStore(t)).pushTo(PLACE, optionsOf(server));
  t.is(broken, 2);
  const there = await openStore(PLACE, optionsOf(server));
  t.deepEqual((await there.check({ deep: true })).problems, []);
});

test('a record that another writer changes meanwhile keeps both changes', async (t) => {
  const server = await serveBucket(t);
  const other = await openStore(path.join(await temporaryFolder(t), 'other'), { create: true });
  const { id: theirs } = await publishLetters(other, 'pc', 'xy');
  await other.pushTo(PLACE, optionsOf(server));
  const record = server.objects.get('lab/images/pc.json');
  server.objects.delete('lab/images/pc.json');
  server.objects.delete('lab/nacre-images.json');
  // It has looked, and before it writes the other one is there.
  server.fault = ({ method, key }) => {
    if (method !== 'PUT' || key !== 'lab/images/pc.json' || record === undefined) return false;
    if (!server.objects.has(key)) server.objects.set(key, record);
    return false;
  };
  const store = await makeStore(t);
  await store.pushTo(PLACE, optionsOf(server));
  const there = await openStore(PLACE, optionsOf(server));
  const { id: ours } = await store.resolve('pc');
  const [image] = await there.list();
  t.deepEqual(image?.versions.map(({ id }) => id).sort(), [theirs, ours].sort());
});

const world = `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
const claimOf = (more: object) =>
  Buffer.from(JSON.stringify({ pid: 7, host: 'far', world: 'elsewhere', since: 'noon', ...more }));

test('a writer gives way to one that lives, and names it', async (t) => {
  const server = await serveBucket(t);
  const store = await makeStore(t);
  server.objects.set('lab/locks/push-1.json', { bytes: claimOf({}), at: new Date() });
  const error = await failureOf(t, store.pushTo(PLACE, optionsOf(server)));
  t.is(error.code, 'STORE_BUSY');
  t.like(error.facts, { pid: 7, host: 'far', since: 'noon' });
  t.deepEqual([...server.objects.keys()], ['lab/locks/push-1.json']);
  server.objects.set('lab/locks/push-1.json', { bytes: Buffer.from('{"pid":'), at: new Date() });
  t.is((await failureOf(t, store.pushTo(PLACE, optionsOf(server)))).code, 'STORE_BUSY');
});

test('claims of writers that are gone are cleared away, on whichever page of the list', async (t) => {
  const server = await serveBucket(t);
  server.pageRows = 1;
  const old = new Date(Date.now() - 11 * 60_000);
  server.objects.set('lab/locks/push-1.json', { bytes: claimOf({}), at: old });
  // A number of a process that no Linux gives.
  const dead = claimOf({ pid: 2 ** 22 + 1, world });
  server.objects.set('lab/locks/push-2.json', { bytes: dead, at: new Date() });
  await (await makeStore(t)).pushTo(PLACE, optionsOf(server));
  t.deepEqual(
    [...server.objects.keys()].filter((key) => key.includes('/locks/')),
    [],
  );
});

test('two that come at once both end, one after the other', async (t) => {
  const server = await serveBucket(t);
  const stores = [await makeStore(t, 'ab'), await makeStore(t, 'cd')];
  const done = await Promise.allSettled(
    stores.map((store) => store.pushTo(PLACE, optionsOf(server))),
  );
  for (const [at, each] of done.entries())
    if (each.status === 'rejected') {
      t.true(isNacreError(each.reason, 'STORE_BUSY'), String(each.reason));
      await stores[at]?.pushTo(PLACE, optionsOf(server));
    }
  const there = await openStore(PLACE, optionsOf(server));
  t.is((await there.list())[0]?.versions.length, 2);
  t.deepEqual((await there.check({ deep: true })).problems, []);
});

test('a writer that slept for too long writes nothing more', async (t) => {
  const server = await serveBucket(t);
  let skipMs = 0;
  const store = await makeStore(t, 'ab', () => new Date(Date.now() + skipMs));
  server.fault = ({ method, key }) => {
    if (method === 'PUT' && key.endsWith('.pack')) skipMs = 6 * 60_000;
    return false;
  };
  const error = await failureOf(t, store.pushTo(PLACE, optionsOf(server)));
  t.is(error.code, 'STORE_S3_LOCK_LOST');
  t.false([...server.objects.keys()].some((key) => /(manifests|images)\//.test(key)));
});

test('what a push has sent is said, and a cancelled one gives its claim up', async (t) => {
  const server = await serveBucket(t);
  const store = await makeStore(t, 'abcdefgh');
  const control = new AbortController();
  server.fault = ({ method, key }) => {
    if (method === 'PUT' && key.endsWith('.pack')) control.abort();
    return false;
  };
  const { signal } = control;
  const error = await failureOf(
    t,
    store.pushTo(PLACE, { ...optionsOf(server), signal }, { signal }),
  );
  t.is(error.code, 'CANCELLED');
  t.deepEqual(
    [...server.objects.keys()].filter((key) => key.includes('/locks/')),
    [],
  );
  server.fault = undefined;
  const told: number[] = [];
  await store.pushTo(PLACE, optionsOf(server), {
    onProgress: ({ phase, doneBytes, totalBytes }) => {
      if (phase === 'copy') told.push(doneBytes / totalBytes);
    },
  });
  t.is(told.at(-1) ?? 1, 1);
});

test('a pack that versions share is asked for once', async (t) => {
  const server = await serveBucket(t);
  const folder = path.join(await temporaryFolder(t), 'store');
  const store = await openStore(folder, { create: true });
  for (const letters of ['ab', 'abc', 'abcd', 'abcde']) await publishLetters(store, 'pc', letters);
  await store.pushTo(PLACE, optionsOf(server));
  server.requests.length = 0;
  t.like(await store.pushTo(PLACE, optionsOf(server)), { versions: 0, packs: 0 });
  const heads = server.requests.filter(
    ({ method, key }) => method === 'HEAD' && key.endsWith('.pack'),
  );
  t.is(heads.length, 4);
  t.is(new Set(heads.map(({ key }) => key)).size, 4);
  const there = await openStore(PLACE, optionsOf(server));
  t.deepEqual(
    (await there.list()).map(({ storedBytes }) => storedBytes),
    (await store.list()).map(({ storedBytes }) => storedBytes),
  );
});

test('every request but those of a public bucket is signed, and names no secret', async (t) => {
  const server = await serveBucket(t);
  await (await makeStore(t)).pushTo(PLACE, optionsOf(server));
  for (const { request } of server.requests) {
    t.regex(String(request.headers.authorization), /^AWS4-HMAC-SHA256 Credential=key\//);
    t.notRegex(JSON.stringify(request.rawHeaders), /hush-hush/);
  }
  server.requests.length = 0;
  const { endpoint } = server.settings;
  await openStore(PLACE, { s3: { endpoint } });
  t.true(server.requests.every(({ request }) => request.headers.authorization === undefined));
});
