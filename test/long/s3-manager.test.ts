/** Managers whose images lie in a real object store: OpenStack Swift with its s3api. */
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import test from 'ava';
import { isNacreError } from '../../src/errors.ts';
import type { S3Settings } from '../../src/image/s3/s3-address.ts';
import { signedAddresses } from '../../src/image/s3/s3-bucket.ts';
import { openMirroredStore, openStore } from '../../src/image/store/store.ts';
import { checkInAnswerShape } from '../../src/job/agent-protocol.ts';
import { makeCertificate } from '../helpers/certificate.ts';
import { openManagerLab } from '../helpers/manager-lab.ts';
import { SpeakingAgent } from '../helpers/speaking-agent.ts';
import { type Swift, startSwift } from '../helpers/swift.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { IMAGE, makeWebImage, restoreVersion, type WebImage } from '../helpers/web-image.ts';

const ends: (() => unknown)[] = [];
let swift: Swift;
let image: WebImage;

test.before(async () => {
  swift = await startSwift({ teardown: (end) => void ends.push(end) });
  image = await makeWebImage();
  ends.push(image.remove);
});
test.after.always(async () => {
  for (const end of ends.toReversed()) await end();
});

const settingsOf = (more: Partial<S3Settings> = {}): S3Settings => ({
  endpoint: swift.endpoint,
  keys: () => swift.owner,
  ...more,
});

/** A device's own view of a manager: the store that it is told. */
const approvedStores = async (lab: Awaited<ReturnType<typeof openManagerLab>>) => {
  const agent = new SpeakingAgent(lab.service.pin.replace('sha256:', ''), 'pc-1');
  const enrolled = await lab.ask('POST', '/api/v1/enrolments', { body: agent.enrolment() });
  const state = { body: { state: 'approved' } };
  await lab.admin('PUT', `/api/v1/devices/${enrolled.json['id']}/state`, state);
  const headers = { host: `127.0.0.1:${lab.service.port}` };
  const answer = await lab.ask('POST', '/device/v1/checkin', { body: agent.checkIn(), headers });
  const { stores } = checkInAnswerShape.parse(answer.json);
  const places = stores.map(({ url, pin }) => ({ url, keys: pin === null ? [] : [pin] }));
  return { text: answer.text, places };
};

test.serial(
  'a manager takes its packages from a bucket, and devices their ranges through it',
  async (t) => {
    await swift.makeBucket('fleet');
    const opened = await openStore(image.store);
    await opened.pushTo('s3://fleet/images', { s3: settingsOf() });
    const lab = await openManagerLab(t, { imageStore: 's3://fleet/images', s3: settingsOf() });
    const { json } = await lab.admin('GET', '/api/v1/packages');
    t.like(json, { items: [{ name: IMAGE, latest: image.id }] });
    const { text, places } = await approvedStores(lab);
    t.is(places.length, 1);
    t.notRegex(text, /owning|fleet\/images/);
    const store = await openMirroredStore(places);
    const file = path.join(await temporaryFolder(t), 'disk');
    t.true((await restoreVersion(store, image.id, file)).equals(image.disk));
    const secrets = JSON.stringify(lab.lines);
    t.notRegex(secrets, /owning/);
    // Nothing of the bucket that no store has is handed on.
    const strange = 'locks/push-1.json';
    await swift.ask('PUT', `fleet/images/${strange}`, { body: Buffer.from('{}') });
    const odd = new URL(strange, places[0]?.url);
    t.is((await lab.ask('GET', odd.pathname)).status, 404);
    const removed = await lab.admin('DELETE', `/api/v1/packages/${IMAGE}`);
    t.like(removed.json, { code: 'STORE_READ_ONLY_WEB' });
  },
);

test.serial(
  'devices are sent to the bucket for packs, by addresses that end soon, when it is set so',
  async (t) => {
    await swift.makeBucket('direct');
    const opened = await openStore(image.store);
    const folder = await temporaryFolder(t);
    const { cert, key, pin } = makeCertificate(folder, 'swift');
    let sentBytes = 0;
    // TLS before Swift, as it has it in the field.
    const front = createTlsServer({ cert, key }, (client) => {
      const there = connect(swift.port, '127.0.0.1');
      for (const each of [client, there]) each.on('error', () => undefined);
      there.on('data', (bytes: Buffer) => {
        sentBytes += bytes.length;
      });
      client.pipe(there).pipe(client);
      client.on('close', () => there.destroy());
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    t.teardown(() => front.close());
    const address = front.address();
    if (typeof address !== 'object' || address === null) throw new TypeError('no address');
    const s3 = settingsOf({ endpoint: `https://127.0.0.1:${address.port}`, devices: 'redirect' });
    const imageStore = 's3://direct/images';
    await opened.pushTo(imageStore, { s3, storePins: [pin] });
    const lab = await openManagerLab(t, { imageStore, s3, storePins: [pin] });
    const { places } = await approvedStores(lab);
    const store = await openMirroredStore(places);
    const before = sentBytes;
    const file = path.join(folder, 'disk');
    t.true((await restoreVersion(store, image.id, file)).equals(image.disk));
    t.true(sentBytes > before);
    const [place] = places;
    const pack = await lab.ask('GET', new URL(image.packFile, place?.url).pathname);
    t.is(pack.status, 307);
    t.is(pack.headers['x-nacre-pin'], pin);
    const told = new URL(String(pack.headers['location']));
    t.is(told.host, `127.0.0.1:${address.port}`);
    t.is(told.searchParams.get('X-Amz-Expires'), '300');
    // Only packs, whose bytes prove themselves, come from elsewhere.
    const mark = await lab.ask('GET', new URL('nacre-store.json', place?.url).pathname);
    t.is(mark.status, 200);
    t.notRegex(JSON.stringify(lab.lines), /owning|X-Amz-Signature/);
    const late = signedAddresses(imageStore, settingsOf(), () => new Date(Date.now() - 600_000));
    t.is((await fetch(late(image.packFile))).status, 403);
    const inTime = signedAddresses(imageStore, settingsOf(), () => new Date());
    t.is((await fetch(inTime(image.packFile))).status, 200);
    const plain = settingsOf({ devices: 'redirect' });
    const refused = await t.throwsAsync(openManagerLab(t, { imageStore, s3: plain }));
    t.true(isNacreError(refused, 'STORE_S3_SETTING'));
  },
);

test.serial(
  'a bucket that everybody may read is a copy near devices like any web server',
  async (t) => {
    await swift.makeBucket('public', { 'x-amz-acl': 'public-read' });
    const opened = await openStore(image.store);
    await opened.pushTo('s3://public/lab', { s3: settingsOf() });
    const url = `${swift.endpoint}/v1/AUTH_test/public/lab/`;
    const folder = await temporaryFolder(t);
    await cp(image.store, path.join(folder, 'store'), { recursive: true });
    const lab = await openManagerLab(t, { dataFolder: folder });
    const set = await lab.admin('PUT', '/api/v1/repositories/cloud', {
      body: { url, pin: null, note: '' },
    });
    t.is(set.status, 200, set.text);
    const { json } = await lab.admin('POST', '/api/v1/repositories/cloud/check');
    t.deepEqual(json, { versions: 1, missing: [] });
    const file = path.join(folder, 'disk');
    t.true((await restoreVersion(await openStore(url), image.id, file)).equals(image.disk));
  },
);
