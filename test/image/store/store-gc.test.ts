import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { publishLetters, requestOf } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const newStore = async (t: ExecutionContext): Promise<{ folder: string; store: ImageStore }> => {
  const folder = await temporaryFolder(t);
  return { folder, store: await openStore(folder, { create: true, now: steppingClock() }) };
};

const sizeOf = async (folder: string): Promise<number> => {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && /^(manifests|packs|locators|tmp)\//.test(path.relative(folder, file))) {
      bytes += (await stat(file)).size;
    }
  }
  return bytes;
};

const remove = async (store: ImageStore, name: string, id: string): Promise<void> => {
  await store.remove(`${name}@${id}`);
  await store.bin.empty();
};

const NOTHING = { freedBytes: 0, deletedPacks: 0, rewrittenPacks: 0, deletedVersions: 0 };

test('a store in which everything is needed stays as it is', async (t) => {
  const { store } = await newStore(t);
  await publishLetters(store, 'one', 'ABCD');
  await publishLetters(store, 'one', 'ABXD');
  t.deepEqual(await store.gc({ dryRun: true }), NOTHING);
  t.deepEqual(await store.gc({ dryRun: false }), NOTHING);
});

test('a version in the bin is kept; after the bin is emptied its packs go', async (t) => {
  const { folder, store } = await newStore(t);
  const one = await publishLetters(store, 'one', 'ABCD');
  const two = await publishLetters(store, 'two', 'EFGH', { parent: null });
  await store.remove(`one@${one.id}`);
  t.deepEqual(await store.gc({ dryRun: false }), NOTHING);
  await store.bin.empty();
  const before = await sizeOf(folder);
  const planned = await store.gc({ dryRun: true });
  t.is(await sizeOf(folder), before);
  const done = await store.gc({ dryRun: false });
  t.deepEqual(done, planned);
  t.is(done.freedBytes, before - (await sizeOf(folder)));
  t.deepEqual([done.deletedPacks, done.deletedVersions], [1, 1]);
  t.true((await store.check({ deep: true })).ok);
  t.deepEqual((await store.verify(two.id)).damaged, []);
});

test('a pack of which less than half is alive is rewritten, ids stay', async (t) => {
  const { folder, store } = await newStore(t);
  const old = await publishLetters(store, 'one', 'ABCDEFGH');
  const child = await publishLetters(store, 'one', 'ABXY');
  await remove(store, 'one', old.id);
  const before = await sizeOf(folder);
  const done = await store.gc({ dryRun: false });
  t.deepEqual([done.deletedPacks, done.rewrittenPacks], [0, 1]);
  t.is(done.freedBytes, before - (await sizeOf(folder)));
  t.true(done.freedBytes > 5 * 65_536);
  t.is((await store.resolve('one')).id, child.id);
  t.is((await store.verify(child.id)).checkedChunks, 4);
  t.deepEqual((await store.check({ deep: true })).problems, []);
  t.deepEqual(await store.gc({ dryRun: false }), NOTHING);
});

test('chunks that two captures stored at the same time are kept once', async (t) => {
  const { store } = await newStore(t);
  const one = await store.beginCapture({ name: 'one', algorithm: 1 });
  const two = await store.beginCapture({ name: 'two', algorithm: 1 });
  const versions = [
    await one.publish(await requestOf(one, 'ABCD')),
    await two.publish(await requestOf(two, 'ABCDE')),
  ];
  const done = await store.gc({ dryRun: false });
  t.is(done.deletedPacks, 1);
  for (const version of versions) t.deepEqual((await store.verify(version.id)).damaged, []);
  t.true((await store.check({ deep: true })).ok);
});

test('what a running capture counts on is kept, also when its parent is removed', async (t) => {
  const { store } = await newStore(t);
  const parent = await publishLetters(store, 'one', 'ABCD');
  const session = await store.beginCapture({ name: 'one', algorithm: 1 });
  const request = await requestOf(session, 'ABCX');
  await remove(store, 'one', parent.id);
  t.deepEqual(await store.gc({ dryRun: false }), NOTHING);
  const child = await session.publish(request);
  t.is(child.parent, parent.id);
  const done = await store.gc({ dryRun: false });
  t.deepEqual([done.deletedPacks, done.deletedVersions], [0, 1]);
  t.deepEqual((await store.verify(child.id)).damaged, []);
});

test('captures and collections side by side lose nothing', async (t) => {
  const { store } = await newStore(t);
  const letters = ['ABCDEFGH', 'ABIJKLMN', 'OPQRSTAB', 'UVWXYZAB', 'ABCDOPUV'];
  const captures = letters.map(async (disk, index) => {
    const old = await publishLetters(store, `image-${index}`, disk);
    await publishLetters(store, `image-${index}`, `${disk.slice(0, 2)}${index}`);
    await store.remove(`image-${index}@${old.id}`);
  });
  const collect = async (): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      await store.bin.empty();
      await store.gc({ dryRun: false });
    }
  };
  await Promise.all([...captures, collect()]);
  await store.bin.empty();
  await store.gc({ dryRun: false });
  t.deepEqual((await store.check({ deep: true })).problems, []);
  t.is((await store.list()).length, 5);
});

test('leftovers of a crash are counted and swept', async (t) => {
  const { folder, store } = await newStore(t);
  await writeFile(path.join(folder, 'tmp', 'left'), Buffer.alloc(1000));
  t.is((await store.gc({ dryRun: true })).freedBytes, 1000);
  t.is((await store.gc({ dryRun: false })).freedBytes, 1000);
  t.is((await store.gc({ dryRun: false })).freedBytes, 0);
});

test('a store with damage is left as it is', async (t) => {
  const { folder, store } = await newStore(t);
  await publishLetters(store, 'one', 'AB');
  await writeFile(path.join(folder, 'images', 'one.json'), '{}');
  const before = await sizeOf(folder);
  const error = await t.throwsAsync(store.gc({ dryRun: false }));
  t.true(isNacreError(error, 'STORE_IMAGE_DAMAGED'));
  t.is(await sizeOf(folder), before);
});
