/** The program as it is built: how it starts. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../..');
const CLI = path.join(ROOT, 'dist/cli');
const DIGEST_BYTES = 32;
/** Says whether V8 refuses what is behind the digest. */
const VERDICT = `
  const [{ readFileSync }, { wrap }, { Script }] = ['fs', 'module', 'vm'].map((name) => require(name));
  const [, file] = process.argv;
  const cachedData = readFileSync(file + '.cache').subarray(${DIGEST_BYTES});
  console.log(new Script(wrap(readFileSync(file, 'latin1')), { cachedData }).cachedDataRejected);
`;

/** A program folder of its own with this code cache, or none. */
const withCache = async (t: ExecutionContext, cache?: Buffer): Promise<string> => {
  const folder = await temporaryFolder(t);
  const cli = path.join(folder, 'dist/cli');
  await mkdir(cli, { recursive: true });
  await symlink(path.join(ROOT, 'build'), path.join(folder, 'build'));
  await copyFile(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
  for (const name of ['main.cjs', 'nacre.cjs'])
    await copyFile(path.join(CLI, name), path.join(cli, name));
  if (cache !== undefined) await writeFile(path.join(cli, 'nacre.cjs.cache'), cache);
  return path.join(cli, 'main.cjs');
};

test('V8 takes what the build made of the program', async (t) => {
  const { stdout } = await run(process.execPath, ['-e', VERDICT, path.join(CLI, 'nacre.cjs')]);
  t.is(stdout, 'false\n');
});

test('a code cache that is missing, cut, damaged or of other sources changes nothing', async (t) => {
  const cache = await readFile(path.join(CLI, 'nacre.cjs.cache'));
  const damaged = Buffer.from(cache);
  damaged.fill(0xff, cache.length >> 1, (cache.length >> 1) + 4096);
  const ofAnother = Buffer.from(cache);
  ofAnother.fill(0x5a, 0, DIGEST_BYTES);
  for (const bytes of [undefined, Buffer.alloc(0), cache.subarray(0, -1), damaged, ofAnother]) {
    const main = await withCache(t, bytes);
    const { stdout } = await run(process.execPath, [main, '--version']);
    t.regex(stdout, /^\d+\.\d+\.\d+\n$/);
  }
});
