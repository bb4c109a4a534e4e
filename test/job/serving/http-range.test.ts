import test from 'ava';
import { parseRange } from '../../../src/job/serving/http-range.ts';

for (const [header, expected] of [
  [undefined, 'whole'],
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=0-99', { start: 0, end: 100 }],
  ['bytes=10-', { start: 10, end: 100 }],
  ['bytes=10-9999999', { start: 10, end: 100 }],
  ['bytes=99-99', { start: 99, end: 100 }],
  ['bytes=-1', { start: 99, end: 100 }],
  ['bytes=-1000', { start: 0, end: 100 }],
  ['BYTES = 0-1', 'whole'],
  ['Bytes=0-1', { start: 0, end: 2 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=9999999999999999-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-4', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=', 'whole'],
  ['bytes=a-b', 'whole'],
  ['bytes=0-1,5-6', 'whole'],
  ['bytes=0x0-1', 'whole'],
  ['bytes=1.5-2', 'whole'],
  ['bytes=--1', 'whole'],
  ['bytes=99999999999999999999999-', 'whole'],
  ['items=0-1', 'whole'],
  ['', 'whole'],
] as const)
  test(`of 100 bytes the header "${header}" asks for ${JSON.stringify(expected)}`, (t) => {
    t.deepEqual(parseRange(header, 100), expected);
  });

test('of nothing there is no range', (t) => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-5'])
    t.is(parseRange(header, 0), 'unsatisfiable');
});
