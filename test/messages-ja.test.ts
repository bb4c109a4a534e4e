import test from 'ava';
import { ERROR_TABLE } from '../src/errors.ts';
import { JAPANESE } from '../src/messages-ja.ts';

const placeholders = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort();

const rows = Object.entries<{ message: string; hint: string }>(ERROR_TABLE);

test('every code has a Japanese row, in the same order, and nothing else has', (t) => {
  t.deepEqual(Object.keys(JAPANESE), Object.keys(ERROR_TABLE));
});

test('message and hint name the same facts in both languages', (t) => {
  const japanese = new Map<string, { message: string; hint: string }>(Object.entries(JAPANESE));
  for (const [code, row] of rows) {
    const other = japanese.get(code);
    t.deepEqual(placeholders(other?.message ?? ''), placeholders(row.message), `${code} message`);
    t.deepEqual(placeholders(other?.hint ?? ''), placeholders(row.hint), `${code} hint`);
  }
});

test('the Japanese rows are written in Japanese', (t) => {
  for (const [code, { message, hint }] of Object.entries(JAPANESE)) {
    if (code !== 'CLI_USAGE') t.regex(message, /[\u3040-\u30ff\u4e00-\u9fff]/, code);
    t.regex(hint, /[\u3040-\u30ff\u4e00-\u9fff]/, code);
  }
});
