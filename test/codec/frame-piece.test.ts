/** Pieces of frames: what is parsed is what was put together, and nothing else is taken. */
import test from 'ava';
import {
  PIECE_LIMIT_BYTES,
  parseFramePiece,
  parsePieceHead,
  serializePieceHead,
} from '../../src/codec/frame-piece.ts';
import { isNacreError } from '../../src/errors.ts';

const CHUNK = 65_536;

/** Two frames: one stored chunk, and two chunks in 100 bytes. */
const pieceOf = (): Buffer => {
  const frames = Buffer.alloc(32);
  frames.writeUInt32LE(CHUNK, 0);
  frames.writeUInt8(1, 4);
  frames.writeUInt8(1, 5);
  frames.writeUInt32LE(100, 16);
  frames.writeUInt8(2, 20);
  const digests = Buffer.alloc(96, 7);
  return Buffer.concat([serializePieceHead(1, frames, digests), Buffer.alloc(CHUNK + 100, 9)]);
};

test('a piece is parsed into its parts', (t) => {
  const { algorithm, frames, digests, stored } = parseFramePiece(pieceOf());
  t.is(algorithm, 1);
  t.deepEqual([frames.length, digests.length, stored.length], [32, 96, CHUNK + 100]);
  t.true(stored.every((byte) => byte === 9));
});

test('a head says how long it is, whatever stands behind it', (t) => {
  t.is(parsePieceHead(pieceOf()).headBytes, 32 + 32 + 96);
});

test('a piece that is cut anywhere, or has more behind it, is refused', (t) => {
  const piece = pieceOf();
  const lengths = [...Array(200).keys(), CHUNK, piece.length - 1];
  for (const length of lengths) {
    const error = t.throws(
      () => parseFramePiece(piece.subarray(0, length)),
      undefined,
      `${length}`,
    );
    t.true(isNacreError(error, 'IMAGE_FORMAT'), `${length}: ${error?.message}`);
  }
  const longer = Buffer.concat([piece, Buffer.alloc(1)]);
  t.true(
    isNacreError(
      t.throws(() => parseFramePiece(longer)),
      'IMAGE_FORMAT',
    ),
  );
});

for (const [title, at, value] of [
  ['magic', 0, 1],
  ['version', 8, 2],
  ['digest algorithm', 10, 3],
  ['chunk size', 11, 15],
  ['number of frames', 12, 3],
  ['number of frames that no memory holds', 15, 0xff],
  ['number of chunks', 16, 2],
  ['number of chunks that no memory holds', 19, 0xff],
  ['frame cap', 20, 0],
  ['reserved byte', 25, 1],
  ['stored length', 32, 1],
  ['chunks of a frame', 36, 2],
  ['flags', 37, 2],
] as const)
  test(`another ${title} is refused`, (t) => {
    const piece = pieceOf();
    piece[at] = value;
    const error = t.throws(() => parseFramePiece(piece));
    const isFormat = isNacreError(error, 'IMAGE_FORMAT');
    t.true(isFormat || isNacreError(error, 'IMAGE_FORMAT_VERSION'), error?.message);
  });

test('a piece that is too long is refused before its parts are looked at', (t) => {
  const error = t.throws(() => parseFramePiece(Buffer.alloc(PIECE_LIMIT_BYTES + 1)));
  t.regex(error?.message ?? '', /length of a piece/);
});
