import test from 'ava';
import {
  AnswerStream,
  parseAnswer,
  serializeRequest,
  type VolumeAnswer,
} from '../../src/codec/volume-protocol.ts';
import { isNacreError } from '../../src/errors.ts';

const u32 = (value: number): number[] => [value, 0, 0, 0];
const u64 = (value: number): number[] => [value, 0, 0, 0, 0, 0, 0, 0];
const text = (value: string): number[] => {
  const bytes = [...Buffer.from(value, 'utf8')];
  return [...u32(bytes.length), ...bytes];
};

test('requests have the documented bytes', (t) => {
  const frames = [
    [{ kind: 'commit' }, [...u32(1), 48]],
    [{ kind: 'list', path: 'é' }, [...u32(7), 32, ...text('é')]],
    [
      { kind: 'set-owner', path: 'a', owner: 1, group: 2, mode: 3 },
      [...u32(18), 20, ...text('a'), ...u32(1), ...u32(2), ...u32(3)],
    ],
    [
      {
        kind: 'open',
        access: 'write-unprotected',
        sectorSize: 7,
        window: { path: 'd', offset: 2 ** 40, size: 9 },
      },
      [
        ...u32(47),
        ...[1, 2, ...u32(7), ...text('d'), 0, 0, 0, 0, 0, 1, 0, 0, ...u64(9)],
        ...[...text(''), ...u64(0), ...u64(0)],
      ],
    ],
  ] as const;
  for (const [request, bytes] of frames) {
    t.deepEqual([...serializeRequest(request)], [...bytes]);
  }
});

const ANSWERS: readonly (readonly [number[], VolumeAnswer | string])[] = [
  [[0, ...u64(5)], { kind: 'done', count: 5 }],
  [
    [
      2,
      ...text('名'),
      1,
      ...u64(0),
      255,
      255,
      255,
      255,
      255,
      255,
      255,
      255,
      ...u32(1),
      ...u32(2),
      ...u32(3),
    ],
    {
      kind: 'item',
      item: {
        name: '名',
        kind: 'folder',
        sizeBytes: 0,
        modifiedSeconds: -1,
        owner: 1,
        group: 2,
        mode: 3,
      },
    },
  ],
  [[3, ...u32(2), 8, 9], { kind: 'bytes', bytes: Uint8Array.of(8, 9) }],
];

for (const [bytes, answer] of ANSWERS) {
  test(`an answer of kind ${bytes[0]} is read, and refused when cut off or longer`, (t) => {
    t.deepEqual(parseAnswer(Uint8Array.from(bytes)), answer as VolumeAnswer);
    for (let length = 0; length < bytes.length; length++) {
      const error = t.throws(() => parseAnswer(Uint8Array.from(bytes.slice(0, length))));
      t.true(isNacreError(error, 'VOLUME_HELPER_FAILED'), `${length}`);
    }
    t.throws(() => parseAnswer(Uint8Array.from([...bytes, 0])), { code: 'VOLUME_HELPER_FAILED' });
  });
}

test('an error becomes that of its code; an unknown code is a failure of the program', (t) => {
  const facts = [2, ...text('path'), 0, ...text('a'), ...text('n'), 1, ...u64(7)];
  const answer = parseAnswer(Uint8Array.from([1, ...text('VOLUME_NOT_FOUND'), ...facts]));
  if (answer.kind !== 'error') return t.fail();
  t.is(answer.error.code, 'VOLUME_NOT_FOUND');
  t.deepEqual(answer.error.facts, { path: 'a', n: 7 });
  t.throws(() => parseAnswer(Uint8Array.from([1, ...text('toString'), 0])), {
    code: 'VOLUME_HELPER_FAILED',
  });
});

test('a number above 2^53 and an unknown kind are refused', (t) => {
  const bad = [
    [0, 0, 0, 0, 0, 0, 0, 0, 1],
    [9],
    [2, ...text('a'), 4, ...u64(0), ...u64(0), ...u32(0), ...u32(0), ...u32(0)],
  ];
  for (const bytes of bad) {
    t.throws(() => parseAnswer(Uint8Array.from(bytes)), { code: 'VOLUME_HELPER_FAILED' });
  }
});

test('answers come out of a stream however it is cut', (t) => {
  const frame = [9, 0, 0, 0, 0, ...u64(5)];
  const bytes = Uint8Array.from([...frame, ...frame, ...frame]);
  for (let size = 1; size <= bytes.length; size++) {
    const stream = new AnswerStream();
    const answers: VolumeAnswer[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      answers.push(...stream.take(bytes.subarray(at, at + size)));
    }
    t.is(answers.length, 3);
    t.false(stream.isInside);
  }
  t.throws(() => [...new AnswerStream().take(Uint8Array.of(0, 0, 0, 1))], {
    code: 'VOLUME_HELPER_FAILED',
  });
});
