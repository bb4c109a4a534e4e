/** Reading packs beside garbage collection. */
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { applyRestore } from '../../../src/image/restore.ts';
import { planRestore } from '../../../src/image/restore-plan.ts';
import { type ImageStore, openStore } from '../../../src/image/store/store.ts';
import { steppingClock } from '../../helpers/clock.ts';
import { chunkOf, publishLetters } from '../../helpers/hand-made-image.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const newStore = async (t: ExecutionContext): Promise<{ folder: string; store: ImageStore }> => {
  const folder = await temporaryFolder(t);
  const location = path.join(folder, 'store');
  return { folder, store: await openStore(location, { create: true, now: steppingClock() }) };
};

const remove = async (store: ImageStore, name: string, id: string): Promise<void> => {
  await store.remove(`${name}@${id}`);
  await store.bin.empty();
};

test('what is read is kept although its version is gone, until it has been read', async (t) => {
  const { store } = await newStore(t);
  const old = await publishLetters(store, 'one', 'ABCD');
  await publishLetters(store, 'two', 'AXYZ');
  await store.withPacks(old.id, async (packs) => {
    await remove(store, 'one', old.id);
    await store.gc({ dryRun: false });
    t.true(packs.length > 0 && packs.every((pack) => existsSync(pack.path)));
    t.deepEqual((await store.readManifest(old.id)).name, 'one');
  });
  t.is((await store.gc({ dryRun: false })).rewrittenPacks, 1);
  t.deepEqual(await readdir(path.join(store.location, 'leases')), []);
});

test('restores go on while the packs of their version are rewritten', async (t) => {
  const { folder, store } = await newStore(t);
  const target = path.join(folder, 'target.img');
  await publishLetters(store, 'kept', 'AB');
  let isBusy = true;
  let goneCount = 0;
  const collectOnce = async (): Promise<void> => {
    const { rewrittenPacks, deletedPacks } = await store.gc({ dryRun: false });
    goneCount += rewrittenPacks + deletedPacks;
  };
  const collect = async (): Promise<void> => {
    for (let round = 0; isBusy || round < 3; round++) {
      const letters = Array.from({ length: 8 }, (_, chunk) =>
        String.fromCharCode(0x4e00 + round * 8 + chunk),
      );
      const whole = await publishLetters(store, 'whole', letters.join(''), { parent: null });
      // Two of its eight chunks stay needed: the pack is rewritten.
      await publishLetters(store, 'kept', letters.slice(0, 2).join(''));
      await remove(store, 'whole', whole.id);
      await collectOnce();
    }
  };
  const collecting = collect();
  for (let round = 0; round < 20; round++) {
    await writeFile(target, chunkOf('-').toString().repeat(2));
    const plan = await planRestore({ store, image: 'kept', path: target });
    const { writtenBytes } = await applyRestore(plan, { savedTable: `${target}.${round}` });
    t.is(writtenBytes, 2 * 65_536);
  }
  isBusy = false;
  await collecting;
  // What a restore held at its time goes afterwards: rewritten, or deleted where its copy was made already.
  await collectOnce();
  t.true(goneCount > 2);
  t.like(await store.gc({ dryRun: true }), { rewrittenPacks: 0, deletedPacks: 0 });
  t.deepEqual((await store.check({ deep: true })).problems, []);
});
