import { createHash } from 'node:crypto';
import test from 'ava';
import {
  GENERATION_LIMIT,
  GENERATION_RECORD_BYTES,
  type GenerationRecord,
  newestRecord,
  parseGenerationRecord,
  serializeGenerationRecord,
} from '../../src/codec/generation-record.ts';
import { isNacreError } from '../../src/errors.ts';
import { exampleRecord, sha256 } from '../helpers/sample-image.ts';

const NEW = 'a1'.repeat(32);
const OLD = 'b2'.repeat(32);

const RECORD = exampleRecord();
const EMPTY: GenerationRecord = { sequence: 0, current: undefined, generations: [] };

const parse = (bytes: Uint8Array): GenerationRecord => parseGenerationRecord(bytes, sha256);
const serialize = (record: GenerationRecord): Uint8Array =>
  serializeGenerationRecord(record, sha256);

/** A record with changed bytes and the digest that fits them. */
const changed = (offset: number, bytes: readonly number[]): Uint8Array => {
  const record = Buffer.from(serialize(RECORD));
  record.set(bytes, offset);
  record.set(createHash('sha256').update(record.subarray(0, 480)).digest(), 480);
  return record;
};

const full = Array.from({ length: GENERATION_LIMIT }, (_, index) => ({
  id: index.toString(16).padStart(64, '0'),
  isComplete: true,
  isVerified: true,
}));

for (const [title, record] of [
  ['two generations', RECORD],
  ['none', EMPTY],
  ['as many as it holds', { sequence: 2 ** 53 - 1, current: full[7]?.id, generations: full }],
  [
    'one that is being filled',
    { ...EMPTY, generations: [{ id: NEW, isComplete: false, isVerified: false }] },
  ],
] as const) {
  test(`a record with ${title} is read as it was written`, (t) => {
    const bytes = serialize(record);
    t.is(bytes.length, GENERATION_RECORD_BYTES);
    t.deepEqual(parse(bytes), record);
  });
}

test('a file that is longer than its record is read by its first 512 bytes', (t) => {
  t.deepEqual(parse(Buffer.concat([serialize(RECORD), Buffer.alloc(512, 7)])), RECORD);
});

test('a record of any shorter length is refused', (t) => {
  const bytes = serialize(RECORD);
  for (let length = 0; length < bytes.length; length++)
    t.throws(() => parse(bytes.subarray(0, length)), { code: 'IMAGE_FORMAT' });
});

test('one wrong bit anywhere is refused', (t) => {
  const bytes = serialize(RECORD);
  for (let at = 0; at < bytes.length; at++) {
    const wrong = Buffer.from(bytes);
    wrong[at] = (wrong[at] ?? 0) ^ (1 << (at % 8));
    const error = t.throws(() => parse(wrong), undefined, `byte ${at}`);
    t.regex(isNacreError(error) ? error.code : '', /^IMAGE_FORMAT(_VERSION)?$/);
  }
});

for (const [field, offset, bytes] of [
  ['magic', 0, [0x6e]],
  ['count', 10, [9]],
  ['current', 11, [3]],
  ['current', 11, [2]],
  ['reserved byte 12', 12, [1]],
  ['reserved byte 24', 24, [1]],
  ['sequence', 22, [0x20]],
  ['state', 64, [2]],
  ['state', 64, [4]],
  ['reserved byte 65', 65, [1]],
  ['id', 72, Array.from({ length: 32 }, () => 0xa1)],
  ['reserved byte 112', 112, [1]],
  ['reserved byte 352', 352, [1]],
] as const) {
  test(`a record whose ${field} is ${bytes[0]} at ${offset} with a right digest is refused`, (t) => {
    const error = t.throws(() => parse(changed(offset, bytes)), { code: 'IMAGE_FORMAT' });
    t.like(error, { facts: { part: 'generation record', field } });
  });
}

test('a record of a later version is refused as such', (t) => {
  t.throws(() => parse(changed(8, [2])), { code: 'IMAGE_FORMAT_VERSION' });
});

test('what a record cannot hold is not written', (t) => {
  const more = [...full, { id: 'c'.repeat(64), isComplete: true, isVerified: true }];
  for (const change of [
    { generations: more },
    { current: OLD },
    { generations: [...RECORD.generations, ...RECORD.generations] },
    { generations: [{ id: NEW, isComplete: false, isVerified: true }] },
  ])
    t.throws(() => serialize({ ...RECORD, ...change }), { code: 'IMAGE_FORMAT' });
});

test('the newest record that can be read counts', (t) => {
  const older = serialize({ ...RECORD, sequence: 6 });
  const newer = serialize(RECORD);
  const torn = Buffer.concat([newer.subarray(0, 200), older.subarray(200)]);
  t.is(newestRecord([newer, older], sha256)?.slot, 0);
  t.is(newestRecord([older, newer], sha256)?.slot, 1);
  t.is(newestRecord([newer, newer], sha256)?.slot, 0);
  t.is(newestRecord([torn, older], sha256)?.record.sequence, 6);
  t.is(newestRecord([older, torn], sha256)?.slot, 0);
  t.is(newestRecord([undefined, older], sha256)?.slot, 1);
  t.is(newestRecord([torn, undefined], sha256), undefined);
});
