import test from 'ava';
import {
  newestWriteCacheRecord,
  parseWriteCacheRecord,
  serializeWriteCacheRecord,
  WRITE_CACHE_RECORD_BYTES,
  type WriteCacheRecord,
} from '../../src/codec/write-cache-record.ts';
import { blake3 } from '../../src/disk/write-cache.ts';
import { isNacreError } from '../../src/errors.ts';

const RECORD: WriteCacheRecord = {
  sequence: 41,
  mode: 'non-restore',
  isMerging: true,
  isLost: false,
  chunkBytes: 65_536,
  baseStart: 17_825_792,
  baseBytes: 671_088_640,
  storeBytes: 133_169_152,
  baseHead: '5a'.repeat(32),
};

const parse = (bytes: Uint8Array): WriteCacheRecord => parseWriteCacheRecord(bytes, blake3);
const serialize = (record: WriteCacheRecord): Uint8Array =>
  serializeWriteCacheRecord(record, blake3);

const fieldOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isNacreError(error, 'WRITE_CACHE_FORMAT')) return String(error.facts['field']);
    throw error;
  }
  return 'accepted';
};

/** With a digest that fits. */
const changed = (offset: number, bytes: readonly number[]): Uint8Array => {
  const record = Buffer.from(serialize(RECORD));
  record.set(bytes, offset);
  record.set(blake3(record.subarray(0, 480)), 480);
  return record;
};

// test/native/write_cache_test.cc has the same bytes.
test('a record has the bytes that the program in the initramfs has', (t) => {
  t.is(
    Buffer.from(serialize(RECORD)).toString('hex', 0, 48),
    '4e41435245574341' +
      '01000201' +
      '80000000' +
      '2900000000000000' +
      '0000100100000000' +
      '0000002800000000' +
      '0000f00700000000',
  );
});

for (const [title, record] of [
  ['every field', RECORD],
  ['an unknown base', { ...RECORD, baseHead: undefined, isLost: true, mode: 'restore' }],
] as const) {
  test(`a record with ${title} is read as it was written`, (t) => {
    t.deepEqual(parse(serialize(record)), record);
    t.is(serialize(record).length, WRITE_CACHE_RECORD_BYTES);
  });
}

test('a record of any shorter length is refused', (t) => {
  const bytes = serialize(RECORD);
  for (let length = 0; length < bytes.length; length++)
    t.is(
      fieldOf(() => parse(bytes.subarray(0, length))),
      'length',
    );
});

test('one wrong bit anywhere is refused', (t) => {
  const bytes = serialize(RECORD);
  for (let at = 0; at < bytes.length; at++) {
    const wrong = Buffer.from(bytes);
    wrong[at] = (wrong[at] ?? 0) ^ (1 << (at % 8));
    t.is(
      fieldOf(() => parse(wrong)),
      at < 8 ? 'magic' : 'digest',
    );
  }
});

for (const [field, offset, bytes] of [
  ['version', 8, [2]],
  ['mode', 10, [0]],
  ['mode', 10, [3]],
  ['flags', 11, [4]],
  ['chunk size', 12, [7]],
  ['chunk size', 12, [0, 0x10]],
  ['sequence', 16, [0, 0, 0, 0, 0, 0, 0, 1]],
  ['start of the base', 24, [0, 0, 0, 0, 0, 0, 0x20]],
  ['length of the base', 32, [0, 0, 0, 0]],
  ['length of the store', 40, [0, 0, 0, 0]],
  ['reserved byte 80', 80, [1]],
  ['reserved byte 479', 479, [1]],
] as const) {
  test(`a wrong ${field} (${bytes.join(' ')}) is refused by its name`, (t) => {
    t.is(
      fieldOf(() => parse(changed(offset, bytes))),
      field,
    );
  });
}

test('of two records the newest that can be read counts, and one that cannot hurts nobody', (t) => {
  const [older, newer] = [
    serialize(RECORD),
    serialize({ ...RECORD, sequence: 42, mode: 'restore' }),
  ];
  t.is(newestWriteCacheRecord([older, newer], blake3)?.copy, 1);
  t.is(newestWriteCacheRecord([newer, older], blake3)?.copy, 0);
  t.is(newestWriteCacheRecord([older, older], blake3)?.copy, 0);
  t.is(newestWriteCacheRecord([older, newer.subarray(1)], blake3)?.record.sequence, 41);
  t.is(newestWriteCacheRecord([undefined, newer], blake3)?.record.mode, 'restore');
  t.is(newestWriteCacheRecord([undefined, Buffer.alloc(512)], blake3), undefined);
});
