import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { parsePasswordHash } from '../../src/codec/password-hash.ts';
import { isPasswordOf } from '../../src/disk/password-hash.ts';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/main.cjs');

const fits = async (line: string, password: string): Promise<boolean> => {
  const hash = parsePasswordHash(line);
  return hash !== undefined && (await isPasswordOf(hash, password));
};

test('the line for the policy holds the hash of the password in a file', async (t) => {
  const file = `${await temporaryFolder(t)}/password`;
  await writeFile(file, 'open sesame\r\nsecond line\n');
  const run = await nacre(['pxe', 'password', '--password-file', file]);
  t.is(run.exitCode, 0, run.stdout + run.stderr);
  const [, line = ''] = /^password = "(\S+)"\n$/.exec(run.stdout) ?? [];
  t.true(await fits(line, 'open sesame'));
  const json = documentOf(await nacre(['pxe', 'password', '--password-file', file, '--json']));
  t.true(await fits(String(json['hash']), 'open sesame'));
  t.not(json['hash'], line);
});

test('a password that cannot be typed at a device is refused and not shown', async (t) => {
  const file = `${await temporaryFolder(t)}/password`;
  for (const text of ['\n', 'pässword\n', `${'x'.repeat(1025)}\n`]) {
    await writeFile(file, text);
    const run = await nacre(['pxe', 'password', '--password-file', file]);
    t.is(run.exitCode, 2);
    t.notRegex(run.stderr, /pässword|xxx/);
  }
});

test('without a terminal and without a file it says what it needs', async (t) => {
  const run = await nacre(['pxe', 'password'], { input: 'open sesame\n' });
  t.is(run.exitCode, 2);
  t.regex(run.stderr, /--password-file/);
});

/** Types at a real terminal what comes next when its question has been asked. */
const atTerminal = async (answers: readonly string[]): Promise<string> => {
  const command = `${process.execPath} ${MAIN} pxe password`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', NACRE_CONFIG: '/dev/null', TERM: 'dumb' },
  });
  let screen = '';
  let asked = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const questions = screen.match(/not shown\):|Once more:/g)?.length ?? 0;
    for (; asked < questions; asked++) child.stdin.write(answers[asked] ?? '\u0003');
  });
  await once(child, 'close');
  return screen;
};

test('a password that is typed twice is never on the screen', async (t) => {
  if (!requires(t, 'script')) return;
  const screen = await atTerminal(['open sesam\u007fme\r', 'open sesame\r']);
  t.notRegex(screen, /sesam/);
  t.true(await fits(/"(grub\S+)"/.exec(screen)?.[1] ?? '', 'open sesame'));
  const other = await atTerminal(['open sesame\r', 'open sesam\r']);
  t.regex(other, /has to be the same both times/);
  t.notRegex(other, /sesam/);
  t.regex(await atTerminal(['\u0003']), /cancelled/);
});
