/** Stores in buckets, in a real object store: OpenStack Swift with its s3api. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isNacreError, type NacreError } from '../../src/errors.ts';
import type { S3Settings } from '../../src/image/s3/s3-address.ts';
import { bodyOf, S3Bucket } from '../../src/image/s3/s3-bucket.ts';
import { openStore } from '../../src/image/store/store.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { documentOf, NOT_COUNTED, nacre } from '../helpers/nacre.ts';
import { Noise } from '../helpers/noise.ts';
import { type Swift, startSwift } from '../helpers/swift.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { makeWebImage, type WebImage } from '../helpers/web-image.ts';

const MIB = 2 ** 20;
const KILLS = Number(process.env['NACRE_KILLS'] ?? 20);
const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

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

const failureOf = async (t: ExecutionContext, work: Promise<unknown>): Promise<NacreError> => {
  const error = await t.throwsAsync(work);
  if (!isNacreError(error)) throw error;
  return error;
};

const run = async (t: ExecutionContext, ...words: readonly string[]) => {
  const done = await nacre([...words, '--json'], { environment: swift.environment });
  t.is(done.exitCode, 0, done.stdout + done.stderr);
  return documentOf(done);
};

/** Names of the objects of a bucket. */
const objectsOf = async (bucket: string): Promise<readonly string[]> => {
  const { text } = await swift.ask('GET', `${bucket}?list-type=2`);
  return [...text.matchAll(/<Key>([^<]*)/g)].map(([, key = '']) => key);
};

test.serial('a store is pushed into a bucket once, and read from there bit by bit', async (t) => {
  await swift.makeBucket('one');
  const folder = await temporaryFolder(t);
  const [disk, back, store, place] = ['disk', 'back', 'store', 's3://one/lab/a'].map((name) =>
    name.startsWith('s3') ? name : path.join(folder, name),
  ) as [string, string, string, string];
  await writeFile(disk, new Noise('one').bytes(8 * MIB));
  await run(t, 'image', 'capture', disk, 'pc', '--store', store);
  t.like(await run(t, 'store', 'sync', store, place), { versions: 1, packs: 1 });
  t.like(await run(t, 'store', 'sync', store, place), { versions: 0, packs: 0, bytes: 0 });
  const changed = await readFile(disk);
  changed.fill(7, MIB, MIB + 65_536);
  await writeFile(disk, changed);
  await run(t, 'image', 'capture', disk, 'pc', '--store', store);
  const second = await run(t, 'store', 'sync', store, place);
  t.like(second, { versions: 1, packs: 1 });
  t.true(Number(second['bytes']) < MIB, 'only what is new goes over');
  t.like(await run(t, 'store', 'check', '--store', place), { ok: true, versions: 2 });
  await writeFile(back, Buffer.alloc(8 * MIB));
  await run(t, 'image', 'restore', 'pc', back, '--yes', 'back', '--store', place);
  t.true((await readFile(back)).equals(changed));
  const copy = path.join(folder, 'copy');
  t.like(await run(t, 'store', 'sync', place, copy), { versions: 2, packs: 2 });
  const packs = async (root: string) =>
    (await readdir(path.join(root, 'packs'), { recursive: true })).sort();
  t.deepEqual(await packs(copy), await packs(store));
  const objects = await objectsOf('one');
  t.true(objects.every((name) => name.startsWith('lab/a/')));
  t.false(
    objects.some((name) => name.includes('/locks/')),
    'the claim of the writer is gone',
  );
});

test.serial(
  'labels and signatures that came later follow, and nothing is sent for them',
  async (t) => {
    await swift.makeBucket('later');
    const folder = await temporaryFolder(t);
    const store = path.join(folder, 'store');
    const place = 's3://later';
    const opened = await openStore(store, { create: true });
    const { id } = await publishLetters(opened, 'pc', 'ab');
    await opened.pushTo(place, { s3: settingsOf() });
    await opened.label('pc', 'stable');
    const keys = await run(t, 'key', 'make', path.join(folder, 'release'));
    t.truthy(keys);
    const pem = (await readdir(folder)).find(
      (name) => name.startsWith('release') && !name.includes('pub'),
    );
    await opened.sign(id, await readFile(path.join(folder, pem ?? ''), 'utf8'));
    const report = await opened.pushTo(place, { s3: settingsOf() });
    t.like(report, { versions: 0, packs: 0 });
    const there = await openStore(place, { s3: settingsOf() });
    t.deepEqual((await there.resolve('pc:stable')).id, id);
    t.is((await there.readSignatures(id)).length, 1);
  },
);

test.serial(
  'a push that is killed leaves only whole versions, and the next one goes on',
  async (t) => {
    await swift.makeBucket('kill');
    const folder = await temporaryFolder(t);
    const store = path.join(folder, 'store');
    const opened = await openStore(store, { create: true });
    const noise = new Noise('kill');
    for (const name of ['pc0', 'pc1', 'pc2']) {
      const disk = path.join(folder, 'disk');
      await writeFile(disk, noise.bytes(6 * MIB));
      await run(t, 'image', 'capture', disk, name, '--store', store);
    }
    const push = async (place: string, killAfterMs: number): Promise<number> => {
      const began = performance.now();
      const words = [MAIN, 'store', 'sync', store, place];
      const env = { ...NOT_COUNTED, PATH: process.env['PATH'], NACRE_CONFIG: '/dev/null' };
      const options = { env: { ...env, HOME: '/nonexistent', ...swift.environment } };
      const child = spawn(process.execPath, words, { ...options, stdio: 'ignore' });
      const over = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      await over;
      clearTimeout(timer);
      return performance.now() - began;
    };
    const first = await push('s3://kill/first', 600_000);
    const wholeMs = Math.min(first, await push('s3://kill/second', 600_000));
    const seen = new Map<number, number>();
    for (let round = 0; round < KILLS; round++) {
      const place = `s3://kill/r${round}`;
      await push(place, wholeMs * (0.15 + (0.8 * round) / KILLS));
      let versions = 0;
      if ((await swift.ask('GET', `kill/r${round}/nacre-store.json`)).status === 200) {
        const found = await (await openStore(place, { s3: settingsOf() })).check({ deep: true });
        t.deepEqual(found.problems, [], `after the kill of round ${round}`);
        versions = found.versions;
      }
      seen.set(versions, (seen.get(versions) ?? 0) + 1);
      await opened.pushTo(place, { s3: settingsOf() });
      const there = await openStore(place, { s3: settingsOf() });
      const names = (await there.list()).map(({ name, latest }) => [name, latest]);
      t.deepEqual(
        names,
        (await opened.list()).map(({ name, latest }) => [name, latest]),
      );
      t.deepEqual((await there.check({ deep: true })).problems, []);
      t.false((await objectsOf('kill')).some((name) => name.includes('/locks/')));
    }
    const counts = [...seen].map(([versions, rounds]) => `${versions}: ${rounds}`).join(', ');
    t.log(`a whole push takes ${Math.round(wholeMs)} ms; versions after kills: ${counts}`);
  },
);

test.serial(
  'of writers that come at once each waits, is refused by name, or has its versions listed',
  async (t) => {
    await swift.makeBucket('many');
    const folder = await temporaryFolder(t);
    const stores = await Promise.all(
      [0, 1, 2, 3].map(async (writer) => {
        const store = path.join(folder, `store${writer}`);
        const opened = await openStore(store, { create: true });
        await publishLetters(opened, 'shared', `ab${'cdef'[writer]}`);
        await publishLetters(opened, `own${writer}`, `${'ghij'[writer]}`);
        return store;
      }),
    );
    let waiting: readonly string[] = stores;
    let refusals = 0;
    while (waiting.length > 0) {
      const runs = await Promise.all(
        waiting.map((store) =>
          nacre(['store', 'sync', store, 's3://many', '--json'], {
            environment: swift.environment,
          }),
        ),
      );
      for (const { exitCode, stdout } of runs)
        if (exitCode !== 0) {
          t.is(exitCode, 3, stdout);
          t.regex(stdout, /"STORE_BUSY"/);
          refusals += 1;
        }
      t.true(refusals < 60, 'somebody gets through');
      waiting = waiting.filter((_, at) => runs[at]?.exitCode !== 0);
    }
    t.log(`${refusals} refusals`);
    const there = await openStore('s3://many', { s3: settingsOf() });
    t.deepEqual((await there.check({ deep: true })).problems, []);
    const found = (await there.list()).map(({ name, versions }) => [name, versions.length]);
    t.deepEqual(found, [
      ['own0', 1],
      ['own1', 1],
      ['own2', 1],
      ['own3', 1],
      ['shared', 4],
    ]);
  },
);

test.serial('Swift knows no conditional writes, and says so', async (t) => {
  await swift.makeBucket('conditions');
  const bucket = new S3Bucket('s3://conditions', { settings: settingsOf() });
  t.true(bucket.knowsConditions);
  t.true(await bucket.put('nacre-store.json', bodyOf(Buffer.from('one')), 'absent'));
  t.false(bucket.knowsConditions);
});

test.serial('what the server refuses has its name', async (t) => {
  await swift.makeBucket('refuse');
  const opened = await openStore(image.store);
  await opened.pushTo('s3://refuse', { s3: settingsOf() });
  const read = (s3: S3Settings, location = 's3://refuse', now = () => new Date()) =>
    openStore(location, { s3, now });
  const wrong = { id: 'test:owner', secret: 'guessing' };
  const cases = [
    ['STORE_S3_SIGNATURE', read(settingsOf({ keys: () => wrong }))],
    ['STORE_S3_SIGNATURE', read(settingsOf({ keys: () => ({ id: 'nobody', secret: 'x' }) }))],
    ['STORE_S3_DENIED', read(settingsOf({ keys: () => swift.stranger }))],
    ['STORE_S3_BUCKET', read(settingsOf(), 's3://nowhere')],
    ['STORE_S3_REGION', read(settingsOf({ region: 'eu-central-1' }))],
    ['STORE_S3_CLOCK', read(settingsOf(), 's3://refuse', () => new Date(Date.now() - 20 * 60_000))],
    ['STORE_NOT_FOUND', read(settingsOf(), 's3://refuse/elsewhere')],
    ['STORE_S3_BUCKET', opened.pushTo('s3://nowhere', { s3: settingsOf() })],
    [
      'STORE_S3_DENIED',
      opened.pushTo('s3://refuse', { s3: settingsOf({ keys: () => swift.stranger }) }),
    ],
    ['STORE_S3_CREDENTIALS', opened.pushTo('s3://refuse', { s3: { endpoint: swift.endpoint } })],
  ] as const;
  for (const [code, work] of cases) {
    const error = await failureOf(t, work);
    t.is(error.code, code, error.message);
    t.notRegex(JSON.stringify(error.facts), /owning|guessing|looking/);
  }
  const region = await failureOf(t, read(settingsOf({ region: 'eu-central-1' })));
  t.like(region.facts, { found: 'eu-central-1', needed: 'us-east-1' });
  const strange = await openStore('s3://refuse', { s3: settingsOf() });
  const source = await failureOf(t, strange.pushTo('s3://refuse', { s3: settingsOf() }));
  t.is(source.code, 'STORE_S3_SOURCE');
});

/** Hands bytes on between a client and Swift, and changes one of a body that is long enough. */
const startLiar = async (t: ExecutionContext): Promise<string> => {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const there = connect(swift.port, '127.0.0.1');
    for (const each of [client, there]) {
      sockets.add(each);
      each.on('error', () => undefined);
    }
    there.pipe(client);
    client.on('data', (bytes: Buffer) => {
      // Inside a pack, far from its head.
      if (bytes.length > 20_000) bytes[10_000] = (bytes[10_000] ?? 0) ^ 1;
      there.write(bytes);
    });
    client.on('close', () => there.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('no address');
  return `http://127.0.0.1:${address.port}`;
};

test.serial(
  'a byte that changes on the way is noticed by the server, which stores nothing',
  async (t) => {
    await swift.makeBucket('liar');
    const opened = await openStore(image.store);
    const s3 = settingsOf({ endpoint: await startLiar(t) });
    const error = await failureOf(t, opened.pushTo('s3://liar', { s3 }));
    t.is(error.code, 'STORE_S3_DIGEST', error.message);
    t.deepEqual(await objectsOf('liar'), ['nacre-images.json', 'nacre-store.json']);
  },
);

test.serial(
  'damage in a bucket is found, and sent again from a folder that is whole',
  async (t) => {
    await swift.makeBucket('damage');
    const opened = await openStore(image.store);
    const [s3, place] = [settingsOf(), 's3://damage/deep'];
    await opened.pushTo(place, { s3 });
    const bytes = await readFile(path.join(image.store, image.packFile));
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await swift.ask('PUT', `damage/deep/${image.packFile}`, { body: bytes });
    const there = await openStore(place, { s3 });
    const before = await there.check({ deep: true });
    t.deepEqual(
      before.problems.map(({ code }) => code),
      ['STORE_CHUNK_DAMAGED'],
    );
    t.like(await opened.pushTo(place, { s3 }), { packs: 0 }, 'its index is right');
    const report = await opened.pushTo(place, { s3 }, { check: true });
    t.like(report, { packs: 1, damagedPacks: [] });
    t.deepEqual((await there.check({ deep: true })).problems, []);
    // One that is missing is noticed without reading all.
    await swift.ask('DELETE', `damage/deep/${image.packFile}`);
    t.like(await opened.pushTo(place, { s3 }), { packs: 1 });
    t.deepEqual((await there.check({ deep: true })).problems, []);
  },
);
