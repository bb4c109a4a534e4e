/** Packs: what is accepted fills its file, and its index is written back bit for bit. */
import assert from 'node:assert/strict';
import {
  DIGEST_BYTES,
  FRAME_RECORD_BYTES,
  PACK_FOOTER_BYTES,
  PACK_HEADER_BYTES,
} from '../../src/codec/image-limits.ts';
import {
  frameBytesOf,
  parsePackFooter,
  parsePackHeader,
  parsePackIndex,
  serializePackFooter,
  serializePackHeader,
  serializePackIndex,
} from '../../src/codec/pack.ts';
import { isNacreError } from '../../src/errors.ts';
import {
  EXAMPLE_FRAME,
  exampleDigests,
  exampleFrameRecord,
  sha256,
} from '../helpers/sample-image.ts';

const packOf = (count: number): Uint8Array => {
  const frames = Buffer.concat(Array.from({ length: count }, exampleFrameRecord));
  const digests = Buffer.concat(Array.from({ length: count }, exampleDigests));
  const index = serializePackIndex({ algorithm: 2, frameCap: 4, frames, digests });
  const stored = Buffer.concat(Array.from({ length: count }, () => EXAMPLE_FRAME));
  const indexOffset = PACK_HEADER_BYTES + stored.length;
  const place = { indexOffset, indexLength: index.length, indexDigest: sha256(index) };
  return Buffer.concat([serializePackHeader(), stored, index, serializePackFooter(place)]);
};

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [1, 2, 7].map(packOf);

const check = (pack: Uint8Array): void => {
  parsePackHeader(pack.subarray(0, PACK_HEADER_BYTES));
  const footer = parsePackFooter(pack.subarray(-PACK_FOOTER_BYTES), pack.length);
  const end = footer.indexOffset + footer.indexLength;
  assert(end + PACK_FOOTER_BYTES === pack.length);
  const bytes = pack.subarray(footer.indexOffset, end);
  const index = parsePackIndex(bytes, footer.indexOffset);
  assert.equal(PACK_HEADER_BYTES + frameBytesOf(index.frames), footer.indexOffset);
  let chunks = 0;
  for (let at = 4; at < index.frames.length; at += FRAME_RECORD_BYTES)
    chunks += index.frames[at] ?? 0;
  assert.equal(chunks * DIGEST_BYTES, index.digests.length);
  assert.deepEqual(Buffer.from(serializePackIndex(index)), Buffer.from(bytes));
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
