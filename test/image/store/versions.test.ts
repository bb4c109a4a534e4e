import { generateKeyPairSync } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ErrorCode } from '../../../src/errors.ts';
import { checkSignatures, checkTrust } from '../../../src/image/store/signature.ts';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const CHUNK = 65_536;

const newStore = async (t: ExecutionContext): Promise<ImageStore> =>
  openStore(await temporaryFolder(t), { create: true, now: steppingClock() });

const fails = (t: ExecutionContext, work: Promise<unknown>, code: ErrorCode) =>
  t.throwsAsync(work, { code });

const packsIn = async (store: ImageStore): Promise<readonly string[]> =>
  (await readdir(path.join(store.location, 'packs'), { recursive: true })).sort();

test('a tree has parents, changed bytes, labels and creators', async (t) => {
  const store = await newStore(t);
  const one = await publishLetters(store, 'lab', 'ABCD', { comment: '最初' });
  const two = await publishLetters(store, 'lab', 'ABXD', { comment: 'second' });
  const other = await publishLetters(store, 'lab', 'YBCD', { parent: one.id });
  await store.label(`lab@${two.id}`, 'stable');
  const tree = await store.tree('lab');
  t.deepEqual(
    tree.map(({ id, parent, parentState, changedChunks, labels, comment }) => {
      return [id, parent, parentState, changedChunks, labels, comment];
    }),
    [
      [one.id, null, null, null, [], '最初'],
      [two.id, one.id, 'here', 1, ['stable'], 'second'],
      [other.id, one.id, 'here', 1, ['latest'], ''],
    ],
  );
  t.like(tree[1], { changedBytes: CHUNK, usedBytes: 4 * CHUNK, creator: 'test', signatures: 0 });
  await fails(t, store.tree('none'), 'IMAGE_NOT_FOUND');
});

test('a label goes back step by step, past versions that are gone', async (t) => {
  const store = await newStore(t);
  const ids: string[] = [];
  const idAt = (index: number): string => ids[index] ?? '';
  for (const letters of ['A', 'B', 'C', 'D']) {
    const { id } = await publishLetters(store, 'lab', letters);
    ids.push(id);
    await store.label(`lab@${id}`, 'stable');
  }
  const stable = async () => (await store.labels('lab')).find(({ label }) => label === 'stable');
  t.like(await stable(), { id: ids[3], earlier: ids[2] });
  await store.remove(`lab@${ids[2]}`);
  t.is((await stable())?.earlier, ids[1]);
  t.is((await store.rollBack('lab:stable')).id, idAt(1));
  t.is((await store.rollBack('lab:stable')).id, idAt(0));
  await fails(t, store.rollBack('lab:stable'), 'IMAGE_NO_EARLIER');
  t.is((await store.resolve('lab:stable')).id, idAt(0));
  // Every move is in the history: four that were made, and two back.
  t.is((await stable())?.history.length, 6);
  t.is((await store.resolve('lab')).id, idAt(3));
  t.is((await store.rollBack('lab')).id, idAt(1));
  await fails(t, store.rollBack('lab:none'), 'IMAGE_NO_EARLIER');
  await fails(t, store.rollBack(`lab@${ids[0]}`), 'IMAGE_NAME');
  await fails(t, store.rollBack('none:stable'), 'IMAGE_NOT_FOUND');
  // A label whose version lies in the bin comes back to the one before.
  await store.remove(`lab@${ids[1]}`);
  t.like(await store.rollBack('lab'), { id: ids[0] });
});

test('a branch copies no chunk, has an id and a signature of its own, and outlives its source', async (t) => {
  const store = await newStore(t);
  const pem = (key: ReturnType<typeof generateKeyPairSync>['privateKey']): string =>
    key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const trusted = [publicKey.export({ type: 'spki', format: 'pem' }).toString()];
  const base = await publishLetters(store, 'base', 'ABCD', {
    comment: 'OS',
    sign: pem(privateKey),
  });
  const packs = await packsIn(store);
  const branch = await store.branch({ from: 'base', name: 'lab-pc', creator: 'me' });
  t.like(branch, { name: 'lab-pc', parent: base.id, storedBytes: 0 });
  t.not(branch.id, base.id);
  t.deepEqual(await packsIn(store), packs);
  t.deepEqual(await store.readSignatures(branch.id), []);
  t.throws(() => checkTrust(branch.id, [], trusted), { code: 'IMAGE_UNTRUSTED' });
  const signed = { from: 'base', name: 'kiosk', creator: 'me', title: 'キオスク' };
  const kiosk = await store.branch({ ...signed, sign: pem(privateKey) });
  t.deepEqual(
    checkSignatures(kiosk.id, await store.readSignatures(kiosk.id)).map(({ isRight }) => isRight),
    [true],
  );
  t.like(await store.inspect('kiosk'), { manifest: { title: 'キオスク', comment: 'OS' } });
  t.like((await store.tree('lab-pc'))[0], {
    ...{ parentImage: 'base', parentState: 'here', changedChunks: 0, creator: 'me' },
  });
  await fails(t, store.branch(signed), 'IMAGE_EXISTS');
  await fails(t, store.branch({ ...signed, name: 'No' }), 'IMAGE_NAME');
  await fails(t, store.branch({ ...signed, from: 'none', name: 'x' }), 'IMAGE_NOT_FOUND');
  await store.remove('base');
  await store.bin.empty();
  await store.gc({ dryRun: false });
  t.is((await store.verify(branch.id)).checkedChunks, 4);
  t.deepEqual((await store.check({ deep: true })).problems, []);
});

test('space says what would be freed, what is shared with whom, and why the rest stays', async (t) => {
  const store = await newStore(t);
  const one = await publishLetters(store, 'lab', 'ABCDEF');
  const two = await publishLetters(store, 'lab', 'ABCDXX');
  await publishLetters(store, 'kiosk', 'ABKKKK', { parent: null });
  const before = await store.space();
  t.is(before.neededBytes, 8 * CHUNK);
  t.deepEqual([before.unneededBytes, before.binBytes, before.gcBytes, before.kept], [0, 0, 0, []]);
  const lab = before.images.find(({ name }) => name === 'lab');
  t.like(lab, { storedBytes: 7 * CHUNK, ownBytes: 5 * CHUNK });
  t.like(lab?.versions[0], {
    ...{ id: one.id, storedBytes: 6 * CHUNK, ownBytes: 2 * CHUNK, isInBin: false },
    sharedWith: [
      { name: 'kiosk', bytes: 2 * CHUNK },
      { name: 'lab', bytes: 4 * CHUNK },
    ],
  });
  t.like(lab?.versions[1], { id: two.id, ownBytes: CHUNK, labels: ['latest'] });

  await store.remove(`lab@${one.id}`);
  t.like(await store.space(), { binBytes: 2 * CHUNK, unneededBytes: 0, gcBytes: 0 });
  await store.bin.empty();
  // Two thirds of the pack are needed: gc leaves it, and only the files of the version go.
  const after = await store.space();
  t.is(after.unneededBytes, 2 * CHUNK);
  t.deepEqual(after.kept, [{ reason: 'pack', packs: 1, bytes: 2 * CHUNK }]);
  t.true(after.gcBytes < CHUNK);
  t.is((await store.gc({ dryRun: false })).freedBytes, after.gcBytes);

  await store.remove(`lab@${two.id}`);
  await store.bin.empty();
  await store.withPacks((await store.resolve('kiosk')).id, async () => {
    t.is((await store.space()).kept[0]?.reason, 'held');
  });
  const last = await store.space();
  t.deepEqual(last.kept, []);
  t.true(last.gcBytes > 4 * CHUNK);
});
