import { spawnSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

test('key make writes a pair that openssl reads, the private half for its owner only', async (t) => {
  const file = path.join(await temporaryFolder(t), 'release.pem');
  const run = await nacre(['key', 'make', file, '--json']);
  t.is(run.exitCode, 0);
  t.deepEqual(documentOf(run), { privateKey: file, publicKey: `${file}.pub` });
  const { mode } = await stat(file);
  t.is(mode & 0o777, 0o600);
  const openssl = spawnSync('openssl', ['pkey', '-in', file, '-pubout'], { encoding: 'utf8' });
  t.is(openssl.stdout, await readFile(`${file}.pub`, 'utf8'));
});

test('key make overwrites nothing', async (t) => {
  const file = path.join(await temporaryFolder(t), 'release.pem');
  await writeFile(`${file}.pub`, 'precious');
  const run = await nacre(['key', 'make', file, '--json']);
  t.is(run.exitCode, 3);
  t.like(documentOf(run), { error: { code: 'CLI_FILE_EXISTS', facts: { path: `${file}.pub` } } });
  t.is(await readFile(`${file}.pub`, 'utf8'), 'precious');
});

test('a folder that does not exist is an error with the path, not a stack', async (t) => {
  const run = await nacre(['key', 'make', '/nonexistent/folder/key']);
  t.is(run.exitCode, 1);
  t.regex(run.stderr, /^nacre: open \/nonexistent\/folder\/key\.pub failed: ENOENT\nhint: /);
  t.notRegex(run.stderr, /at async/);
});

test('a missing argument and one too many end with 2', async (t) => {
  const missing = await nacre(['key', 'make', '--json']);
  t.is(missing.exitCode, 2);
  t.like(documentOf(missing), { error: { code: 'CLI_MISSING_ARGUMENT', facts: { what: 'FILE' } } });
  const extra = await nacre(['key', 'make', 'a', 'b', '--json']);
  t.is(extra.exitCode, 2);
  t.like(documentOf(extra), { error: { code: 'CLI_EXTRA_ARGUMENT' } });
});

test('a misspelled command ends with 2 and the nearest spelling', async (t) => {
  const run = await nacre(['key', 'mak']);
  t.is(run.exitCode, 2);
  t.regex(run.stderr, /there is no command mak\nhint: Nearest spelling: make\. "nacre key --help"/);
});

test('a family without a command shows its help on stderr and ends with 2', async (t) => {
  const run = await nacre(['key']);
  t.is(run.exitCode, 2);
  t.is(run.stdout, '');
  t.regex(run.stderr, /Usage: nacre key/);
  t.like(documentOf(await nacre(['key', '--json'])), { error: { code: 'CLI_COMMAND_MISSING' } });
});
