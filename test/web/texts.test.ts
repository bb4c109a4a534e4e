import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { fill, languageOf } from '../../src/web/texts/fill.ts';
import { TEXTS } from '../../src/web/texts/texts.ts';

const WEB = path.resolve(import.meta.dirname, '../../src/web');
/** Files that hold texts. */
const tables = readdirSync(path.join(WEB, 'texts'))
  .map((name) => path.join(WEB, 'texts', name))
  .filter((file) => readFileSync(file, 'utf8').includes('_TEXTS = {'));
const rows = Object.entries(TEXTS);
const placesOf = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();

test('every text has something to say in both languages, with the same values', (t) => {
  for (const [key, { en, ja }] of rows) {
    t.true(en.trim() !== '' && ja.trim() !== '', key);
    t.deepEqual(placesOf(ja), placesOf(en), key);
  }
});

test('no area has a text that another one has too', (t) => {
  const keys = tables.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ {2}'?([\w. -]+)'?: \{/gm)].map(([, key]) => key),
  );
  t.is(new Set(keys).size, keys.length);
  t.is(keys.length, rows.length);
});

test('every text is used', (t) => {
  const sources = readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !tables.includes(path.join(WEB, name)))
    .map((name) => readFileSync(path.join(WEB, name), 'utf8'))
    .join('\n');
  const made = [...sources.matchAll(/`([a-z][\w.-]*)\$\{[^}]*\}([\w.-]*)`/g)].map(
    ([, start = '', end = '']) =>
      new RegExp(`^${start.replaceAll('.', '\\.')}[\\w -]+${end.replaceAll('.', '\\.')}$`),
  );
  const unused = rows
    .map(([key]) => key)
    .filter((key) => !sources.includes(`'${key}'`) && !made.some((pattern) => pattern.test(key)));
  t.deepEqual(unused, []);
});

test('values are filled in, and one that is lacking stays visible', (t) => {
  t.is(fill('{a} of {b}, {a}', { a: 1, b: '<i>' }), '1 of <i>, 1');
  t.is(fill('{a} {b}', { a: '{b}' }), '{b} {b}');
});

test('the language is the first one of the browser that we speak', (t) => {
  t.is(languageOf(['fr-CA', 'ja-JP', 'en']), 'ja');
  t.is(languageOf(['en-GB', 'ja']), 'en');
  t.is(languageOf(['fr']), 'en');
  t.is(languageOf([]), 'en');
});
