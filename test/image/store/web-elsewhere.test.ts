/** Servers that send readers of packs to another one. */
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isNacreError, type NacreError } from '../../../src/errors.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { PIN_HEADER } from '../../../src/image/store/web-elsewhere.ts';
import { type Certificate, makeCertificate } from '../../helpers/certificate.ts';
import { makeWebImage, restoreVersion, type WebImage } from '../../helpers/web-image.ts';
import { type Fault, serveFolder, type WebServer } from '../../helpers/web-server.ts';

let image: WebImage;
let front: Certificate;
let back: Certificate;
test.before(async () => {
  image = await makeWebImage();
  front = makeCertificate(image.folder, 'front');
  back = makeCertificate(image.folder, 'back');
});
test.after.always(() => image.remove());

const ONCE = { pauseMs: 0, mirrorPauseMs: 0, patienceMs: 0, openPatienceMs: 0 };
const optionsOf = (pins: readonly string[]) => ({ storePins: pins, web: { limits: ONCE } });

const failureOf = async (t: ExecutionContext, work: Promise<unknown>): Promise<NacreError> => {
  const error = await t.throwsAsync(work);
  if (!isNacreError(error)) throw error;
  return error;
};

/** Sends who reads a file with this ending to another server. */
const sendTo =
  (base: string, end: string, pin?: string): Fault =>
  ({ method, name }, response) => {
    if (method !== 'GET' || !name.endsWith(end)) return false;
    const pins = pin === undefined ? {} : { [PIN_HEADER]: pin };
    response.writeHead(307, { Location: `${base}/${name}?Signature=hush`, ...pins }).end();
    return true;
  };

const withUser = (web: WebServer): string => web.url.replace('//', '//me:pass@');

test('a server whose key is pinned may send readers of packs to another, with its key', async (t) => {
  const there = await serveFolder(t, image.store, back);
  const web = await serveFolder(t, image.store, front);
  web.fault = sendTo(there.url, '.pack', back.pin);
  const store = await openStore(withUser(web), optionsOf([front.pin]));
  const disk = path.join(image.folder, 'from-elsewhere');
  t.true((await restoreVersion(store, image.id, disk)).equals(image.disk));
  t.true(there.requests.length > 0);
  for (const { name, authorization, method } of there.requests)
    t.deepEqual([name, authorization, method], [image.packFile, undefined, 'GET']);
});

test('another server with another key, or that fails, or sends further, is no server of packs', async (t) => {
  const there = await serveFolder(t, image.store, back);
  const web = await serveFolder(t, image.store, front);
  const read = async (fault: Fault): Promise<string> => {
    web.fault = undefined;
    const store = await openStore(web.url, optionsOf([front.pin]));
    web.fault = fault;
    const error = await failureOf(t, store.packsOf(image.id));
    t.notRegex(JSON.stringify([error.message, error.facts]), /hush/);
    return error.code;
  };
  t.is(await read(sendTo(there.url, '.pack', front.pin)), 'STORE_WEB_PIN');
  t.is(await read(sendTo(there.url, '.pack')), 'STORE_WEB_CERTIFICATE');
  t.is(await read(sendTo(there.url, '.pack', 'sha256:short')), 'STORE_PIN_INVALID');
  there.fault = (_, response) => {
    response.writeHead(403).end();
    return true;
  };
  t.is(await read(sendTo(there.url, '.pack', back.pin)), 'STORE_WEB_STATUS');
  there.fault = sendTo(web.url, '.pack', front.pin);
  t.is(await read(sendTo(there.url, '.pack', back.pin)), 'STORE_WEB_REDIRECT');
});

test('nobody else sends readers away, and nothing but packs comes from elsewhere', async (t) => {
  const there = await serveFolder(t, image.store, back);
  const plain = await serveFolder(t, image.store);
  const web = await serveFolder(t, image.store, front);
  const cases = [
    // Not pinned, so that anybody on the way may have said it.
    [plain, [], sendTo(there.url, '.pack', back.pin)],
    [web, [front.pin], sendTo(plain.url, '.pack')],
    [web, [front.pin], sendTo(there.url.replace('//', '//me:hush@'), '.pack', back.pin)],
  ] as const;
  for (const [server, pins, fault] of cases) {
    server.fault = undefined;
    const store = await openStore(server.url, optionsOf(pins));
    server.fault = fault;
    const error = await failureOf(t, store.packsOf(image.id));
    t.is(error.code, 'STORE_WEB_REDIRECT', error.message);
    t.notRegex(JSON.stringify(error.facts), /Signature=|hush/);
  }
  web.fault = sendTo(there.url, '.manifest', back.pin);
  const store = await openStore(web.url, optionsOf([front.pin]));
  t.is((await failureOf(t, store.readManifest(image.id))).code, 'STORE_WEB_REDIRECT');
  t.is(there.requests.length, 0);
});
