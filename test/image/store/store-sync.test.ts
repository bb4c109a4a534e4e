import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { packName } from '../../../src/image/store/store-layout.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { withFlippedByte } from '../../helpers/damage.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const newStore = async (t: ExecutionContext): Promise<ImageStore> =>
  openStore(await temporaryFolder(t), { create: true, now: steppingClock() });

const NOTHING = { versions: 0, packs: 0, bytes: 0, damagedPacks: [] };

test('versions, labels and signatures come over, and only missing packs are copied', async (t) => {
  const [from, to] = [await newStore(t), await newStore(t)];
  const first = await publishLetters(from, 'one', 'ABCD');
  await from.label('one', 'stable');
  t.deepEqual(await to.syncFrom(from), {
    ...NOTHING,
    versions: 1,
    packs: 1,
    bytes: first.storedBytes,
  });
  t.deepEqual(await to.resolve('one'), await from.resolve('one'));
  const second = await publishLetters(from, 'one', 'ABXD');
  t.deepEqual(await to.syncFrom(from), {
    ...NOTHING,
    versions: 1,
    packs: 1,
    bytes: second.storedBytes,
  });
  t.deepEqual(await to.syncFrom(from), NOTHING);
  t.is((await to.resolve('one')).id, second.id);
  t.is((await to.resolve('one:stable')).id, first.id);
  t.deepEqual((await to.check({ deep: true })).problems, []);
});

test('what the other store has of its own stays, and what it removed stays removed', async (t) => {
  const [from, to] = [await newStore(t), await newStore(t)];
  const own = await publishLetters(to, 'own', 'XY');
  const first = await publishLetters(from, 'one', 'ABCD');
  await to.syncFrom(from);
  await to.remove('one');
  await to.syncFrom(from);
  t.deepEqual(
    (await to.bin.list()).map((entry) => entry.id),
    [first.id],
  );
  t.is((await to.resolve('own')).id, own.id);
});

test('a pack that is cut off in the other store is replaced', async (t) => {
  const [from, to] = [await newStore(t), await newStore(t)];
  const version = await publishLetters(from, 'one', 'ABCD');
  await to.syncFrom(from);
  await truncate(path.join(to.location, packName(version.newPacks[0] ?? '')), 500);
  t.false((await to.check({ deep: false })).ok);
  t.is((await to.syncFrom(from)).packs, 1);
  t.true((await to.check({ deep: true })).ok);
});

const flipFrame = async (store: ImageStore, pack: string): Promise<void> => {
  const file = path.join(store.location, packName(pack));
  await writeFile(file, withFlippedByte(await readFile(file), 70_000));
};

test('a pack whose frames are damaged is replaced when the chunks are checked', async (t) => {
  const [from, to] = [await newStore(t), await newStore(t)];
  const version = await publishLetters(from, 'one', 'ABCD');
  await publishLetters(from, 'one', 'ABXD');
  await to.syncFrom(from);
  await flipFrame(to, version.newPacks[0] ?? '');
  t.is((await to.syncFrom(from)).packs, 0);
  const report = await to.syncFrom(from, { check: true });
  t.deepEqual([report.packs, report.damagedPacks], [1, []]);
  t.true((await to.check({ deep: true })).ok);
  t.is((await to.syncFrom(from, { check: true })).packs, 0);
});

test('a damaged pack goes when the source has its chunks in other packs', async (t) => {
  const [from, to] = [await newStore(t), await newStore(t)];
  const old = await publishLetters(from, 'one', 'ABCDEFGH');
  const kept = await publishLetters(from, 'one', 'ABXY');
  await to.syncFrom(from);
  for (const store of [from, to]) {
    await store.remove(`one@${old.id}`);
    await store.bin.empty();
  }
  t.is((await from.gc({ dryRun: false })).rewrittenPacks, 1);
  await flipFrame(to, old.newPacks[0] ?? '');
  t.deepEqual((await to.syncFrom(from, { check: true })).damagedPacks, []);
  t.true((await to.check({ deep: true })).ok);
  await to.gc({ dryRun: false });
  t.deepEqual((await to.verify(kept.id)).damaged, []);
});

test('a damaged pack that only the other store has stays and is named', async (t) => {
  const [from, to] = [await newStore(t), await newStore(t)];
  await publishLetters(from, 'one', 'ABCD');
  const own = await publishLetters(to, 'own', 'XYZ');
  await flipFrame(to, own.newPacks[0] ?? '');
  const report = await to.syncFrom(from, { check: true });
  t.deepEqual(report.damagedPacks, own.newPacks);
  t.is((await to.verify(own.id)).damaged.length, 1);
});

test('damage of the source does not come over', async (t) => {
  const [from, to] = [await newStore(t), await newStore(t)];
  const version = await publishLetters(from, 'one', 'ABCD');
  const pack = path.join(from.location, packName(version.newPacks[0] ?? ''));
  await writeFile(pack, withFlippedByte(await readFile(pack), 40));
  const error = await t.throwsAsync(to.syncFrom(from));
  t.true(isNacreError(error, 'STORE_CHUNK_DAMAGED'));
  t.deepEqual(await to.list(), []);
  t.is((await to.gc({ dryRun: false })).freedBytes, 0);
});
