import test from 'ava';
import {
  formatRings,
  inRingOrder,
  parseRings,
  ringSizes,
} from '../../../src/manager/rollouts/rings.ts';

const sizes = (text: string, count: number): readonly number[] =>
  ringSizes(parseRings(text), count);

test('each ring has at least one device more than the one before, and the last has all', (t) => {
  t.deepEqual(sizes('1,10%,100%', 200), [1, 20, 200]);
  t.deepEqual(sizes('1,10%,100%', 5), [1, 2, 5]);
  t.deepEqual(sizes('1,10%,100%', 2), [1, 2, 2]);
  t.deepEqual(sizes('1,10%,100%', 0), [0, 0, 0]);
  t.deepEqual(sizes('5', 3), [3]);
  t.deepEqual(sizes('3,50%', 100), [3, 100]);
  t.deepEqual(sizes('10,2,100%', 100), [10, 11, 100]);
});

test('rings are read and written, and what is none is refused', (t) => {
  t.is(formatRings(parseRings(' 1, 10% ,100%')), '1,10%,100%');
  for (const text of ['', '0', '101%', '1,,2', '1.5', '-1', '100000', Array(11).fill('1').join()])
    t.throws(() => parseRings(text), { code: 'MANAGER_INPUT_INVALID' }, text);
});

test('canaries come first, the others in an order that each version has of its own', (t) => {
  const members = Array.from({ length: 40 }, (_, at) => ({
    id: `device-${at}`,
    is_canary: at === 7 || at === 31 ? 1 : 0,
  }));
  const idsOf = (version: string) => inRingOrder(members, version).map(({ id }) => id);
  t.deepEqual(idsOf('a').slice(0, 2).sort(), ['device-31', 'device-7']);
  t.deepEqual(idsOf('a'), idsOf('a'));
  t.notDeepEqual(idsOf('a').slice(2), idsOf('b').slice(2));
  t.is(new Set(idsOf('a')).size, 40);
});
