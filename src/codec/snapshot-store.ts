/**
 * The persistent store of the kernel's device-mapper snapshot: which chunks of a base were changed, and where their new
 * content lies. No kernel is needed to read it. Numbers are little-endian; C is the chunk size, E = C / 16.
 *
 * ```
 * chunk 0          0 magic u32 = 0x70416e53 | 4 valid u32 | 8 version u32 = 1 | 12 chunk size in sectors of 512 bytes u32
 * chunk 1 + a(E+1) area a: E exceptions, 16 bytes each: 0 chunk of the base u64 | 8 chunk of the store u64
 * every other      data
 * ```
 *
 * The first exception whose store chunk is 0 ends the list. A header of zeros is an empty store: the kernel makes it anew.
 * Source: drivers/md/dm-snap-persistent.c of Linux, and stores that a kernel wrote (test/long/snapshot-store.test.ts).
 */
import { viewOf } from './bytes.ts';
import { writeCacheError } from './write-cache-error.ts';

/** What `parseSnapshotHeader` needs of chunk 0. */
export const SNAPSHOT_HEADER_BYTES = 16;
/** Smallest and largest chunk that is read: the kernel's least is a page, and nobody uses more than this. */
export const LEAST_SNAPSHOT_CHUNK = 4096;
export const MOST_SNAPSHOT_CHUNK = 2 ** 20;
/** Most changed chunks: 256 GiB in chunks of 64 KiB, 64 MiB of memory. */
export const MOST_EXCEPTIONS = 2 ** 22;

const MAGIC = 0x70416e53;
const VERSION = 1;
const SECTOR = 512;
const EXCEPTION_BYTES = 16;
/** Most chunks of a base, so that a chunk and the place of its exception fit one exact number. */
const MOST_BASE_CHUNKS = 2 ** 31;
const PART = 'snapshot store';

export interface SnapshotHeader {
  /** False after the kernel gave the store up: its changes are not whole. */
  readonly isValid: boolean;
  readonly chunkBytes: number;
}

/** Lengths of the two devices, in bytes; neither has to be a multiple of the chunk. */
export interface SnapshotSizes {
  readonly baseBytes: number;
  readonly storeBytes: number;
}

/** Changed bytes of the base that lie together in both places. */
export interface ChangedRange {
  readonly baseOffset: number;
  readonly storeOffset: number;
  readonly lengthBytes: number;
}

const isChunkSize = (bytes: number): boolean =>
  bytes >= LEAST_SNAPSHOT_CHUNK &&
  bytes <= MOST_SNAPSHOT_CHUNK &&
  Number.isInteger(Math.log2(bytes));

/**
 * Reads the head of chunk 0; undefined when the store is empty.
 *
 * @throws NacreError WRITE_CACHE_FORMAT
 */
export const parseSnapshotHeader = (bytes: Uint8Array): SnapshotHeader | undefined => {
  if (bytes.length < SNAPSHOT_HEADER_BYTES)
    throw writeCacheError(PART, 'header', `${bytes.length} bytes`, `${SNAPSHOT_HEADER_BYTES}`);
  const view = viewOf(bytes);
  const magic = view.getUint32(0, true);
  if (magic === 0) return undefined;
  if (magic !== MAGIC) throw writeCacheError(PART, 'magic', magic, MAGIC);
  const valid = view.getUint32(4, true);
  if (valid > 1) throw writeCacheError(PART, 'valid', valid, '0 or 1');
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw writeCacheError(PART, 'version', version, VERSION);
  const chunkBytes = view.getUint32(12, true) * SECTOR;
  if (!isChunkSize(chunkBytes)) {
    const needed = `a power of two from ${LEAST_SNAPSHOT_CHUNK} to ${MOST_SNAPSHOT_CHUNK}`;
    throw writeCacheError(PART, 'chunk size', chunkBytes, needed);
  }
  return { isValid: valid === 1, chunkBytes };
};

const u64 = (view: DataView, at: number, field: string, limit: number, what: string): number => {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (value >= limit) throw writeCacheError(PART, field, value, `below ${limit}, the ${what}`);
  return value;
};

/** The exceptions of a store, gathered area by area. Memory grows with what was read, and no further. */
export class SnapshotTable {
  readonly chunkBytes: number;
  readonly #sizes: SnapshotSizes;
  readonly #exceptionsPerArea: number;
  readonly #storeChunks: number;
  readonly #baseChunks: number;
  #old = new Float64Array(256);
  #new = new Float64Array(256);
  #count = 0;
  #areas = 0;
  #isEnded = false;

  /** @throws NacreError WRITE_CACHE_FORMAT when the base has more chunks than are read */
  constructor(chunkBytes: number, sizes: SnapshotSizes) {
    this.chunkBytes = chunkBytes;
    this.#sizes = sizes;
    this.#exceptionsPerArea = chunkBytes / EXCEPTION_BYTES;
    this.#storeChunks = Math.floor(sizes.storeBytes / chunkBytes);
    this.#baseChunks = Math.ceil(sizes.baseBytes / chunkBytes);
    if (this.#baseChunks > MOST_BASE_CHUNKS)
      throw writeCacheError(PART, 'chunks of the base', this.#baseChunks, MOST_BASE_CHUNKS);
  }

  /** Where the next area lies in the store, `chunkBytes` long; undefined when the list has ended. */
  get nextAreaOffset(): number | undefined {
    const chunk = 1 + this.#areas * (this.#exceptionsPerArea + 1);
    return this.#isEnded || chunk >= this.#storeChunks ? undefined : chunk * this.chunkBytes;
  }

  get changedChunks(): number {
    return this.#count;
  }

  /** What the kernel counts as used: header, areas, data, and gaps that a merge left. */
  get usedBytes(): number {
    return this.#nextFree * this.chunkBytes;
  }

  /** True when the kernel has no room for another chunk: the next new one overflows, or one did. */
  get isFull(): boolean {
    return (this.#nextFree + 1) * this.chunkBytes > this.#sizes.storeBytes;
  }

  /**
   * Takes the area at `nextAreaOffset`.
   *
   * @throws NacreError WRITE_CACHE_FORMAT for places outside base or store, chunks that are metadata, or too many
   */
  addArea(bytes: Uint8Array): void {
    if (bytes.length !== this.chunkBytes)
      throw writeCacheError(PART, 'area', `${bytes.length} bytes`, `${this.chunkBytes} bytes`);
    const view = viewOf(bytes);
    this.#areas++;
    for (let at = 0; at < bytes.length; at += EXCEPTION_BYTES) {
      const place = u64(view, at + 8, 'chunk of the store', this.#storeChunks, 'end of the store');
      if (place === 0) {
        this.#isEnded = true;
        return;
      }
      if (this.#isMetadata(place))
        throw writeCacheError(PART, 'chunk of the store', place, 'no metadata chunk');
      this.#add(u64(view, at, 'chunk of the base', this.#baseChunks, 'end of the base'), place);
    }
  }

  /**
   * The changed ranges, by rising place in the base; what lies together in both is one. The last chunk ends with the base.
   *
   * @throws NacreError WRITE_CACHE_FORMAT when a chunk of base or store is named twice
   */
  *ranges(): Generator<ChangedRange> {
    this.#requireOnce(this.#new, 'chunk of the store');
    const order = this.#sorted(this.#old);
    this.#requireOnce(this.#old, 'chunk of the base');
    for (let at = 0; at < order.length; ) {
      const [old, place] = this.#exceptionAt(order, at);
      let count = 1;
      while (
        at + count < order.length &&
        this.#follows(order, at + count, old + count, place + count)
      )
        count++;
      const baseOffset = old * this.chunkBytes;
      const lengthBytes = Math.min(count * this.chunkBytes, this.#sizes.baseBytes - baseOffset);
      yield { baseOffset, storeOffset: place * this.chunkBytes, lengthBytes };
      at += count;
    }
  }

  get #nextFree(): number {
    let last = 0;
    for (let at = 0; at < this.#count; at++) last = Math.max(last, this.#new[at] ?? 0);
    return this.#isMetadata(last + 1) ? last + 2 : last + 1;
  }

  #isMetadata(chunk: number): boolean {
    return chunk % (this.#exceptionsPerArea + 1) === 1;
  }

  #add(old: number, place: number): void {
    if (this.#count === MOST_EXCEPTIONS)
      throw writeCacheError(PART, 'changed chunks', this.#count + 1, `at most ${MOST_EXCEPTIONS}`);
    if (this.#count === this.#old.length) {
      const grow = (from: Float64Array): Float64Array<ArrayBuffer> => {
        const larger = new Float64Array(2 * from.length);
        larger.set(from);
        return larger;
      };
      this.#old = grow(this.#old);
      this.#new = grow(this.#new);
    }
    this.#old[this.#count] = old;
    this.#new[this.#count] = place;
    this.#count++;
  }

  /** Chunks times MOST_EXCEPTIONS plus the number of the exception, in rising order: numbers sort faster than objects. */
  #sorted(chunks: Float64Array): Float64Array {
    const keys = new Float64Array(this.#count);
    for (let at = 0; at < keys.length; at++) keys[at] = (chunks[at] ?? 0) * MOST_EXCEPTIONS + at;
    return keys.sort();
  }

  #requireOnce(chunks: Float64Array, field: string): void {
    const sorted = chunks.slice(0, this.#count).sort();
    const twice = sorted.findIndex((chunk, at) => at > 0 && chunk === sorted[at - 1]);
    if (twice >= 0) throw writeCacheError(PART, field, sorted[twice] ?? 0, 'each once');
  }

  #exceptionAt(order: Float64Array, at: number): readonly [old: number, place: number] {
    const exception = (order[at] ?? 0) % MOST_EXCEPTIONS;
    return [this.#old[exception] ?? 0, this.#new[exception] ?? 0];
  }

  #follows(order: Float64Array, at: number, wantedOld: number, wantedPlace: number): boolean {
    const [old, place] = this.#exceptionAt(order, at);
    return old === wantedOld && place === wantedPlace;
  }
}
