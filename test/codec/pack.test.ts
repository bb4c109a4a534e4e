import test from 'ava';
import {
  frameBytesOf,
  type PackIndex,
  parsePackFooter,
  parsePackHeader,
  parsePackIndex,
  serializePackFooter,
  serializePackHeader,
  serializePackIndex,
} from '../../src/codec/pack.ts';
import { isNacreError, NacreError } from '../../src/errors.ts';
import { withFlippedByte, withNumber } from '../helpers/damage.ts';
import { Random } from '../helpers/random.ts';
import { EXAMPLE_FRAME, exampleDigests, exampleFrameRecord } from '../helpers/sample-image.ts';

const INDEX: PackIndex = {
  algorithm: 2,
  frameCap: 4,
  frames: exampleFrameRecord(),
  digests: exampleDigests(),
};
const OFFSET = 32 + EXAMPLE_FRAME.length;
const index = serializePackIndex(INDEX);
const PACK_BYTES = OFFSET + index.length + 64;
const footer = serializePackFooter({
  indexOffset: OFFSET,
  indexLength: index.length,
  indexDigest: Buffer.alloc(32, 7),
});

const randomIndex = (random: Random): PackIndex => {
  const records: Uint8Array[] = [];
  let chunks = 0;
  for (let left = 1 + random.below(20); left > 0; left--) {
    const record = Buffer.alloc(16);
    const inFrame = 1 + random.below(4);
    const isStored = random.below(3) === 0;
    record.writeUInt32LE(isStored ? inFrame * 65_536 : 1 + random.below(inFrame * 65_536), 0);
    record.writeUInt8(inFrame, 4);
    record.writeUInt8(isStored ? 1 : 0, 5);
    record.set(random.bytes(8), 8);
    records.push(record);
    chunks += inFrame;
  }
  return {
    algorithm: random.pick([1, 2]),
    frameCap: random.pick([4, 16]),
    frames: Buffer.concat(records),
    digests: random.bytes(chunks * 32),
  };
};

test('header, index and footer come back from their bytes', (t) => {
  t.notThrows(() => parsePackHeader(serializePackHeader()));
  const parsed = parsePackFooter(footer, PACK_BYTES);
  t.is(parsed.indexOffset, OFFSET);
  t.is(parsed.indexLength, index.length);
  t.deepEqual(serializePackFooter(parsed), footer);
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomIndex(new Random(seed));
    const bytes = serializePackIndex(random);
    const back = parsePackIndex(bytes, 32 + frameBytesOf(random.frames));
    t.deepEqual(serializePackIndex(back), bytes, `seed ${seed}`);
  }
});

test('a header, index or footer that is cut off anywhere is refused', (t) => {
  const refused = { instanceOf: NacreError };
  const header = serializePackHeader();
  for (let length = 0; length < 32; length++) {
    t.throws(() => parsePackHeader(header.subarray(0, length)), refused);
  }
  for (let length = 0; length < 64; length++) {
    t.throws(() => parsePackFooter(footer.subarray(0, length), PACK_BYTES), refused);
  }
  for (let length = 0; length < index.length; length++) {
    t.throws(() => parsePackIndex(index.subarray(0, length), OFFSET), refused);
  }
  t.throws(() => parsePackIndex(Buffer.concat([index, Buffer.alloc(1)]), OFFSET), refused);
});

test('every byte of a pack header is checked', (t) => {
  for (let offset = 0; offset < 32; offset++) {
    const error = t.throws(() => parsePackHeader(withFlippedByte(serializePackHeader(), offset)));
    t.true(isNacreError(error), `byte ${offset}`);
  }
});

const INDEX_DAMAGE = [
  ['magic', 0, 1, 0],
  ['version', 8, 2, 0],
  ['digest algorithm', 10, 1, 0],
  ['chunk size', 11, 1, 12],
  ['frameCount', 12, 4, 0],
  ['length', 12, 4, 2],
  ['frameCount', 12, 4, 2 ** 24 + 1],
  ['frameCount', 12, 4, 2 ** 31],
  ['frameCount', 12, 4, 2 ** 32 - 1],
  ['chunkCount', 16, 4, 0],
  ['chunkCount', 16, 4, 2 ** 26 + 1],
  ['chunkCount', 16, 4, 2 ** 31],
  ['length', 16, 4, 3],
  ['frame cap', 20, 1, 0],
  ['frame cap', 20, 1, 17],
  ['chunks of a frame', 20, 1, 1],
  ['reserved byte 21', 21, 1, 1],
  ['reserved byte 31', 31, 1, 1],
  ['stored length', 32, 4, 0],
  ['stored length', 32, 4, 131_073],
  ['stored length', 32, 4, 2 ** 32 - 1],
  ['end of the frames', 32, 4, 34],
  ['chunks of a frame', 36, 1, 0],
  ['chunks of all frames', 36, 1, 1],
  ['stored length', 37, 1, 1],
  ['flags of a frame', 37, 1, 2],
  ['reserved byte 6', 38, 1, 1],
] as const;

for (const [field, offset, length, value] of INDEX_DAMAGE) {
  test(`an index with ${value} in ${length} bytes at ${offset} is refused: ${field}`, (t) => {
    const error = t.throws(() => parsePackIndex(withNumber(index, offset, length, value), OFFSET), {
      instanceOf: NacreError,
    });
    t.true(error?.message.includes(field), error?.message);
  });
}

const FOOTER_DAMAGE = [
  ['indexOffset', 0, 8, 32],
  ['end of the pack', 0, 8, OFFSET + 1],
  ['indexOffset', 0, 8, 2n ** 53n],
  ['indexLength', 8, 8, 79],
  ['end of the pack', 8, 8, 2 ** 31],
  ['end of the pack', 8, 8, 2 ** 32],
  ['indexLength', 8, 8, 2n ** 64n - 1n],
  ['reserved byte 48', 48, 1, 1],
  ['magic', 63, 1, 0],
] as const;

for (const [field, offset, length, value] of FOOTER_DAMAGE) {
  test(`a footer with ${value} at ${offset} is refused: ${field}`, (t) => {
    const damaged = withNumber(footer, offset, length, value);
    const error = t.throws(() => parsePackFooter(damaged, PACK_BYTES), { instanceOf: NacreError });
    t.true(error?.message.includes(field), error?.message);
  });
}

test('a pack above 1 GiB is refused', (t) => {
  const error = t.throws(() => parsePackFooter(footer, 2 ** 30 + 1), { instanceOf: NacreError });
  t.regex(error?.message ?? '', /size of the pack/);
});

test('an index is not written over frames and digests that do not fit together', (t) => {
  t.throws(() => serializePackIndex({ ...INDEX, digests: INDEX.digests.subarray(32) }));
  t.throws(() => serializePackIndex({ ...INDEX, frames: new Uint8Array() }));
});
