import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { documentOf, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';

test('a misspelled option ends with 2 and the nearest spelling', async (t) => {
  const run = await nacre(['--jsno']);
  t.is(run.exitCode, 2);
  t.is(run.stdout, '');
  t.regex(run.stderr, /there is no option --jsno\nhint: Nearest spelling: --json\./);
});

test('a misspelled option is one JSON document with --json', async (t) => {
  const run = await nacreHere(['--json', '--quite']);
  t.is(run.exitCode, 2);
  t.is(run.stderr, '');
  t.like(documentOf(run), {
    error: { code: 'CLI_UNKNOWN_OPTION', facts: { what: '--quite', nearest: '--quiet' } },
  });
});

test('a language that does not exist is refused', async (t) => {
  const run = await nacreHere(['--lang=de', '--version']);
  t.is(run.exitCode, 2);
  t.regex(run.stderr, /--lang cannot be "de", it has to be en \| ja/);
});

for (const [title, argumentList, environment] of [
  ['--lang', ['--lang', 'ja', '--jsno'], {}],
  ['NACRE_LANG', ['--jsno'], { NACRE_LANG: 'ja' }],
  ['LANG', ['--jsno'], { LANG: 'ja_JP.UTF-8' }],
  ['LC_ALL', ['--jsno'], { LC_ALL: 'ja_JP.UTF-8', LANG: 'C' }],
] as const) {
  test(`${title} makes messages Japanese`, async (t) => {
    const run = await nacreHere(argumentList, { environment });
    t.is(run.exitCode, 2);
    t.regex(run.stderr, /オプション --jsno はありません/);
  });
}

test('--version and --help go to stdout and end with 0', async (t) => {
  t.like(await nacre(['--version']), { exitCode: 0, stdout: '0.1.0\n', stderr: '' });
  const help = await nacre(['--help']);
  t.like(help, { exitCode: 0, stderr: '' });
  t.regex(help.stdout, /^Usage: nacre/);
});

test('--json holds for --version and --help as well', async (t) => {
  t.deepEqual(documentOf(await nacreHere(['--version', '--json'])), { version: '0.1.0' });
  t.regex(String(documentOf(await nacreHere(['--help', '--json']))['help']), /^Usage: nacre/);
});

test('a settings file that is not understood is refused with its line', async (t) => {
  const file = path.join(os.tmpdir(), `nacre-settings-${process.pid}.toml`);
  await writeFile(file, '# machine\nstore = "/srv/nacre"\n[table]\n');
  const run = await nacreHere(['--json', '--version'], { environment: { NACRE_CONFIG: file } });
  t.is(run.exitCode, 2);
  t.like(documentOf(run), { error: { code: 'CLI_CONFIG_INVALID', facts: { file, line: 3 } } });
});

test('a settings file that is named but missing is refused', async (t) => {
  const run = await nacreHere(['--version'], {
    environment: { NACRE_CONFIG: '/nonexistent/file' },
  });
  t.is(run.exitCode, 2);
  t.regex(run.stderr, /cannot read the settings of \/nonexistent\/file, line 0: ENOENT/);
});
