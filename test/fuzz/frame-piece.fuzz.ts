/** Pieces of frames: what is accepted is written back bit for bit, and its head is the one that is found in front of it. */
import assert from 'node:assert/strict';
import {
  PIECE_LIMIT_BYTES,
  parseFramePiece,
  parsePieceHead,
  serializePieceHead,
} from '../../src/codec/frame-piece.ts';
import { isNacreError } from '../../src/errors.ts';
import { EXAMPLE_FRAME, exampleDigests, exampleFrameRecord } from '../helpers/sample-image.ts';

const pieceOf = (count: number): Uint8Array => {
  const frames = Buffer.concat(Array.from({ length: count }, exampleFrameRecord));
  const digests = Buffer.concat(Array.from({ length: count }, exampleDigests));
  const stored = Array.from({ length: count }, () => EXAMPLE_FRAME);
  return Buffer.concat([serializePieceHead(2, frames, digests), ...stored]);
};

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [1, 2, 7].map(pieceOf);

const check = (bytes: Uint8Array): void => {
  const { algorithm, frames, digests, stored } = parseFramePiece(bytes);
  assert(bytes.length <= PIECE_LIMIT_BYTES);
  const { headBytes } = parsePieceHead(bytes);
  assert.equal(headBytes + stored.length, bytes.length);
  const head = Buffer.from(bytes.subarray(0, headBytes));
  // The frame cap of the sender need not be ours.
  head[20] = 4;
  if (Buffer.from(frames).every((byte, at) => at % 16 !== 4 || byte <= 4))
    assert.deepEqual(Buffer.from(serializePieceHead(algorithm, frames, digests)), head);
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  try {
    check(bytes);
  } catch (error) {
    if (!isNacreError(error, 'IMAGE_FORMAT') && !isNacreError(error, 'IMAGE_FORMAT_VERSION')) {
      throw error;
    }
  }
};
