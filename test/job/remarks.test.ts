import test from 'ava';
import { ERROR_TABLE, type ErrorCode, fillMessage } from '../../src/errors.ts';
import { errorRemark, factsIn, REMARKS, remark } from '../../src/job/remarks.ts';

const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').toSorted();

test('both languages of a remark name the same facts', (t) => {
  for (const [key, { en, ja }] of Object.entries(REMARKS))
    t.deepEqual(namesIn(ja), namesIn(en), key);
});

test('a remark is found again with its facts, and is taken for no other one', (t) => {
  for (const [key, { en }] of Object.entries(REMARKS)) {
    const facts = Object.fromEntries(namesIn(en).map((name) => [name, `of ${name}`]));
    const text = fillMessage(en, facts);
    const first = Object.entries(REMARKS).find(([, row]) => factsIn(row.en, text) !== undefined);
    t.is(first?.[0], key);
    t.deepEqual(factsIn(en, text), facts, key);
  }
});

test('the message of every error is found again', (t) => {
  for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
    const template: string = ERROR_TABLE[code].message;
    const facts = Object.fromEntries(namesIn(template).map((name, index) => [name, `7${index}`]));
    t.deepEqual(factsIn(template, fillMessage(template, facts)), facts, code);
  }
});

test('a text that was made otherwise has no facts', (t) => {
  t.is(factsIn('{a} of {b}', '1 in 2'), undefined);
  t.is(factsIn('x {a}', '1'), undefined);
  t.is(factsIn('{a} x', '1'), undefined);
  t.is(factsIn('ab{a}bc', 'abc'), undefined, 'both ends want the same letter');
  t.is(factsIn('{a}{b}', '12'), undefined, 'nobody knows where one ends');
  t.is(factsIn('{a} and {a}', '1 and 2'), undefined);
  t.is(factsIn('plain', 'plane'), undefined);
  t.deepEqual(factsIn('plain', 'plain'), {});
  t.deepEqual(factsIn('{a} and {a}', '1 and 1'), { a: '1' });
  t.deepEqual(factsIn('{a}: {b}', ': : '), { a: '', b: ': ' });
});

test('a hostile text takes no longer than its length', (t) => {
  const text = `${'a: '.repeat(100_000)}!`;
  const startedMs = performance.now();
  t.is(factsIn('{a}: {b}: {c}: {d}: {e}: {f}?', text), undefined);
  t.true(performance.now() - startedMs < 1000);
});

test('a remark and an error as a part of one are what was stored before', (t) => {
  t.is(remark('wake', { peer: 'pc-1' }), 'pc-1 is asked to wake it');
  t.is(errorRemark({ code: 'A_B', message: 'no room' }), 'A_B: no room');
});
