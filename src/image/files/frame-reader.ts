/** Single chunks of packs by their digest, each proved; the frames read last stay in memory. */
import { equalBytes } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';
import {
  CHUNK_BYTES,
  DIGEST_BYTES,
  type DigestAlgorithm,
  FRAME_RECORD_BYTES,
} from '../../codec/image-limits.ts';
import { fromNative, native } from '../../disk/native.ts';
import { NacreError } from '../../errors.ts';
import { DigestIndex } from '../store/digest-index.ts';
import { type Frame, framesOf } from '../store/gc-mark.ts';
import type { StoredPack } from '../store/pack-file.ts';

/** Reads bytes of a pack, as `ImageStore.readPackBytes`. */
export type ReadPackBytes = (pack: string, offset: number, length: number) => Promise<Uint8Array>;

/** Memory for frames. */
const CACHE_FRAMES = 256;

interface IndexedPack {
  readonly pack: StoredPack;
  readonly index: DigestIndex;
  readonly frames: readonly Frame[];
}

/** The last frame that begins at or before a chunk. */
const frameOf = (frames: readonly Frame[], chunk: number): Frame | undefined => {
  let [low, high] = [0, frames.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((frames[middle]?.firstChunk ?? 0) <= chunk) low = middle;
    else high = middle;
  }
  return frames[low];
};

/** Several versions may read through one, so that what they share is fetched once. */
export class FrameReader {
  /** Stored bytes of frames that were fetched. */
  fetchedBytes = 0;
  readonly #read: ReadPackBytes;
  readonly #packs = new Map<string, IndexedPack>();
  readonly #frames = new Map<string, Promise<Buffer>>();

  constructor(read: ReadPackBytes) {
    this.#read = read;
  }

  /** Adds packs in which chunks are looked for. */
  add(packs: readonly StoredPack[]): void {
    for (const pack of packs) {
      if (this.#packs.has(pack.id)) continue;
      const index = new DigestIndex(pack.digests);
      this.#packs.set(pack.id, { pack, index, frames: [...framesOf(pack)] });
    }
  }

  /**
   * The 64 KiB with the digest at an offset of digest records.
   * @throws NacreError STORE_CHUNK_DAMAGED; undefined when no pack has it
   */
  async chunk(
    algorithm: DigestAlgorithm,
    digests: Uint8Array,
    offset: number,
  ): Promise<Buffer | undefined> {
    for (const indexed of this.#packs.values()) {
      if (indexed.pack.algorithm !== algorithm) continue;
      const record = indexed.index.find(digests, offset);
      if (record < 0) continue;
      const frame = frameOf(indexed.frames, record);
      if (frame === undefined) continue;
      const raw = await this.#frame(indexed.pack, frame);
      const at = (record - frame.firstChunk) * CHUNK_BYTES;
      const bytes = raw.subarray(at, at + CHUNK_BYTES);
      const expected = digests.subarray(offset, offset + DIGEST_BYTES);
      const found = native.digest(algorithm, bytes);
      if (equalBytes(found, expected)) return bytes;
      throw new NacreError('STORE_CHUNK_DAMAGED', {
        ...{ pack: indexed.pack.id, offset: frame.offset, reason: 'its digest is another' },
        ...{ expected: toHex(expected), found: toHex(found) },
      });
    }
    return undefined;
  }

  #frame(pack: StoredPack, frame: Frame): Promise<Buffer> {
    const key = `${pack.id} ${frame.number}`;
    const known = this.#frames.get(key);
    const raw = known ?? this.#decode(pack, frame);
    // The one used last is the last of the map.
    this.#frames.delete(key);
    this.#frames.set(key, raw);
    if (this.#frames.size > CACHE_FRAMES) {
      const [oldest] = this.#frames.keys();
      if (oldest !== undefined) this.#frames.delete(oldest);
    }
    return raw;
  }

  async #decode(pack: StoredPack, frame: Frame): Promise<Buffer> {
    const at = frame.number * FRAME_RECORD_BYTES;
    const record = pack.frames.subarray(at, at + FRAME_RECORD_BYTES);
    const stored = await this.#read(pack.id, frame.offset, frame.storedBytes);
    this.fetchedBytes += frame.storedBytes;
    return fromNative(native.decodeFrame(record, stored));
  }
}
