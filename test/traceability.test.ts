/** Each requirement of docs/traceability.md has a test, and the test that is named is there. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';

const ROOT = path.resolve(import.meta.dirname, '..');

interface Row {
  readonly id: string;
  readonly file: string;
  readonly title: string;
}

const rows = readFileSync(path.join(ROOT, 'docs/traceability.md'), 'utf8')
  .split('\n')
  .flatMap((line): readonly Row[] => {
    const found = /^\| ([AT]-\d+) \| .* \| `([^`]+)`: (.*) \|$/.exec(line);
    if (found === null) return [];
    const [, id = '', file = '', title = ''] = found;
    return [{ id, file, title }];
  });

/** As it stands in the source of a test. */
const isIn = (text: string, title: string): boolean =>
  text.includes(title) || text.includes(title.replaceAll("'", "\\'"));

test('every requirement of autogenic imaging is in the table, once and in order', (t) => {
  const numbers = rows.filter(({ id }) => id.startsWith('A-')).map(({ id }) => Number(id.slice(2)));
  t.deepEqual(
    numbers,
    Array.from({ length: 37 }, (_, at) => at + 1),
  );
});

test('requirements of terminal-side update are in the table in order, each once', (t) => {
  const numbers = rows.filter(({ id }) => id.startsWith('T-')).map(({ id }) => Number(id.slice(2)));
  t.true(numbers.length > 0 && numbers.every((number) => number >= 1 && number <= 26));
  t.deepEqual(
    numbers,
    [...new Set(numbers)].toSorted((one, other) => one - other),
  );
});

test('the tests that are named are there', (t) => {
  for (const { id, file, title } of rows) {
    const where = path.join(ROOT, file);
    if (t.true(existsSync(where), `${id}: ${file}`))
      t.true(isIn(readFileSync(where, 'utf8'), title), `${id}: ${title}`);
  }
});
