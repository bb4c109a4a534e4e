/** Several copies of a store: the next one helps when one is dead or lies, and the first is asked again later. */
import { readFile, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { isNacreError, type NacreError } from '../../../src/errors.ts';
import { captureImage } from '../../../src/image/capture.ts';
import { type ImageStore, openMirroredStore, openStore } from '../../../src/image/store/store.ts';
import type { WebLimits } from '../../../src/image/store/web-limits.ts';
import { pauseMs } from '../../../src/image/store/web-mirrors.ts';
import { Noise } from '../../helpers/noise.ts';
import { makeWebImage, restoreVersion, type WebImage } from '../../helpers/web-image.ts';
import { rangeHeaders, rangeOf, serveFolder, type WebServer } from '../../helpers/web-server.ts';

let image: WebImage;
test.before(async () => {
  image = await makeWebImage();
});
test.after.always(() => image.remove());

const serveTwo = async (t: ExecutionContext): Promise<readonly [WebServer, WebServer]> => [
  await serveFolder(t, image.store),
  await serveFolder(t, image.store),
];

interface Opened {
  readonly store: ImageStore;
  readonly clock: { now: number };
}

/** With a clock that stands still. */
const open = async (
  locations: readonly string[],
  limits: Partial<WebLimits> = {},
): Promise<Opened> => {
  const clock = { now: 1000 };
  const world = { now: () => clock.now, random: () => 0.5 };
  const all = { pauseMs: 0, patienceMs: 0, openPatienceMs: 0, ...limits };
  return { store: await openMirroredStore(locations, { web: { limits: all, world } }), clock };
};

const failureOf = async (t: ExecutionContext, work: Promise<unknown>): Promise<NacreError> => {
  const error = await t.throwsAsync(work);
  if (!isNacreError(error)) throw error;
  return error;
};

const restore = (store: ImageStore, name: string): Promise<Buffer> =>
  restoreVersion(store, image.id, `${image.folder}/${name}.img`);

test('a copy that is dead from the start is passed over', async (t) => {
  const [dead, alive] = await serveTwo(t);
  await dead.close();
  const { store } = await open([dead.url, alive.url]);
  t.is(store.location, `${dead.url}/ ${alive.url}/`);
  t.true((await restore(store, 'dead')).equals(image.disk));
});

test('a copy that dies in the middle of a restore is left for the next one', async (t) => {
  const [first, second] = await serveTwo(t);
  const { store } = await open([first.url, second.url]);
  let reads = 0;
  first.fault = ({ name, range }, response, bytes) => {
    const wanted = rangeOf(range);
    if (!name.endsWith('.pack') || wanted === undefined || ++reads < 6) return false;
    response.writeHead(206, rangeHeaders(wanted, bytes.length));
    const half = (wanted.start + wanted.end) >>> 1;
    response.write(bytes.subarray(wanted.start, half), () => void first.close());
    return true;
  };
  t.true((await restore(store, 'dies')).equals(image.disk));
  t.true(reads >= 6);
  t.true(second.requests.some(({ name }) => name === image.packFile));
});

test('a copy that answers with other bytes is left for the next one', async (t) => {
  const [liar, honest] = await serveTwo(t);
  const { store } = await open([liar.url, honest.url]);
  liar.fault = ({ name, range }, response, bytes) => {
    const wanted = rangeOf(range);
    // Its index is right, its frames are not.
    if (!name.endsWith('.pack') || wanted === undefined || wanted.start < 32) return false;
    if (wanted.end === bytes.length || wanted.start > bytes.length - 30_000) return false;
    response.writeHead(206, rangeHeaders(wanted, bytes.length));
    response.end(Buffer.alloc(wanted.end - wanted.start, 'lies'));
    return true;
  };
  t.true((await restore(store, 'liar')).equals(image.disk));
  t.true(honest.requests.length > 0);
});

test('a copy that failed is asked again later, and takes over when it works', async (t) => {
  const [first, second] = await serveTwo(t);
  const { store, clock } = await open([first.url, second.url], { mirrorPauseMs: 10_000 });
  const read = () => store.readPackBytes(image.pack, 0, 100);
  first.fault = (_, response) => {
    response.writeHead(500).end();
    return true;
  };
  await read();
  t.is(second.requests.length, 1);
  first.fault = undefined;
  await read();
  t.is(second.requests.length, 2, 'it is passed over for a while');
  clock.now += 10_000;
  await read();
  t.is(second.requests.length, 2, 'and then asked again');
});

test('what no copy has is missing, also while another one is dead', async (t) => {
  const [first, second] = await serveTwo(t);
  const { store } = await open([first.url, second.url], { patienceMs: 1_000_000 });
  t.deepEqual(await store.readSignatures(image.id), []);
  await first.close();
  t.deepEqual(await store.readSignatures(image.id), []);
  t.is((await failureOf(t, store.resolve('nobody'))).code, 'IMAGE_NOT_FOUND');
});

test('a copy that is behind hides no new version, and gives the chunks that it has', async (t) => {
  const own = await makeWebImage();
  t.teardown(own.remove);
  const [master, copy] = [await openStore(own.store), `${own.folder}/copy`];
  await (await openStore(copy, { create: true })).syncFrom(master);
  await writeFile(`${own.folder}/disk.img`, new Noise('new').bytes(2 ** 16), { flag: 'r+' });
  const { id } = await captureImage({
    ...{ store: master, path: `${own.folder}/disk.img`, name: 'lab-pc', creator: 'test' },
  });
  const [behind, ahead] = [await serveFolder(t, copy), await serveFolder(t, own.store)];
  const isLastMaster = true;
  const store = await openMirroredStore([behind.url, ahead.url], { web: { isLastMaster } });
  t.is((await store.resolve('lab-pc')).id, id);
  const disk = await restoreVersion(store, id, `${own.folder}/new.img`);
  t.true(disk.equals(await readFile(`${own.folder}/disk.img`)));
  const reads = ({ requests }: WebServer) => requests.filter(({ name }) => name === own.packFile);
  t.true(reads(behind).length > 0);
  t.is(reads(ahead).length, 0);
  // Without the master the copy is better than nothing.
  await ahead.close();
  t.is((await store.resolve('lab-pc')).id, own.id);
});

test('when no copy answers, the error names each and its reason, without passwords', async (t) => {
  const [first, second] = await serveTwo(t);
  const { store } = await open([first.url.replace('//', '//me:secret@'), second.url]);
  await first.close();
  second.fault = (_, response) => {
    response.writeHead(403).end();
    return true;
  };
  const error = await failureOf(t, store.resolve('lab-pc'));
  t.is(error.code, 'STORE_WEB_MIRRORS');
  t.regex(error.message, /me@127.*ECONNREFUSED.*; http.* status 403/);
  t.notRegex(error.message, /secret/);
  t.is((await failureOf(t, openMirroredStore([second.url, '/folder']))).code, 'STORE_ADDRESS');
});

test('pauses double up to their limit, and half of each is chance', (t) => {
  const range = { firstMs: 100, mostMs: 1500 };
  const of = (failures: number, chance: number) => pauseMs(failures, range, () => chance);
  t.deepEqual(
    [0, 1, 2, 3, 4, 5000].map((failures) => of(failures, 1)),
    [100, 200, 400, 800, 1500, 1500],
  );
  t.is(of(2, 0), 200);
});
