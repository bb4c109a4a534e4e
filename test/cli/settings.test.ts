import test from 'ava';
import { parseSettings } from '../../src/cli/settings.ts';

test('a settings file gives its pairs, in both kinds of quotes and with comments', (t) => {
  const text = 'store = "/srv/nacre" # fast disk\n\n  # note\nlang=\'ja\'\r\n';
  t.deepEqual(
    [...parseSettings(text, 'file')],
    [
      ['store', '/srv/nacre'],
      ['lang', 'ja'],
    ],
  );
});

for (const line of [
  'store = /srv',
  'store = "a" "b"',
  '[store]',
  'store',
  'store = "a\\n"',
  'store = """a"""',
  'store = 1',
]) {
  test(`the line ${line} is refused rather than misread`, (t) => {
    const error = t.throws(() => parseSettings(`lang = "ja"\n${line}\n`, 'file'));
    t.like(error, { code: 'CLI_CONFIG_INVALID', facts: { file: 'file', line: 2 } });
  });
}

test('a setting that is named twice is refused', (t) => {
  const error = t.throws(() => parseSettings('lang = "ja"\nlang = "en"\n', 'file'));
  t.like(error, { facts: { line: 2, reason: 'named twice' } });
});
