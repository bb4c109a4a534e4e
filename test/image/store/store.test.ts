import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { isNacreError, NacreError } from '../../../src/errors.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { packName } from '../../../src/image/store/store-layout.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { publishLetters, requestOf } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !name.startsWith('locks/'))
    .sort();

test('a published version is found by name, id and label and read back', async (t) => {
  const store = await openStore(await temporaryFolder(t), { create: true, now: steppingClock() });
  const version = await publishLetters(store, 'lab-pc', 'AB-0C', { title: '教室' });
  t.is(version.parent, null);
  const expected = { name: 'lab-pc', id: version.id, labels: ['latest'] };
  t.deepEqual(await store.resolve('lab-pc'), expected);
  t.deepEqual(await store.resolve(`lab-pc@${version.id.slice(0, 8).toUpperCase()}`), expected);
  t.deepEqual(await store.resolve('lab-pc:latest'), expected);
  const manifest = await store.readManifest(version.id);
  t.is(manifest.title, '教室');
  t.is(manifest.partitions[0]?.digests.length, 3 * 32);
  const packs = await store.packsOf(version.id);
  t.deepEqual(
    packs.map((pack) => pack.id),
    [...version.newPacks],
  );
  t.is(packs[0]?.sizeBytes, version.storedBytes);
  t.deepEqual(await store.readSignatures(version.id), []);
});

test('a second capture stores only new chunks and names its parent', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true, now: steppingClock() });
  const first = await publishLetters(store, 'lab-pc', 'ABCD');
  const second = await publishLetters(store, 'lab-pc', 'ABXD');
  t.is(second.parent, first.id);
  const packs = await store.packsOf(second.id);
  t.is(packs.length, 2);
  t.is(packs.find((pack) => pack.id === second.newPacks[0])?.digests.length, 32);
  const same = await publishLetters(store, 'lab-pc', 'ABXD');
  t.deepEqual([same.storedBytes, same.newPacks], [0, []]);
  t.deepEqual((await store.resolve('lab-pc')).id, same.id);
});

test('chunks of another image are reused, those of another digest are not', async (t) => {
  const store = await openStore(await temporaryFolder(t), { create: true, now: steppingClock() });
  await publishLetters(store, 'one', 'ABCD');
  const other = await publishLetters(store, 'two', 'CDEF', { parent: null });
  t.is(other.parent, null);
  t.is((await store.packsOf(other.id)).length, 2);
  const session = await store.beginCapture({ name: 'three', algorithm: 2 });
  t.is(session.knownDigests().length, 0);
  await session.abort();
  await session.abort();
});

test('an id that two versions begin with, a wrong name and a missing one are told apart', async (t) => {
  const store = await openStore(await temporaryFolder(t), { create: true, now: steppingClock() });
  await publishLetters(store, 'lab-pc', 'A');
  const codeOf = async (image: string): Promise<string> => {
    const error = await t.throwsAsync(store.resolve(image), { instanceOf: NacreError });
    return `${error?.code} ${error?.exitCode}`;
  };
  for (const image of [
    '',
    '.x',
    'a/b',
    '../x',
    'lab-pc@1234567',
    'lab-pc@zzzzzzzz',
    'lab-pc:',
    'A',
  ]) {
    t.is(await codeOf(image), 'IMAGE_NAME 2', image);
  }
  t.is(await codeOf('lab-pc@00000000'), 'IMAGE_NOT_FOUND 1');
  t.is(await codeOf('lab-pc:stable'), 'IMAGE_NOT_FOUND 1');
  const missing = await t.throwsAsync(store.resolve('lab-cp'), { instanceOf: NacreError });
  t.true(missing?.hint.includes('lab-pc'), missing?.hint);
});

test('the same image is captured once at a time, different ones side by side', async (t) => {
  const store = await openStore(await temporaryFolder(t), { create: true });
  const one = await store.beginCapture({ name: 'one', algorithm: 1 });
  const two = await store.beginCapture({ name: 'two', algorithm: 1 });
  const error = await t.throwsAsync(store.beginCapture({ name: 'one', algorithm: 1 }), {
    instanceOf: NacreError,
  });
  t.is(error?.code, 'STORE_BUSY');
  t.is(error?.exitCode, 3);
  t.is(error?.facts['pid'], String(process.pid));
  t.regex(String(error?.facts['since']), /^20\d\d-.*Z$/);
  const versions = await Promise.all([
    one.publish(await requestOf(one, 'AB')),
    two.publish(await requestOf(two, 'BC')),
  ]);
  for (const version of versions) {
    t.is((await store.resolve(version.name)).id, version.id);
    await store.packsOf(version.id);
  }
  await (await store.beginCapture({ name: 'one', algorithm: 1 })).abort();
});

test('an aborted capture leaves nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true });
  const session = await store.beginCapture({ name: 'one', algorithm: 1 });
  await requestOf(session, 'AB');
  await session.abort();
  t.deepEqual(await filesOf(folder), ['nacre-store.json']);
});

test('a version whose chunks are in no pack is not published', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true });
  const session = await store.beginCapture({ name: 'one', algorithm: 1 });
  const request = await requestOf(session, 'AB');
  const error = await t.throwsAsync(session.publish({ ...request, packs: [] }));
  t.true(isNacreError(error, 'STORE_CHUNK_MISSING'));
  t.deepEqual(await filesOf(folder), ['nacre-store.json']);
});

test('a native pack that is shorter than its frames is not published', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true });
  const session = await store.beginCapture({ name: 'one', algorithm: 1 });
  const request = await requestOf(session, 'AB');
  await writeFile(request.packs[0]?.path ?? '', 'short');
  const error = await t.throwsAsync(session.publish(request));
  t.true(isNacreError(error, 'STORE_FILE_LENGTH'));
  t.deepEqual(await filesOf(folder), ['nacre-store.json']);
});

test('what a crashed capture left is swept by the next one', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true });
  await writeFile(path.join(folder, 'leases', 'dead.json'), '{}');
  await mkdir(path.join(folder, 'tmp', 'dead'));
  await writeFile(path.join(folder, 'tmp', 'dead', '0.pack'), 'frames');
  await writeFile(path.join(folder, 'tmp', 'half-written'), 'json');
  await (await store.beginCapture({ name: 'one', algorithm: 1 })).abort();
  t.deepEqual(await filesOf(folder), ['nacre-store.json']);
});

test('a locator that is missing or damaged is made again from the packs', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true, now: steppingClock() });
  await publishLetters(store, 'one', 'ABCD');
  const version = await publishLetters(store, 'one', 'ABXD');
  const locator = path.join(folder, 'locators', `${version.id}.locator`);
  for (const damage of [() => rm(locator), () => writeFile(locator, '{"packs":["x"]}')]) {
    await damage();
    t.is((await store.packsOf(version.id)).length, 2);
    t.true((await filesOf(folder)).includes(`locators/${version.id}.locator`));
  }
});

test('a missing pack is named with the version that needs it', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true });
  const version = await publishLetters(store, 'one', 'ABCD');
  await rm(path.join(folder, packName(version.newPacks[0] ?? '')));
  const error = await t.throwsAsync(store.packsOf(version.id), { instanceOf: NacreError });
  t.is(error?.code, 'STORE_PACK_MISSING');
  t.true(error?.message.includes(version.id));
  t.true(error?.message.includes(version.newPacks[0] ?? '-'));
  await rm(path.join(folder, 'locators', `${version.id}.locator`));
  const unlocated = await t.throwsAsync(store.packsOf(version.id));
  t.true(isNacreError(unlocated, 'STORE_CHUNK_MISSING'));
});

test('a folder that is no store, not empty, or of another format is refused, and an address of another scheme', async (t) => {
  const folder = await temporaryFolder(t);
  const codeOf = async (location: string, create: boolean): Promise<string | undefined> =>
    (await t.throwsAsync(openStore(location, { create }), { instanceOf: NacreError }))?.code;
  t.is(await codeOf(folder, false), 'STORE_NOT_FOUND');
  t.is(await codeOf('ftp://bucket/store', false), 'STORE_ADDRESS');
  await writeFile(path.join(folder, 'letter.txt'), 'mine');
  t.is(await codeOf(folder, true), 'STORE_NOT_EMPTY');
  await writeFile(path.join(folder, 'nacre-store.json'), '{"format":2}');
  t.is(await codeOf(folder, true), 'STORE_FORMAT');
  await writeFile(path.join(folder, 'nacre-store.json'), '{');
  t.is(await codeOf(folder, false), 'STORE_FORMAT');
});
