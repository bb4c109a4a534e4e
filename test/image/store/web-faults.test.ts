/** A store behind a web server that fails, lies or is somebody else. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { serializeLocator } from '../../../src/codec/locator.ts';
import { type ErrorCode, isNacreError, type NacreError } from '../../../src/errors.ts';
import { type OpenStoreOptions, openStore } from '../../../src/image/store/store.ts';
import { parseWebAddress, shownAddress } from '../../../src/image/store/web-address.ts';
import type { WebLimits } from '../../../src/image/store/web-limits.ts';
import { parseContentRange } from '../../../src/image/store/web-range.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { makeWebImage, restoreVersion, type WebImage } from '../../helpers/web-image.ts';
import {
  type Fault,
  rangeHeaders,
  rangeOf,
  serveFolder,
  type WebServer,
} from '../../helpers/web-server.ts';

let image: WebImage;
test.before(async () => {
  image = await makeWebImage();
});
test.after.always(() => image.remove());

/** Repeats at once, and as often as it takes. */
const EAGER: Partial<WebLimits> = { pauseMs: 0, mirrorPauseMs: 0 };
/** Repeats nothing. */
const ONCE: Partial<WebLimits> = { ...EAGER, patienceMs: 0, openPatienceMs: 0 };

const optionsOf = (limits: Partial<WebLimits>): OpenStoreOptions => ({ web: { limits } });

const serveImage = (t: ExecutionContext): Promise<WebServer> => serveFolder(t, image.store);

const failureOf = async (t: ExecutionContext, work: Promise<unknown>): Promise<NacreError> => {
  const error = await t.throwsAsync(work);
  if (!isNacreError(error)) throw error;
  return error;
};

/** Of the pack, once. */
const forPack =
  (
    answer: (
      response: ServerResponse,
      range: { start: number; end: number },
      bytes: Buffer,
    ) => void,
  ): Fault =>
  ({ name, range }, response, bytes) => {
    const wanted = rangeOf(range);
    if (!name.endsWith('.pack') || wanted === undefined) return false;
    answer(response, wanted, bytes);
    return true;
  };

const LONG = 300_000;

/** Answers to the range of the pack, and what a reader says to them. */
const LIES: readonly (readonly [string, ErrorCode, Fault])[] = [
  [
    'another range',
    'STORE_WEB_ANSWER',
    forPack((response, { start, end }, bytes) => {
      response.writeHead(206, rangeHeaders({ start: start + 1, end: end + 1 }, bytes.length));
      response.end(bytes.subarray(start + 1, end + 1));
    }),
  ],
  [
    'a longer range',
    'STORE_WEB_ANSWER',
    forPack((response, { start, end }, bytes) => {
      response.writeHead(206, rangeHeaders({ start, end: end + 1 }, bytes.length));
      response.end(bytes.subarray(start, end + 1));
    }),
  ],
  [
    'a range without its numbers',
    'STORE_WEB_ANSWER',
    forPack((response) => response.writeHead(206, { 'Content-Range': 'bytes' }).end('x')),
  ],
  [
    'a body longer than its range',
    'STORE_WEB_ANSWER',
    forPack((response, range, bytes) => {
      const { 'Content-Range': told = '' } = rangeHeaders(range, bytes.length);
      response.writeHead(206, { 'Content-Range': told });
      response.end(bytes.subarray(range.start, range.end + 1));
    }),
  ],
  [
    'a body shorter than its range',
    'STORE_WEB_ANSWER',
    forPack((response, range, bytes) => {
      const { 'Content-Range': told = '' } = rangeHeaders(range, bytes.length);
      response.writeHead(206, { 'Content-Range': told });
      response.end(bytes.subarray(range.start, range.end - 1));
    }),
  ],
  [
    'a length that contradicts the range',
    'STORE_WEB_ANSWER',
    forPack((response, range, bytes) => {
      response.writeHead(206, { ...rangeHeaders(range, bytes.length), 'Content-Length': '7' });
      response.end('seven b');
    }),
  ],
  [
    'the whole file',
    'STORE_WEB_NO_RANGES',
    forPack((response, _, bytes) => response.writeHead(200).end(bytes)),
  ],
  [
    'a compressed body',
    'STORE_WEB_ANSWER',
    forPack((response, range, bytes) => {
      const headers = { ...rangeHeaders(range, bytes.length), 'Content-Encoding': 'gzip' };
      response.writeHead(206, headers).end(bytes.subarray(range.start, range.end));
    }),
  ],
  [
    'that the file is shorter',
    'STORE_FILE_LENGTH',
    forPack((response) => response.writeHead(416, { 'Content-Range': 'bytes */100' }).end()),
  ],
  [
    'endless headers',
    'STORE_WEB_ANSWER',
    forPack((response) => {
      response.socket?.write('HTTP/1.1 206 Partial Content\r\n');
      const more = (): void => {
        if (response.socket?.writable !== true) return;
        response.socket.write(`X-More: ${'x'.repeat(4000)}\r\n`, more);
      };
      more();
    }),
  ],
  [
    'no HTTP',
    'STORE_WEB_ANSWER',
    forPack((response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n')),
  ],
  [
    'that it is forbidden',
    'STORE_WEB_STATUS',
    forPack((response) => response.writeHead(403).end()),
  ],
  ['that it is broken', 'STORE_WEB_STATUS', forPack((response) => response.writeHead(500).end())],
  ['that it is gone', 'STORE_FILE_MISSING', forPack((response) => response.writeHead(410).end())],
  [
    'a redirect to somebody else',
    'STORE_WEB_REDIRECT',
    forPack((response) => response.writeHead(302, { Location: 'http://127.0.0.1:9/x' }).end()),
  ],
  [
    'a redirect in a circle',
    'STORE_WEB_REDIRECT',
    forPack((response) => response.writeHead(301, { Location: `/${image.packFile}` }).end()),
  ],
  [
    'a redirect to nowhere',
    'STORE_WEB_ANSWER',
    forPack((response) => response.writeHead(307).end()),
  ],
  ['nothing', 'STORE_WEB_UNREACHABLE', forPack((response) => response.socket?.destroy())],
];

for (const [title, code, fault] of LIES) {
  test(`a server that answers ${title} is refused`, async (t) => {
    const web = await serveImage(t);
    const store = await openStore(web.url, optionsOf(ONCE));
    web.fault = fault;
    const error = await failureOf(t, store.readPackBytes(image.pack, 100, LONG));
    t.is(error.code, code, error.message);
    t.true(error.message.includes(`${web.url}/packs/`), error.message);
    // Nothing of it hurts what comes next.
    web.fault = undefined;
    const bytes = Buffer.from(await store.readPackBytes(image.pack, 100, LONG));
    t.true(
      bytes.equals(readFileSync(`${image.store}/${image.packFile}`).subarray(100, 100 + LONG)),
    );
  });
}

test('a range that is cut off goes on where it was', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(EAGER));
  let cuts = 0;
  web.fault = forPack((response, range, bytes) => {
    const part = bytes.subarray(range.start, range.end);
    response.writeHead(206, rangeHeaders(range, bytes.length));
    if (part.length < 50_000) response.end(part);
    else response.write(part.subarray(0, 40_000), () => ++cuts && response.socket?.destroy());
  });
  const bytes = Buffer.from(await store.readPackBytes(image.pack, 7, LONG));
  t.true(bytes.equals(readFileSync(`${image.store}/${image.packFile}`).subarray(7, 7 + LONG)));
  t.true(cuts > 3);
  const ranges = web.requests.flatMap(({ range }) => rangeOf(range)?.start ?? []);
  t.true(new Set(ranges).size === ranges.length, 'no byte is asked for twice');
});

test('a server that sends less of a range than it was asked for is asked for the rest', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(ONCE));
  web.fault = forPack((response, { start, end }, bytes) => {
    const part = { start, end: Math.min(end, start + 70_000) };
    response.writeHead(206, rangeHeaders(part, bytes.length));
    response.end(bytes.subarray(part.start, part.end));
  });
  t.true((await restoreVersion(store, image.id, `${image.folder}/pieces.img`)).equals(image.disk));
});

test('bytes of a file that changes in the middle of a range are not mixed', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(EAGER));
  let tag = 0;
  web.fault = forPack((response, range, bytes) => {
    response.writeHead(206, { ...rangeHeaders(range, bytes.length), ETag: `"${tag++}"` });
    const part = bytes.subarray(range.start, range.end - 1);
    response.write(part, () => response.socket?.destroy());
  });
  const error = await failureOf(t, store.readPackBytes(image.pack, 0, LONG));
  t.is(error.code, 'STORE_WEB_CHANGED');
  t.like(error.facts, { field: 'its tag', before: '"0"', after: '"1"' });
});

test('a server that stalls is given up after its time, before an answer and inside one', async (t) => {
  const web = await serveImage(t);
  // Opening takes as many tries as it needs on a busy machine.
  const open = (limits: Partial<WebLimits>) =>
    openStore(web.url, optionsOf({ ...EAGER, openPatienceMs: 600_000, patienceMs: 0, ...limits }));
  const [silent, stuck] = [await open({ answerMs: 20 }), await open({ idleMs: 20 })];
  web.fault = () => true;
  const before = await failureOf(t, silent.readPackBytes(image.pack, 0, LONG));
  t.is(before.facts['reason'], 'no answer within 20 ms');
  web.fault = forPack((response, range, bytes) => {
    response.writeHead(206, rangeHeaders(range, bytes.length));
    response.write(bytes.subarray(range.start, range.start + 10));
  });
  const inside = await failureOf(t, stuck.readPackBytes(image.pack, 0, LONG));
  t.is(inside.facts['reason'], 'nothing came for 20 ms');
});

test('a server that is busy is asked again', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(EAGER));
  let refusals = 0;
  web.fault = (_, response) => {
    if (++refusals % 3 === 0) return false;
    response.writeHead(503).end();
    return true;
  };
  t.true((await restoreVersion(store, image.id, `${image.folder}/busy.img`)).equals(image.disk));
});

test('a restore ends in an error that names the chunk when a pack holds other bytes', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(EAGER));
  web.fault = forPack((response, range, bytes) => {
    const part = Buffer.from(bytes.subarray(range.start, range.end));
    const isFrames = range.start >= 32 && part.length > 64 && range.end < bytes.length;
    if (isFrames && range.start < LONG) part[0] = (part[0] ?? 0) ^ 1;
    response.writeHead(206, rangeHeaders(range, bytes.length)).end(part);
  });
  const file = `${image.folder}/lies.img`;
  const error = await t.throwsAsync(restoreVersion(store, image.id, file));
  t.like(error, { nacreCode: 'IMAGE_CHUNK_DAMAGED' });
  t.like(error, { facts: { pack: `${web.url}/${image.packFile}` } });
  const { damaged } = await store.verify(image.id);
  t.true(damaged.length > 0);
  t.true(damaged.every(({ pack }) => pack === image.pack));
});

test('a pack that vanishes while it is read is told as what garbage collection does', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(EAGER));
  let reads = 0;
  web.fault = (request, response) => {
    // Header, footer and index are there.
    if (!request.name.endsWith('.pack') || ++reads <= 4) return false;
    response.writeHead(404).end();
    return true;
  };
  const error = await t.throwsAsync(store.verify(image.id));
  t.like(error, { code: 'STORE_WEB_PACK_GONE' });
});

test('a locator that garbage collection replaces in the middle is read again', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(ONCE));
  let locators = 0;
  web.fault = ({ name }, response) => {
    if (!name.startsWith('locators/') || ++locators > 1) return false;
    response.end(serializeLocator({ packs: ['ab'.repeat(32)] }));
    return true;
  };
  t.like((await store.packsOf(image.id))[0], { id: image.pack });
  t.is(locators, 2);
  web.fault = ({ name }, response) => {
    if (!name.startsWith('locators/')) return false;
    response.end(serializeLocator({ packs: ['ab'.repeat(32)] }));
    return true;
  };
  t.is((await failureOf(t, store.packsOf(image.id))).code, 'STORE_PACK_MISSING');
});

test('a version without its locator is refused, since nobody can search', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(ONCE));
  web.fault = ({ name }, response) => {
    if (!name.startsWith('locators/')) return false;
    response.writeHead(404).end();
    return true;
  };
  t.is((await failureOf(t, store.packsOf(image.id))).code, 'STORE_WEB_NO_LIST');
  web.fault = ({ name }, response) => {
    if (name !== 'nacre-images.json') return false;
    response.writeHead(200).end('{"names":["../etc"]}');
    return true;
  };
  t.is((await failureOf(t, store.list())).code, 'STORE_WEB_NO_LIST');
  const unknown = await failureOf(t, store.resolve('lab-pd'));
  t.is(unknown.code, 'IMAGE_NOT_FOUND');
});

test('nothing of a store behind a web server can be changed', async (t) => {
  const web = await serveImage(t);
  const store = await openStore(web.url, optionsOf(ONCE));
  const asked = web.requests.length;
  const changes: readonly Promise<unknown>[] = [
    store.beginCapture({ name: 'x', algorithm: 1 }),
    store.label(image.id, 'x'),
    store.remove('lab-pc'),
    store.bin.restore('lab-pc'),
    store.bin.empty(),
    store.sign(image.id, ''),
    store.gc({ dryRun: true }),
    store.syncFrom(store),
    openStore(web.url, { create: true }),
  ];
  for (const change of changes) {
    t.is((await failureOf(t, change)).code, 'STORE_READ_ONLY_WEB');
  }
  t.is(web.requests.length, asked);
});

test('addresses that are none, and servers that cannot be found, are named without passwords', async (t) => {
  for (const location of [
    'ftp://h/s',
    's3://b/s',
    'http://h/s?x=1',
    'http://h/s#x',
    'http://',
    'http://%:x@h/',
  ])
    t.is((await failureOf(t, openStore(location))).code, 'STORE_ADDRESS', location);
  const location = 'http://user:secret@nacre-store.invalid:8000/images';
  const error = await failureOf(t, openStore(location, optionsOf(ONCE)));
  t.is(error.code, 'STORE_WEB_UNREACHABLE');
  t.true(error.message.startsWith('http://user@nacre-store.invalid:8000/images/'), error.message);
  t.is(shownAddress('http://a:b@c:d@h/x@y'), 'http://a@h/x@y');
  t.is(shownAddress('https://:secret@h'), 'https://h');
  t.is(parseWebAddress('HTTP://H/S').url.href, 'http://h/S/');
  const web = await serveImage(t);
  await openStore(web.url.replace('//', '//me:my%20word@'));
  t.is(web.requests[0]?.authorization, `Basic ${Buffer.from('me:my word').toString('base64')}`);
});

test('a header of a range is read as RFC 9110 writes it, and no other way', (t) => {
  t.deepEqual(parseContentRange('bytes 0-9/10'), { start: 0, last: 9, sizeBytes: 10 });
  t.deepEqual(parseContentRange('bytes 5-5/*'), { start: 5, last: 5, sizeBytes: undefined });
  for (const wrong of [
    undefined,
    '',
    'bytes */10',
    'bytes 0-9',
    'bytes 9-0/10',
    'bytes 0-10/10',
    'bytes 0-9/10, 2-3/10',
    'bytes -1-2/3',
    'items 0-9/10',
    `bytes 0-${'9'.repeat(17)}/*`,
  ])
    t.is(parseContentRange(wrong), undefined, wrong);
});

test('a pinned key is enough, and nobody with another key gets a request', async (t) => {
  const mine = makeCertificate(image.folder, 'mine', true);
  const other = makeCertificate(image.folder, 'other');
  const web = await serveFolder(t, image.store, mine);
  const open = (storePins?: readonly string[], url = web.url) =>
    openStore(url, { ...optionsOf(ONCE), storePins });
  // Expired, by no CA, for another name: the key alone counts.
  const store = await open([other.pin, mine.pin.toUpperCase().replace('SHA', 'sha')]);
  t.true((await restoreVersion(store, image.id, `${image.folder}/tls.img`)).equals(image.disk));
  const asked = web.requests.length;
  const wrong = await failureOf(t, open([other.pin]));
  t.is(wrong.code, 'STORE_WEB_PIN');
  t.like(wrong.facts, { found: mine.pin.slice('sha256:'.length), needed: other.pin });
  const untrusted = await failureOf(t, open());
  t.is(untrusted.code, 'STORE_WEB_CERTIFICATE', untrusted.message);
  t.is(web.requests.length, asked);
  t.is((await failureOf(t, open([mine.pin], 'http://127.0.0.1:9'))).code, 'STORE_PIN_PLAIN');
  for (const pin of [
    '',
    'sha256:',
    mine.pin.slice(0, -1),
    `${mine.pin}0`,
    `sha1:${'0'.repeat(64)}`,
  ])
    t.is((await failureOf(t, open([pin]))).code, 'STORE_PIN_INVALID', pin);
});

test('what is read ends when it is cancelled', async (t) => {
  const web = await serveImage(t);
  const control = new AbortController();
  const store = await openStore(web.url, { signal: control.signal });
  web.fault = () => {
    control.abort();
    return true;
  };
  await t.throwsAsync(store.readPackBytes(image.pack, 0, LONG), { code: 'CANCELLED' });
});
