/** The program that the boot environment starts, as it is built. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { nacre } from '../helpers/nacre.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const DIST = path.resolve(import.meta.dirname, '../../dist');
const PROGRAM = path.join(DIST, 'cli/merlin.cjs');
const CODE_CACHE = path.resolve(import.meta.dirname, '../../pxe/make/code-cache');
/** Says whether V8 refuses the cache of a program. */
const VERDICT = `
  const [{ readFileSync }, { wrap }, { Script }] = ['fs', 'module', 'vm'].map((name) => require(name));
  const [, file] = process.argv;
  const cachedData = readFileSync(file + '.cache');
  console.log(new Script(wrap(readFileSync(file, 'latin1')), { cachedData }).cachedDataRejected);
`;
/** What differs between two looks at one machine. */
const withoutMemory = (text: string): string => text.replace(/(memory|メモリー): .*/, '');

test("Merlin's own program says what nacre merlin says, in the language of the device", async (t) => {
  for (const language of ['en', 'ja']) {
    const env = { NACRE_LANG: language, NACRE_WHY: 'job' };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM], { env });
    const { exitCode, stderr: expected } = await nacre(['merlin'], { environment: env });
    t.is(exitCode, 0);
    t.is(stdout, '');
    t.regex(stderr, language === 'ja' ? /起動理由: job/ : /started because: job/);
    t.is(withoutMemory(stderr), withoutMemory(expected));
  }
});

test("Merlin's own program refuses a language that it does not speak, like every command", async (t) => {
  const run = promisify(execFile)(process.execPath, [PROGRAM], { env: { NACRE_LANG: 'xx' } });
  await t.throwsAsync(run, { message: /--lang/, code: 2 });
});

/** A folder with the program as the boot environment has it. */
const withCache = async (t: ExecutionContext, cache: Buffer): Promise<string> => {
  const folder = await temporaryFolder(t);
  const cli = path.join(folder, 'dist/cli');
  await mkdir(cli, { recursive: true });
  await mkdir(path.join(folder, 'build'));
  await symlink(path.join(DIST, '../build/Release'), path.join(folder, 'build/Release'));
  await copyFile(path.join(DIST, '../package.json'), path.join(folder, 'package.json'));
  for (const name of ['merlin.cjs', 'merlin-start.cjs'])
    await copyFile(path.join(DIST, 'cli', name), path.join(cli, name));
  await writeFile(path.join(cli, 'merlin.cjs.cache'), cache);
  return path.join(cli, 'merlin-start.cjs');
};

test('what V8 made of it is the same each time, V8 takes it, and what it does not take changes nothing', async (t) => {
  const run = promisify(execFile);
  const made = [];
  for (let time = 0; time < 2; time++) {
    const { stdout } = await run(CODE_CACHE, [process.execPath, PROGRAM], { encoding: 'buffer' });
    made.push(stdout);
  }
  const [cache = Buffer.alloc(0), again] = made;
  t.true(cache.length > 50_000 && again !== undefined && cache.equals(again));
  // In a Node without the options of this one, which V8 would miss.
  const start = path.dirname(await withCache(t, cache));
  const { stdout: verdict } = await run(process.execPath, ['-e', VERDICT, `${start}/merlin.cjs`]);
  t.is(verdict, 'false\n');
  // The version of V8, behind four bytes that say what it is.
  const ofAnother = Buffer.from(cache);
  ofAnother.writeUInt32LE((ofAnother.readUInt32LE(4) ^ 1) >>> 0, 4);
  const env = { NACRE_WHY: 'job' };
  for (const bytes of [cache, ofAnother, Buffer.alloc(0)]) {
    const { stderr } = await run(process.execPath, [await withCache(t, bytes)], { env });
    t.regex(stderr, /^Merlin, the imaging environment of Nacre[\s\S]*started because: job/);
  }
});

test('the first line of Merlin needs no schemas', async (t) => {
  const { inputs } = JSON.parse(await readFile(path.join(DIST, 'merlin-parts.json'), 'utf8'));
  const seen = new Set(['src/cli/merlin-main.ts']);
  for (const file of seen)
    for (const { path: imported, kind } of inputs[file].imports)
      if (kind !== 'dynamic-import' && imported in inputs) seen.add(imported);
  t.true(seen.has('src/agent/merlin.ts'));
  t.deepEqual(
    [...seen].filter((file) => file.startsWith('node_modules/zod')),
    [],
  );
});

test("Merlin's own program brings no parser of command lines", (t) => {
  t.notRegex(readFileSync(PROGRAM, 'utf8'), /CommanderError/);
});
