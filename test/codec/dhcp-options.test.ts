import test from 'ava';
import {
  joinOptions,
  nestedOptions,
  OPTION_LIMIT,
  optionAddress,
  serializeOptions,
  splitOptions,
} from '../../src/codec/dhcp-options.ts';

const split = (...bytes: readonly number[]): unknown =>
  splitOptions(Uint8Array.from(bytes))?.map(([code, value]) => [code, ...value]);

for (const [title, bytes, options] of [
  ['two options', [1, 2, 3, 4, 5, 0, 255], [[1, 3, 4], [5]]],
  [
    'padding between them',
    [0, 0, 1, 1, 9, 0, 2, 1, 8, 255],
    [
      [1, 9],
      [2, 8],
    ],
  ],
  ['no end', [1, 1, 9], [[1, 9]]],
  ['something behind the end', [1, 1, 9, 255, 1], [[1, 9]]],
  [
    'the same code twice',
    [1, 1, 9, 1, 1, 8],
    [
      [1, 9],
      [1, 8],
    ],
  ],
  ['nothing', [], []],
  ['an end only', [255], []],
] as const) {
  test(`a field with ${title} is read`, (t) => t.deepEqual(split(...bytes), options));
}

for (const [title, bytes] of [
  ['a code without its length', [1]],
  ['a value that is cut', [1, 2, 9]],
  ['a length past the end', [1, 1, 9, 2, 255]],
] as const) {
  test(`a field with ${title} is refused`, (t) => t.is(split(...bytes), undefined));
}

test('a field has at most as many options as the limit', (t) => {
  const many = (count: number): number[] =>
    Array.from({ length: count * 2 }, (_, at) => 1 - (at % 2));
  t.is(splitOptions(Uint8Array.from(many(OPTION_LIMIT)))?.length, OPTION_LIMIT);
  t.is(splitOptions(Uint8Array.from(many(OPTION_LIMIT + 1))), undefined);
});

test('pieces of one option are joined in their order, the options stay in theirs', (t) => {
  const pieces = [
    [7, Uint8Array.of(1)],
    [3, Uint8Array.of(9)],
    [7, Uint8Array.of(2, 3)],
  ] as const;
  t.deepEqual(
    [...joinOptions(pieces)].map(([code, value]) => [code, ...value]),
    [
      [7, 1, 2, 3],
      [3, 9],
    ],
  );
});

for (const [length, lengths] of [
  [0, [0]],
  [1, [1]],
  [255, [255]],
  [256, [255, 1]],
  [600, [255, 255, 90]],
] as const) {
  test(`a value of ${length} bytes is written in ${lengths.length} pieces and read back whole`, (t) => {
    const value = Uint8Array.from({ length }, (_, at) => at & 255);
    const pieces = splitOptions(serializeOptions(new Map([[67, value]]))) ?? [];
    t.deepEqual(
      pieces.map(([, piece]) => piece.length),
      [...lengths],
    );
    t.deepEqual(Buffer.from(joinOptions(pieces).get(67) ?? []), Buffer.from(value));
  });
}

for (const [title, hex, items] of [
  ['what every answer carries', '060108ff', { 6: '08' }],
  ['padding', '00 01 01 aa 00 02 00', { 1: 'aa', 2: '' }],
  ['an end before its last item', '01 01 aa ff 02 01 bb', { 1: 'aa' }],
  ['an item that runs past its end', '01 01 aa 02 05 bb', { 1: 'aa' }],
  ['a code without a length', '01 01 aa 02', { 1: 'aa' }],
  ['nothing in it', '', {}],
] as const) {
  test(`a nested list with ${title} is read as far as it is right`, (t) => {
    const found = [...nestedOptions(Buffer.from(hex.replaceAll(' ', ''), 'hex'))].map(
      ([code, value]) => [String(code), Buffer.from(value).toString('hex')],
    );
    t.deepEqual(Object.fromEntries(found), items);
  });
}

test('what a relay added is written last, as it came', (t) => {
  const relay = Uint8Array.of(1, 2, 0xaa, 0xbb);
  const bytes = serializeOptions(
    new Map([
      [82, relay],
      [1, Uint8Array.of(9)],
    ]),
  );
  t.deepEqual([...bytes], [1, 1, 9, 82, 4, 1, 2, 0xaa, 0xbb, 255]);
});

test('an address is read from an option of four bytes only', (t) => {
  const options = new Map([
    [54, Uint8Array.of(10, 77, 0, 1)],
    [50, Uint8Array.of(10, 77, 0)],
  ]);
  t.is(optionAddress(options, 54), '10.77.0.1');
  t.is(optionAddress(options, 50), undefined);
  t.is(optionAddress(options, 1), undefined);
});
