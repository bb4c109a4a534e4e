import { readFileSync } from 'node:fs';
import test from 'ava';
import { ERROR_TABLE, NacreError } from '../src/errors.ts';

const documented = [
  ...readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8').matchAll(/^### (\w+)$/gm),
].map((match) => match[1]);

test('docs/errors.md has a section for each code, in alphabetical order, and for nothing else', (t) => {
  t.deepEqual(documented, Object.keys(ERROR_TABLE).sort());
});

test('the rows of ERROR_TABLE are in alphabetical order', (t) => {
  t.deepEqual(Object.keys(ERROR_TABLE), Object.keys(ERROR_TABLE).sort());
});

test('an error carries message, hint, facts and exit code of its row', (t) => {
  const facts = { what: '--level', value: '99', expected: '1 … 19' };
  const error = new NacreError('CLI_BAD_VALUE', facts);
  t.is(error.message, '--level cannot be "99", it has to be 1 … 19');
  t.is(error.hint, 'Correct the value.');
  t.is(error.exitCode, 2);
  t.deepEqual(error.facts, facts);
});
