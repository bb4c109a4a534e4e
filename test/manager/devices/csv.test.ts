import test from 'ava';
import { parseCsv } from '../../../src/manager/devices/csv.ts';

const KNOWN = ['name', 'mac', 'tags'];
const rowsOf = (text: string) =>
  parseCsv(text, KNOWN).map(({ line, fields }) => [line, Object.fromEntries(fields)]);

const GOOD: readonly (readonly [title: string, text: string, rows: unknown[]])[] = [
  [
    'plain rows',
    'name,mac\na,b\nc,d\n',
    [
      [2, { name: 'a', mac: 'b' }],
      [3, { name: 'c', mac: 'd' }],
    ],
  ],
  ['no line end at the end', 'name\na', [[2, { name: 'a' }]]],
  [
    'line ends of Windows, empty lines and a byte order mark',
    '\ufeffname\r\n\r\na\r\n',
    [[3, { name: 'a' }]],
  ],
  [
    'quotes, commas and line ends in quotes',
    'name,mac\n"a ""b"", c",x\n"two\nlines",y\nlast,z',
    [
      [2, { name: 'a "b", c', mac: 'x' }],
      [3, { name: 'two\nlines', mac: 'y' }],
      [5, { name: 'last', mac: 'z' }],
    ],
  ],
  [
    'empty and missing fields',
    'name,mac,tags\na,,\nb\n',
    [
      [2, { name: 'a' }],
      [3, { name: 'b' }],
    ],
  ],
  ['names of columns in capitals', 'NAME,Mac\na,b', [[2, { name: 'a', mac: 'b' }]]],
];
for (const [title, text, rows] of GOOD)
  test(`reads ${title}`, (t) => {
    t.deepEqual(rowsOf(text), rows);
  });

const BAD: readonly (readonly [title: string, text: string, line: number, column: string])[] = [
  ['nothing', '', 1, '1'],
  ['an unknown column', 'name,colour\n', 1, 'colour'],
  ['a column twice', 'name,name\n', 1, 'name'],
  ['more fields than columns', 'name\na\nb,c\n', 3, '2'],
  ['a quote that never ends', 'name\n"a\nb\n', 2, '1'],
  ['a quote inside of a field', 'name,mac\na,b"c"\n', 2, '2'],
  ['text after a quote', 'name\n"a"b\n', 2, '1'],
  ['a field without end', `name\n${'x'.repeat(257)}\n`, 2, '1'],
];
for (const [title, text, line, column] of BAD)
  test(`refuses ${title} with its place`, (t) => {
    const error = t.throws(() => parseCsv(text, KNOWN), { code: 'MANAGER_CSV' });
    t.like(error, { facts: { line, column } });
  });

test('more rows than a fleet has are refused', (t) => {
  t.throws(() => parseCsv(`name\n${'a\n'.repeat(10_001)}`, KNOWN), { code: 'MANAGER_CSV' });
  t.is(parseCsv(`name\n${'a\n'.repeat(10_000)}`, KNOWN).length, 10_000);
});

test('every truncation of a list is read or refused with its place', (t) => {
  const text = 'name,mac,tags\n"a ""b"", c",x,\r\n"two\nlines",y,z\n';
  for (let length = 0; length < text.length; length += 1) {
    try {
      parseCsv(text.slice(0, length), KNOWN);
    } catch (reason) {
      t.like(reason, { code: 'MANAGER_CSV' });
    }
  }
  t.pass();
});
