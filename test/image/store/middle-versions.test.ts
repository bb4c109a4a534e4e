// Removing versions in the middle of a chain, which other products call merging: what is left stays bit for bit the same.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { applyRestore } from '../../../src/image/restore.ts';
import { planRestore } from '../../../src/image/restore-plan.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { compiledProgram } from '../../helpers/compiled-program.ts';
import { type DiskLab, makeLab } from '../../helpers/disk-lab.ts';
import { Noise } from '../../helpers/noise.ts';
import { requires } from '../../helpers/requires.ts';
import { emptyFile, run } from '../../helpers/volumes.ts';

const VERSIONS = 12;
const REMOVED = [1, 2, 4, 5, 6, 8, 10];

/** Each version has a file of its own, keeps some of the older ones, and drops one. */
const captureChain = async (lab: DiskLab): Promise<readonly string[]> => {
  const image = emptyFile(lab.at('volume'), 8);
  run('mke2fs', ['-q', '-F', '-t', 'ext4', image]);
  const ids: string[] = [];
  for (let version = 0; version < VERSIONS; version++) {
    const file = lab.at(`content-${version}`);
    writeFileSync(file, new Noise(`version ${version}`).bytes(300 * 1024));
    run('debugfs', ['-w', '-R', `write ${file} file-${version}`, image]);
    if (version >= 2) run('debugfs', ['-w', '-R', `rm file-${version - 2}`, image]);
    ids.push((await lab.capture(image)).id);
  }
  return ids;
};

let targets = 0;

/** SHA-256 of a disk onto which a version was restored. */
const restored = async (lab: DiskLab, location: string, id: string): Promise<string> => {
  const store = await openStore(location);
  const target = emptyFile(lab.at(`target-${targets++}`), 8);
  const plan = await planRestore({ store, image: `lab@${id}`, path: target });
  await applyRestore(plan, { savedTable: `${target}.table` });
  return createHash('sha256').update(readFileSync(target)).digest('hex');
};

/** Removes for good and collects, cut off before change number `cut`. @returns true when it ran to its end */
const collectCut = (t: ExecutionContext, location: string, cut: number): boolean => {
  const program = compiledProgram('cut-gc-program.ts');
  const { signal, status, stderr } = spawnSync('node', [program, location, String(cut)]);
  t.true(signal === 'SIGKILL' || status === 0, String(stderr));
  return signal === null;
};

test('versions taken out of the middle of a chain of 12 leave every other one bit-identical, whenever the power fails', async (t) => {
  if (!requires(t, 'mke2fs', 'debugfs')) return;
  const lab = await makeLab(t);
  const ids = await captureChain(lab);
  t.is(new Set(ids).size, VERSIONS);
  const kept = ids.filter((_, index) => !REMOVED.includes(index));
  const all = (location: string): Promise<readonly string[]> =>
    Promise.all(kept.map((id) => restored(lab, location, id)));
  const expected = await all(lab.store.location);
  t.is(new Set(expected).size, kept.length);
  for (const index of REMOVED) await lab.store.remove(`lab@${ids[index]}`);

  const before = (await lab.store.space()).packBytes;
  let cuts = 0;
  for (let isWhole = false; !isWhole; cuts++) {
    const location = lab.at(`store-${cuts}`);
    cpSync(lab.store.location, location, { recursive: true });
    isWhole = collectCut(t, location, cuts);
    const store = await openStore(location);
    t.deepEqual((await store.check({ deep: true })).problems, [], `cut ${cuts}`);
    t.deepEqual(await all(location), expected, `cut ${cuts}`);
    // What was cut off is done by the next run.
    await store.bin.empty();
    await store.gc({ dryRun: false });
    t.is((await store.gc({ dryRun: true })).freedBytes, 0);
    t.true((await store.space()).packBytes < before);
    t.deepEqual((await store.check({ deep: true })).problems, []);
    t.deepEqual(await all(location), expected, `after cut ${cuts}`);
  }
  t.true(cuts > 5);
  t.log(`${cuts} cuts`);
});

test('the tree tells of a version whose parent was taken out, and of branches', async (t) => {
  if (!requires(t, 'mke2fs', 'debugfs')) return;
  const lab = await makeLab(t);
  const ids = (await captureChain(lab)).slice(0, 3);
  await lab.store.remove(`lab@${ids[1]}`);
  const states = async () =>
    (await lab.store.tree('lab', { isWithBin: false })).slice(0, 2).map((node) => {
      return [node.id, node.parent, node.parentState, node.changedChunks !== null];
    });
  t.deepEqual(await states(), [
    [ids[0], null, null, false],
    [ids[2], ids[1], 'bin', true],
  ]);
  const withBin = await lab.store.tree('lab', { isWithBin: true });
  t.truthy(withBin.find(({ id }) => id === ids[1])?.removedAt);
  await lab.store.bin.empty();
  await lab.store.gc({ dryRun: false });
  t.deepEqual(await states(), [
    [ids[0], null, null, false],
    [ids[2], ids[1], 'gone', false],
  ]);
});
