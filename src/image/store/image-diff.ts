/** What one version needs over another: the chunks that differ at the same place. */

import { DIGEST_BYTES } from '../../codec/image-limits.ts';
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import { ChunkCursor, maskedBytes } from '../../codec/run-records.ts';
import { NacreError } from '../../errors.ts';

/** Differing chunks and the raw bytes of their used blocks. */
export interface ChunkDifference {
  readonly chunks: number;
  readonly bytes: number;
}

/** Differences of a whole disk. */
export interface ImageDifference extends ChunkDifference {
  readonly perPartition: readonly ({ readonly number: number } & ChunkDifference)[];
}

const sameDigest = (
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
): boolean => {
  for (let byte = 0; byte < DIGEST_BYTES; byte++) {
    if (left[leftOffset + byte] !== right[rightOffset + byte]) return false;
  }
  return true;
};

/** The records of a partition and the size that tells which of its masks are full. */
type SizedRecords = Pick<ManifestPartition, 'runs' | 'masks' | 'digests' | 'sizeBytes'>;

const NOTHING: SizedRecords = {
  runs: new Uint8Array(),
  masks: new Uint8Array(),
  digests: new Uint8Array(),
  sizeBytes: 0,
};

/** Goes over the chunks of `to`, and tells of each whether a place that holds `from` has it already. */
export const compareChunks = (
  from: SizedRecords,
  to: SizedRecords,
  visit: (chunk: ChunkCursor, isThere: boolean) => void,
): void => {
  const had = new ChunkCursor(from, from.sizeBytes);
  const wants = new ChunkCursor(to, to.sizeBytes);
  const hasChunk = (): boolean => had.chunk === wants.chunk && (wants.mask & ~had.mask) === 0;
  const hasContent = (): boolean => {
    if (had.isZero || wants.isZero) return had.isZero && wants.isZero;
    return sameDigest(from.digests, had.digestOffset, to.digests, wants.digestOffset);
  };
  let isLeft = had.next();
  while (wants.next()) {
    while (isLeft && had.chunk < wants.chunk) isLeft = had.next();
    visit(wants, isLeft && hasChunk() && hasContent());
  }
};

const diffPartition = (from: SizedRecords, to: SizedRecords): ChunkDifference => {
  let chunks = 0;
  let bytes = 0;
  compareChunks(from, to, ({ mask, chunk }, isThere) => {
    if (isThere) return;
    chunks++;
    bytes += maskedBytes(mask, chunk, to.sizeBytes);
  });
  return { chunks, bytes };
};

/** @throws NacreError `IMAGE_DIGESTS_DIFFER` when the versions were made with different digests */
export const requireSameDigests = (from: Manifest, to: Manifest): void => {
  if (from.algorithm === to.algorithm) return;
  const facts = { from: from.algorithm, to: to.algorithm };
  throw new NacreError('IMAGE_DIGESTS_DIFFER', facts);
};

/**
 * What `to` needs over `from`, partition by number, chunk by place: a chunk differs when its digest does,
 * or when `to` uses a block of it that `from` does not. Bytes are the used blocks of these chunks, raw. What
 * only `from` uses is no difference: a restore leaves unused blocks alone.
 * @throws NacreError `IMAGE_DIGESTS_DIFFER` when the versions were made with different digests
 */
export const diffManifests = (from: Manifest, to: Manifest): ImageDifference => {
  requireSameDigests(from, to);
  const perPartition = to.partitions.map((partition) => {
    const had = from.partitions.find(({ number }) => number === partition.number);
    return { number: partition.number, ...diffPartition(had ?? NOTHING, partition) };
  });
  return {
    chunks: perPartition.reduce((sum, part) => sum + part.chunks, 0),
    bytes: perPartition.reduce((sum, part) => sum + part.bytes, 0),
    perPartition,
  };
};
