/**
 * Frames on their way to a store, some MiB at a time: the index of a pack that has only these frames
 * (docs/image-format.md, "Pack"), and their stored bytes behind it. So each piece says what it holds and is checked alone.
 */
import { FieldReader } from './bytes.ts';
import {
  DIGEST_BYTES,
  type DigestAlgorithm,
  FRAME_CAP,
  FRAME_RECORD_BYTES,
  PACK_HEADER_BYTES,
  PACK_INDEX_HEAD_BYTES,
} from './image-limits.ts';
import { frameBytesOf, type PackIndex, parsePackIndex, serializePackIndex } from './pack.ts';

/** Longest piece. */
export const PIECE_LIMIT_BYTES = 4 * 2 ** 20;

/** Frames with all that a pack needs of them. */
export interface FramePiece extends Pick<PackIndex, 'algorithm' | 'frames' | 'digests'> {
  /** Stored bytes, frame after frame. */
  readonly stored: Uint8Array;
}

/** Bytes before the stored ones in a piece of so many record bytes. */
export const pieceHeadBytes = (framesBytes: number, digestsBytes: number): number =>
  PACK_INDEX_HEAD_BYTES + framesBytes + digestsBytes;

/** What stands before the stored bytes. @throws NacreError `IMAGE_FORMAT` when records break the format */
export const serializePieceHead = (
  algorithm: DigestAlgorithm,
  frames: Uint8Array,
  digests: Uint8Array,
): Uint8Array => serializePackIndex({ algorithm, frameCap: FRAME_CAP, frames, digests });

/** Length of the index at the start of `bytes`, by its counts. */
const headLength = (bytes: Uint8Array): number => {
  const reader = new FieldReader('pack index', bytes);
  const frames = reader.u32(12, 'frameCount');
  const chunks = reader.u32(16, 'chunkCount');
  const length = pieceHeadBytes(frames * FRAME_RECORD_BYTES, chunks * DIGEST_BYTES);
  if (length > bytes.length) throw reader.error('length', bytes.length, `at least ${length}`);
  return length;
};

/** The records at the start of `bytes`, and how many bytes they take there. @throws NacreError `IMAGE_FORMAT(_VERSION)` */
export const parsePieceHead = (bytes: Uint8Array): PackIndex & { readonly headBytes: number } => {
  const headBytes = headLength(bytes);
  const head = bytes.subarray(0, headBytes);
  const frameCount = new FieldReader('pack index', head).u32(12, 'frameCount');
  const end = PACK_INDEX_HEAD_BYTES + frameCount * FRAME_RECORD_BYTES;
  const storedBytes = frameBytesOf(head.subarray(PACK_INDEX_HEAD_BYTES, end));
  return { ...parsePackIndex(head, PACK_HEADER_BYTES + storedBytes), headBytes };
};

/** Parses a whole piece; its parts are views of `bytes`. What the frames hold is not looked at. @throws NacreError `IMAGE_FORMAT(_VERSION)` */
export const parseFramePiece = (bytes: Uint8Array): FramePiece => {
  if (bytes.length > PIECE_LIMIT_BYTES) {
    const reader = new FieldReader('pack index', bytes);
    throw reader.error('length of a piece', bytes.length, `at most ${PIECE_LIMIT_BYTES}`);
  }
  const length = headLength(bytes);
  const stored = bytes.subarray(length);
  const index = parsePackIndex(bytes.subarray(0, length), PACK_HEADER_BYTES + stored.length);
  return { algorithm: index.algorithm, frames: index.frames, digests: index.digests, stored };
};
