/** Manifests: what is accepted is written back and read again, and its records stay inside their partitions. */
import assert from 'node:assert/strict';
import {
  DIGEST_BYTES,
  MANIFEST_HEADER_BYTES,
  MASK_RECORD_BYTES,
  RUN_RECORD_BYTES,
} from '../../src/codec/image-limits.ts';
import { type Manifest, parseManifest, serializeManifest } from '../../src/codec/manifest.ts';
import { ChunkCursor, chunkCountOf, fullMaskOf } from '../../src/codec/run-records.ts';
import { isNacreError } from '../../src/errors.ts';
import { Random } from '../helpers/random.ts';
import { exampleManifest, randomManifest } from '../helpers/sample-image.ts';

/** Chunks that are looked at: a run of zero chunks may be as long as a disk of petabytes. */
const CHUNKS = 10_000;

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] =>
  [exampleManifest(), ...[1, 2, 3, 5].map((seed) => randomManifest(new Random(seed)))].map(
    serializeManifest,
  );

/** Makes the length of the text fit the file, so that changed texts are looked at, too. */
const fitText = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length < MANIFEST_HEADER_BYTES) return bytes;
  const copy = Buffer.from(bytes);
  const others =
    MANIFEST_HEADER_BYTES +
    copy.readUInt32LE(16) +
    copy.readUInt32LE(24) * RUN_RECORD_BYTES +
    copy.readUInt32LE(32) * MASK_RECORD_BYTES +
    copy.readUInt32LE(40) * DIGEST_BYTES;
  if (others <= copy.length) copy.writeUInt32LE(copy.length - others, 12);
  return copy;
};

const walk = (manifest: Manifest): void => {
  for (const partition of manifest.partitions) {
    const cursor = new ChunkCursor(partition, partition.sizeBytes);
    let before = -1;
    for (let left = CHUNKS; left > 0 && cursor.next(); left--) {
      assert(cursor.chunk > before && cursor.chunk < chunkCountOf(partition.sizeBytes));
      assert(cursor.mask > 0 && cursor.mask <= fullMaskOf(cursor.chunk, partition.sizeBytes));
      assert(cursor.isZero || cursor.digestOffset + DIGEST_BYTES <= partition.digests.length);
      before = cursor.chunk;
    }
  }
};

const check = (bytes: Uint8Array): void => {
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes);
  } catch (error) {
    if (isNacreError(error, 'IMAGE_FORMAT') || isNacreError(error, 'IMAGE_FORMAT_VERSION')) return;
    throw error;
  }
  walk(manifest);
  const again = serializeManifest(manifest);
  assert.deepEqual(serializeManifest(parseManifest(again)), again);
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  check(bytes);
  check(fitText(bytes));
};
