/** The program that the boot environment starts, as it is built. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { nacre } from '../helpers/nacre.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../dist/cli/merlin.cjs');
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

test("Merlin's own program brings no parser of command lines", (t) => {
  t.notRegex(readFileSync(PROGRAM, 'utf8'), /CommanderError/);
});
