/**
 * Packs: frames of chunks with an index at the end (docs/image-format.md, "Pack").
 *
 * ```
 * header  0 magic "NACREPAK" | 8 version u16 | 10 reserved 22
 * index   0 magic "NACREIDX" | 8 version u16 | 10 algorithm u8 | 11 chunk shift u8 | 12 frameCount u32
 *         16 chunkCount u32 | 20 frame cap u8 | 21 reserved 11 | frame records | digest records
 * frame   0 stored length u32 | 4 chunks u8 | 5 flags u8 | 6 reserved u16 | 8 check 8 bytes
 * footer  0 indexOffset u64 | 8 indexLength u64 | 16 SHA-256 of the index | 48 reserved 8 | 56 "NACREEND"
 * ```
 */
import { FieldReader, putText, putU64, viewOf } from './bytes.ts';
import {
  CHUNK_BYTES,
  CHUNK_SHIFT,
  DIGEST_BYTES,
  type DigestAlgorithm,
  FORMAT_VERSION,
  FRAME_CAP_LIMIT,
  FRAME_RECORD_BYTES,
  FRAME_STORED,
  isDigestAlgorithm,
  PACK_CHUNK_LIMIT,
  PACK_FOOTER_BYTES,
  PACK_FRAME_LIMIT,
  PACK_HEADER_BYTES,
  PACK_INDEX_HEAD_BYTES,
  PACK_LIMIT_BYTES,
} from './image-limits.ts';

/** What a pack holds: packed frame records and the digests of their chunks in the same order. */
export interface PackIndex {
  readonly algorithm: DigestAlgorithm;
  /** Most chunks in a frame. */
  readonly frameCap: number;
  /** Frame records, 16 bytes each. */
  readonly frames: Uint8Array;
  /** Digest records, 32 bytes each. */
  readonly digests: Uint8Array;
}

/** Where the index lies and what its SHA-256, the pack's name, is. */
export interface PackFooter {
  readonly indexOffset: number;
  readonly indexLength: number;
  readonly indexDigest: Uint8Array;
}

const HEADER_MAGIC = 'NACREPAK';
const INDEX_MAGIC = 'NACREIDX';
const FOOTER_MAGIC = 'NACREEND';
const SMALLEST_INDEX = PACK_INDEX_HEAD_BYTES + FRAME_RECORD_BYTES + DIGEST_BYTES;

/** The 32 bytes before the first frame. */
export const serializePackHeader = (): Uint8Array => {
  const bytes = new Uint8Array(PACK_HEADER_BYTES);
  putText(bytes, 0, HEADER_MAGIC);
  viewOf(bytes).setUint16(8, FORMAT_VERSION, true);
  return bytes;
};

/** Checks the 32 bytes before the first frame. @throws NacreError `IMAGE_FORMAT(_VERSION)` */
export const parsePackHeader = (bytes: Uint8Array): void => {
  const reader = new FieldReader('pack header', bytes);
  reader.bytes(0, PACK_HEADER_BYTES, 'header');
  reader.magic(0, HEADER_MAGIC);
  reader.version(8, FORMAT_VERSION);
  reader.reserved(10, 22);
};

/** The last 64 bytes of a pack. */
export const serializePackFooter = (footer: PackFooter): Uint8Array => {
  const bytes = new Uint8Array(PACK_FOOTER_BYTES);
  const view = viewOf(bytes);
  putU64(view, 0, footer.indexOffset);
  putU64(view, 8, footer.indexLength);
  bytes.set(footer.indexDigest, 16);
  putText(bytes, 56, FOOTER_MAGIC);
  return bytes;
};

/**
 * Parses the last 64 bytes of a pack of `packBytes`: header, frames, index and footer must fill it.
 * @throws NacreError `IMAGE_FORMAT`
 */
export const parsePackFooter = (bytes: Uint8Array, packBytes: number): PackFooter => {
  const reader = new FieldReader('pack footer', bytes);
  reader.bytes(0, PACK_FOOTER_BYTES, 'footer');
  if (packBytes > PACK_LIMIT_BYTES) {
    throw reader.error('size of the pack', packBytes, `at most ${PACK_LIMIT_BYTES}`);
  }
  reader.magic(56, FOOTER_MAGIC);
  reader.reserved(48, 8);
  const indexOffset = reader.u64(0, 'indexOffset');
  const indexLength = reader.u64(8, 'indexLength');
  if (indexOffset <= PACK_HEADER_BYTES) {
    throw reader.error('indexOffset', indexOffset, `more than ${PACK_HEADER_BYTES}`);
  }
  if (indexLength < SMALLEST_INDEX) {
    throw reader.error('indexLength', indexLength, `at least ${SMALLEST_INDEX}`);
  }
  const end = indexOffset + indexLength + PACK_FOOTER_BYTES;
  if (end !== packBytes) throw reader.error('end of the pack by its footer', end, packBytes);
  return { indexOffset, indexLength, indexDigest: reader.bytes(16, DIGEST_BYTES, 'index digest') };
};

interface IndexHead {
  readonly algorithm: DigestAlgorithm;
  readonly frameCount: number;
  readonly chunkCount: number;
  readonly frameCap: number;
}

const between = (reader: FieldReader, field: string, found: number, most: number): number => {
  if (found < 1 || found > most) throw reader.error(field, found, `1 to ${most}`);
  return found;
};

const parseIndexHead = (reader: FieldReader): IndexHead => {
  reader.bytes(0, PACK_INDEX_HEAD_BYTES, 'head');
  reader.magic(0, INDEX_MAGIC);
  reader.version(8, FORMAT_VERSION);
  const algorithm = reader.u8(10, 'digest algorithm');
  if (!isDigestAlgorithm(algorithm)) throw reader.error('digest algorithm', algorithm, '1 or 2');
  const shift = reader.u8(11, 'chunk size');
  if (shift !== CHUNK_SHIFT) throw reader.error('chunk size', shift, CHUNK_SHIFT);
  reader.reserved(21, 11);
  return {
    algorithm,
    frameCount: between(reader, 'frameCount', reader.u32(12, 'frameCount'), PACK_FRAME_LIMIT),
    chunkCount: between(reader, 'chunkCount', reader.u32(16, 'chunkCount'), PACK_CHUNK_LIMIT),
    frameCap: between(reader, 'frame cap', reader.u8(20, 'frame cap'), FRAME_CAP_LIMIT),
  };
};

interface FrameSums {
  readonly chunks: number;
  readonly bytes: number;
}

/** Checks every frame record. @returns chunks and stored bytes of all frames. */
const checkFrames = (frames: Uint8Array, frameCap: number): FrameSums => {
  const reader = new FieldReader('pack index', frames);
  let sumChunks = 0;
  let sumBytes = 0;
  for (let at = 0; at < reader.length; at += FRAME_RECORD_BYTES) {
    const chunks = between(reader, 'chunks of a frame', reader.u8(at + 4, 'chunks'), frameCap);
    const raw = chunks * CHUNK_BYTES;
    const length = between(reader, 'stored length', reader.u32(at, 'stored length'), raw);
    const flags = reader.u8(at + 5, 'flags');
    if (flags > FRAME_STORED) throw reader.error('flags of a frame', flags, '0 or 1');
    if (flags === FRAME_STORED && length !== raw) throw reader.error('stored length', length, raw);
    reader.reserved(at + 6, 2);
    sumChunks += chunks;
    sumBytes += length;
  }
  return { chunks: sumChunks, bytes: sumBytes };
};

/**
 * Parses an index whose footer says it begins at `indexOffset`; frame and digest records are views.
 * That its SHA-256 is the pack's name is the caller's check. @throws NacreError `IMAGE_FORMAT(_VERSION)`
 */
export const parsePackIndex = (bytes: Uint8Array, indexOffset: number): PackIndex => {
  const reader = new FieldReader('pack index', bytes);
  const head = parseIndexHead(reader);
  const framesLength = head.frameCount * FRAME_RECORD_BYTES;
  const needed = PACK_INDEX_HEAD_BYTES + framesLength + head.chunkCount * DIGEST_BYTES;
  if (bytes.length !== needed) throw reader.error('length', bytes.length, needed);
  const frames = reader.bytes(PACK_INDEX_HEAD_BYTES, framesLength, 'frame records');
  const sums = checkFrames(frames, head.frameCap);
  if (sums.chunks !== head.chunkCount) {
    throw reader.error('chunks of all frames', sums.chunks, head.chunkCount);
  }
  if (PACK_HEADER_BYTES + sums.bytes !== indexOffset) {
    throw reader.error('end of the frames', PACK_HEADER_BYTES + sums.bytes, indexOffset);
  }
  const digests = bytes.subarray(PACK_INDEX_HEAD_BYTES + framesLength);
  return { algorithm: head.algorithm, frameCap: head.frameCap, frames, digests };
};

/** Stored bytes of all frames: header room and these make up a pack before its index. */
export const frameBytesOf = (frames: Uint8Array): number => {
  const view = viewOf(frames);
  let bytes = 0;
  for (let at = 0; at < frames.length; at += FRAME_RECORD_BYTES) bytes += view.getUint32(at, true);
  return bytes;
};

/**
 * Serializes an index and reads it back, so that nothing leaves that `parsePackIndex` refuses.
 * @throws NacreError `IMAGE_FORMAT` when records break the format
 */
export const serializePackIndex = (index: PackIndex): Uint8Array => {
  const { frames, digests } = index;
  const bytes = new Uint8Array(PACK_INDEX_HEAD_BYTES + frames.length + digests.length);
  const view = viewOf(bytes);
  putText(bytes, 0, INDEX_MAGIC);
  view.setUint16(8, FORMAT_VERSION, true);
  view.setUint8(10, index.algorithm);
  view.setUint8(11, CHUNK_SHIFT);
  view.setUint32(12, frames.length / FRAME_RECORD_BYTES, true);
  view.setUint32(16, digests.length / DIGEST_BYTES, true);
  view.setUint8(20, index.frameCap);
  bytes.set(frames, PACK_INDEX_HEAD_BYTES);
  bytes.set(digests, PACK_INDEX_HEAD_BYTES + frames.length);
  parsePackIndex(bytes, PACK_HEADER_BYTES + frameBytesOf(frames));
  return bytes;
};
