/** A program that publishes, removes and collects is killed again and again: the store is always whole. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { openStore } from '../../src/image/store/store.ts';
import { compiledProgram } from '../helpers/compiled-program.ts';
import { publishLetters } from '../helpers/hand-made-image.ts';
import { Random } from '../helpers/random.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const KILLS = Number(process.env['NACRE_KILLS'] ?? 100);
const WRITER = compiledProgram('store-writer.ts');

/** Runs the writer and kills it some time after it began. */
const killWriter = async (folder: string, seed: number, delayMs: number): Promise<void> => {
  const writer = spawn('node', [WRITER, folder, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(writer.stdout, 'data'), once(writer, 'exit')]);
  await setTimeout(delayMs);
  if (writer.exitCode !== null) throw new Error(`the writer ended with ${writer.exitCode}`);
  writer.kill('SIGKILL');
  await once(writer, 'exit');
};

test('a store is whole after its writer was killed at any moment', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'store');
  const seed = Number(process.env['NACRE_SEED'] ?? 1);
  t.log(`seed ${seed}`);
  const random = new Random(seed);
  for (let kill = 0; kill < KILLS; kill++) {
    await killWriter(folder, seed * 1000 + kill, random.below(800));
    const store = await openStore(folder, { create: true });
    t.deepEqual((await store.check({ deep: true })).problems, [], `kill ${kill}`);
    const { name, id } = await publishLetters(store, 'after', 'ABCX');
    t.is((await store.resolve(name)).id, id);
    t.deepEqual(await readdir(path.join(folder, 'tmp')), []);
  }
  const store = await openStore(folder);
  await store.gc({ dryRun: false });
  t.deepEqual(await readdir(path.join(folder, 'leases')), []);
  t.true((await store.check({ deep: true })).ok);
});
