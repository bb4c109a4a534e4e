import test from 'ava';
import { ERROR_TABLE, type ErrorCode, NacreError } from '../../src/errors.ts';
import { errorRemark, REMARKS, remark } from '../../src/job/remarks.ts';
import { failure, sentence } from '../../src/web/japanese/japanese.ts';
import { REASONS } from '../../src/web/japanese/reasons.ts';

const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/;
const asIs = (_fact: string, value: string): string => value;
const named = (fact: string, value: string): string => (fact === 'state' ? `<${value}>` : value);

test('every error is told in Japanese, by its facts and by the sentence that was stored', (t) => {
  for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
    const { message } = ERROR_TABLE[code];
    const names = [...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    const facts = Object.fromEntries(names.map((name, index) => [name, `x${index}`]));
    const error = new NacreError(code, facts as never);
    const told = failure(code, facts, asIs);
    t.regex(told?.hint ?? '', JAPANESE, code);
    t.is(sentence(code, error.message, asIs), told?.message ?? '', code);
  }
});

test('every remark of a manager is told in Japanese', (t) => {
  for (const [key, { en }] of Object.entries(REMARKS)) {
    const text = en.replaceAll(/\{(\w+)\}/g, 'x');
    t.regex(sentence(null, text, asIs), JAPANESE, key);
  }
  t.is(sentence(null, remark('wake', { peer: 'pc-1' }), asIs), 'pc-1 に起動を依頼しました');
});

test('an error inside a remark is told in Japanese, too, with its code', (t) => {
  const error = new NacreError('JOB_DEVICE_STATE', { device: 'pc-7', state: 'held' });
  const text = remark('lacks-why', { count: 1, why: errorRemark(error) });
  const told = sentence(null, text, named);
  t.regex(told, /^1 台に適用できていません: .*pc-7.*<held>.*\(JOB_DEVICE_STATE\)$/);
});

test('reasons that our schemas give are told in Japanese', (t) => {
  for (const template of Object.keys(REASONS)) {
    const reason = template.replaceAll(/\{(\w+)\}/g, 'x');
    const told = failure('MANAGER_INPUT_INVALID', { field: 'body.cidr', reason }, asIs);
    t.regex(told?.message ?? '', JAPANESE);
    t.false(told?.message.endsWith(`: ${reason}`), template);
  }
});

test('what this release does not know stays as it was said', (t) => {
  t.is(failure('FUTURE_CODE', {}, asIs), undefined);
  t.is(failure('constructor', {}, asIs), undefined);
  t.is(sentence('FUTURE_CODE', 'something new', asIs), 'something new');
  t.is(sentence('JOB_DEADLINE', 'it was late', asIs), 'it was late');
  t.is(sentence(null, '', asIs), '');
  t.is(sentence(null, 'A_B: A_B: A_B: A_B: x', asIs), 'A_B: x (A_B) (A_B) (A_B)');
});

test('a hostile sentence of a device takes no time', (t) => {
  const startedMs = performance.now();
  sentence('JOB_DEADLINE', 'nothing was heard for '.repeat(100), asIs);
  sentence(null, 'A_B: '.repeat(400), asIs);
  sentence(null, 'ring of : '.repeat(200), asIs);
  t.true(performance.now() - startedMs < 1000);
});
