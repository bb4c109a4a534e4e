/** A partition of a version as it would be after a restore onto zeros, read from the store chunk by chunk. */
import { CHUNK_BYTES, DIGEST_BYTES, type DigestAlgorithm } from '../../codec/image-limits.ts';
import type { ManifestPartition } from '../../codec/manifest.ts';
import { ChunkCursor } from '../../codec/run-records.ts';
import type { ReadableVolume } from '../../disk/volume-tree.ts';
import { NacreError } from '../../errors.ts';
import type { FrameReader } from './frame-reader.ts';

/** Where the records of used chunks lie, without an object for each. */
class ChunkPlaces {
  readonly #chunks: Float64Array;
  /** Number of the digest; -1 for a chunk that is zero. */
  readonly #digests: Int32Array;

  constructor(partition: ManifestPartition) {
    let count = 0;
    for (const cursor = new ChunkCursor(partition, partition.sizeBytes); cursor.next(); ) count++;
    this.#chunks = new Float64Array(count);
    this.#digests = new Int32Array(count);
    const cursor = new ChunkCursor(partition, partition.sizeBytes);
    for (let at = 0; cursor.next(); at++) {
      this.#chunks[at] = cursor.chunk;
      this.#digests[at] = cursor.isZero ? -1 : cursor.digestOffset / DIGEST_BYTES;
    }
  }

  /** Offset of the digest of a chunk; undefined for one that is unused or zero. */
  find(chunk: number): number | undefined {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle] ?? 0) < chunk) low = middle + 1;
      else high = middle;
    }
    const digest = this.#digests[low] ?? -1;
    if (this.#chunks[low] !== chunk || digest < 0) return undefined;
    return digest * DIGEST_BYTES;
  }
}

/** What a volume is read from. */
export interface ChunkVolumeSource {
  readonly partition: ManifestPartition;
  readonly algorithm: DigestAlgorithm;
  readonly sectorSize: number;
  readonly frames: FrameReader;
}

/** @throws NacreError from `read`: IMAGE_CHUNK_MISSING, STORE_CHUNK_DAMAGED, VOLUME_HELPER_FAILED for a range that cannot be */
export const openChunkVolume = (source: ChunkVolumeSource): ReadableVolume => {
  const { partition, algorithm, sectorSize, frames } = source;
  const places = new ChunkPlaces(partition);
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const chunk = Math.floor(offset / CHUNK_BYTES);
    const begin = offset - chunk * CHUNK_BYTES;
    if (begin + length > CHUNK_BYTES || offset + length > partition.sizeBytes) {
      throw new NacreError('VOLUME_HELPER_FAILED', { reason: 'it asked for bytes outside' });
    }
    const at = places.find(chunk);
    if (at === undefined) return new Uint8Array(length);
    // Blocks that are unused are zero in the chunk.
    const bytes = await frames.chunk(algorithm, partition.digests, at);
    if (bytes !== undefined) return bytes.subarray(begin, begin + length);
    const digest = Buffer.from(partition.digests.subarray(at, at + DIGEST_BYTES)).toString('hex');
    const facts = { chunk, partition: partition.number, digest };
    throw new NacreError('IMAGE_CHUNK_MISSING', facts);
  };
  return { sizeBytes: partition.sizeBytes, sectorSize, read };
};
