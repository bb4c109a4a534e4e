import { readFileSync, writeFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const newStore = async (t: ExecutionContext): Promise<ImageStore> =>
  openStore(await temporaryFolder(t), { create: true, now: steppingClock() });

test('images are listed with versions, labels and the bytes of their packs', async (t) => {
  const store = await newStore(t);
  t.deepEqual(await store.list(), []);
  const first = await publishLetters(store, 'two', 'AB', { title: 'Two' });
  const second = await publishLetters(store, 'two', 'AC');
  await publishLetters(store, 'one', 'A', { parent: null });
  const [one, two] = await store.list();
  t.is(one?.name, 'one');
  t.is(one?.storedBytes, first.storedBytes);
  t.is(two?.title, 'Two');
  t.is(two?.latest, second.id);
  t.is(two?.storedBytes, first.storedBytes + second.storedBytes);
  t.deepEqual(
    two?.versions.map(({ id, labels }) => [id, labels]),
    [
      [first.id, []],
      [second.id, ['latest']],
    ],
  );
});

test('a label moves with its history and names a version', async (t) => {
  const store = await newStore(t);
  const first = await publishLetters(store, 'one', 'A');
  const second = await publishLetters(store, 'one', 'B');
  t.deepEqual((await store.label(`one@${first.id}`, 'stable')).labels, ['stable']);
  t.is((await store.resolve('one:stable')).id, first.id);
  t.deepEqual((await store.label('one', 'stable')).labels, ['latest', 'stable']);
  t.is((await store.resolve('one:stable')).id, second.id);
  const error = await t.throwsAsync(store.label('one', 'Not a label'));
  t.true(isNacreError(error, 'IMAGE_NAME'));
});

test('a removed version lies in the bin until it is brought back or the bin is emptied', async (t) => {
  const store = await newStore(t);
  const first = await publishLetters(store, 'one', 'A');
  const second = await publishLetters(store, 'one', 'B');
  t.is((await store.remove('one')).id, second.id);
  t.is((await store.resolve('one')).id, first.id);
  t.true(isNacreError(await t.throwsAsync(store.resolve(`one@${second.id}`)), 'IMAGE_IN_BIN'));
  t.deepEqual(
    (await store.bin.list()).map(({ name, id, labels }) => [name, id, labels]),
    [['one', second.id, ['latest']]],
  );
  t.is((await store.bin.restore('one')).id, second.id);
  t.true(isNacreError(await t.throwsAsync(store.bin.restore('one')), 'IMAGE_NOT_FOUND'));
  t.true(isNacreError(await t.throwsAsync(store.bin.restore('none')), 'IMAGE_NOT_FOUND'));
  await store.remove(`one@${first.id}`);
  await store.remove(`one@${second.id}`);
  t.deepEqual(await store.list(), []);
  t.true(isNacreError(await t.throwsAsync(store.resolve('one')), 'IMAGE_IN_BIN'));
  t.is(await store.bin.empty(), 2);
  t.is(await store.bin.empty(), 0);
  t.true(isNacreError(await t.throwsAsync(store.resolve('one')), 'IMAGE_NOT_FOUND'));
});

test('a child is whole after its parent is gone', async (t) => {
  const store = await newStore(t);
  const parent = await publishLetters(store, 'one', 'AB');
  const child = await publishLetters(store, 'one', 'AC');
  await store.remove(`one@${parent.id}`);
  await store.bin.empty();
  await store.gc({ dryRun: false });
  t.deepEqual((await store.verify(child.id)).damaged, []);
  t.is((await store.inspect('one')).manifest.parent, parent.id);
});

test('a version is signed at capture or later, and inspected with its signers', async (t) => {
  const store = await newStore(t);
  const [release, site] = [makeKeyPair(), makeKeyPair()];
  const { id } = await publishLetters(store, 'one', 'A', { sign: release.privatePem });
  t.is((await store.inspect('one')).signatures.length, 1);
  await store.sign(id, site.privatePem);
  await store.sign(id, site.privatePem);
  t.is((await store.readSignatures(id)).length, 2);
  t.is((await store.resolve('one')).id, id);
});

test('two versions are compared by name', async (t) => {
  const store = await newStore(t);
  const first = await publishLetters(store, 'one', 'ABC');
  await publishLetters(store, 'one', 'AXC');
  const difference = await store.diff(`one@${first.id}`, 'one');
  t.deepEqual([difference.chunks, difference.bytes], [1, 65_536]);
});

test('the list of images follows every change, and gc makes a lost one again', async (t) => {
  const store = await newStore(t);
  const file = `${store.location}/nacre-images.json`;
  const listed = (): string => readFileSync(file, 'utf8');
  await publishLetters(store, 'two', 'A');
  await publishLetters(store, 'one', 'A', { parent: null });
  t.is(listed(), '{"names":["one","two"]}\n');
  await store.remove('two');
  t.is(listed(), '{"names":["one","two"]}\n', 'the bin belongs to an image');
  await store.bin.empty();
  t.is(listed(), '{"names":["one"]}\n');
  writeFileSync(file, '{');
  await store.gc({ dryRun: true });
  t.is(listed(), '{');
  await store.gc({ dryRun: false });
  t.is(listed(), '{"names":["one"]}\n');
});
