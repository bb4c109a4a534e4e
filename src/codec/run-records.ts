/**
 * Run, mask and digest records of one partition: which chunks are used, which blocks of them, and where
 * the digest of each lies. Millions of chunks stay in their packed records.
 *
 * ```
 * run record   0 first chunk u64 | 8 count u32 | 12 kind u16 | 14 reserved u16
 * mask record  u16, bit 0 = first 4 KiB block
 * ```
 */
import { FieldReader, formatError } from './bytes.ts';
import {
  BLOCK_BYTES,
  BLOCKS_PER_CHUNK,
  CHUNK_BYTES,
  DIGEST_BYTES,
  FULL_MASK,
  MASK_RECORD_BYTES,
  RUN_MASKED,
  RUN_RECORD_BYTES,
  RUN_ZERO,
} from './image-limits.ts';

/** The records of one partition, packed as docs/image-format.md lays them out. */
export interface PartitionRecords {
  readonly runs: Uint8Array;
  readonly masks: Uint8Array;
  readonly digests: Uint8Array;
}

const MOST_IN_A_RUN = 2 ** 32 - 1;

/** Number of chunks of a partition; the last one may reach past its end. */
export const chunkCountOf = (sizeBytes: number): number => Math.ceil(sizeBytes / CHUNK_BYTES);

/** Mask with a bit for each block of the chunk that lies in the partition, even by one byte. */
export const fullMaskOf = (chunk: number, sizeBytes: number): number => {
  const blocks = Math.ceil((sizeBytes - chunk * CHUNK_BYTES) / BLOCK_BYTES);
  return blocks >= BLOCKS_PER_CHUNK ? FULL_MASK : 2 ** blocks - 1;
};

interface Run {
  readonly first: number;
  readonly count: number;
  readonly kind: number;
}

const readRun = (reader: FieldReader, offset: number): Run => {
  const run = {
    first: reader.u64(offset, 'first chunk'),
    count: reader.u32(offset + 8, 'count'),
    kind: reader.u16(offset + 12, 'kind'),
  };
  reader.reserved(offset + 14, 2);
  if (run.count === 0) throw reader.error('count', 0, 'at least 1');
  if (run.kind > (RUN_ZERO | RUN_MASKED)) throw reader.error('kind', run.kind, '0 to 3');
  return run;
};

const checkOrder = (reader: FieldReader, run: Run, before: Run | undefined): void => {
  if (before === undefined) return;
  const end = before.first + before.count;
  if (run.first < end) throw reader.error('first chunk', run.first, `at least ${end}`);
  const isOneRun = run.first === end && run.kind === before.kind && before.count < MOST_IN_A_RUN;
  if (isOneRun) throw reader.error('kind', run.kind, 'another kind than the run that it touches');
};

/** Walks the runs and their masks. @returns chunks with a mask record and chunks with a digest. */
const checkRuns = (
  records: PartitionRecords,
  sizeBytes: number,
): { masked: number; data: number } => {
  const reader = new FieldReader('run records', records.runs);
  const chunkCount = chunkCountOf(sizeBytes);
  let before: Run | undefined;
  let masked = 0;
  let data = 0;
  for (let offset = 0; offset < reader.length; offset += RUN_RECORD_BYTES) {
    const run = readRun(reader, offset);
    checkOrder(reader, run, before);
    if (run.first + run.count > chunkCount) {
      throw reader.error('first chunk + count', run.first + run.count, `at most ${chunkCount}`);
    }
    if ((run.kind & RUN_MASKED) !== 0) {
      checkMasks(records.masks, masked, run, sizeBytes);
      masked += run.count;
    }
    if ((run.kind & RUN_ZERO) === 0) data += run.count;
    before = run;
  }
  return { masked, data };
};

const checkMasks = (masks: Uint8Array, start: number, run: Run, sizeBytes: number): void => {
  const available = masks.length / MASK_RECORD_BYTES - start;
  if (available < run.count) {
    throw formatError('mask records', 'count', available, `at least ${run.count}`);
  }
  const lastFull = fullMaskOf(run.first + run.count - 1, sizeBytes);
  for (let index = 0; index < run.count; index++) {
    const at = (start + index) * MASK_RECORD_BYTES;
    const mask = (masks[at] ?? 0) | ((masks[at + 1] ?? 0) << 8);
    const full = index === run.count - 1 ? lastFull : FULL_MASK;
    if (mask === 0 || mask >= full) {
      const chunk = run.first + index;
      throw formatError('mask records', `mask of chunk ${chunk}`, mask, `1 to ${full - 1}`);
    }
  }
};

/**
 * Checks the records of a partition of `sizeBytes` as a whole: order, overlap, places inside the
 * partition, masks, and that there is a record for each chunk that needs one and none more.
 * @throws NacreError `IMAGE_FORMAT`
 */
export const checkPartitionRecords = (records: PartitionRecords, sizeBytes: number): void => {
  const counts = checkRuns(records, sizeBytes);
  const masks = records.masks.length / MASK_RECORD_BYTES;
  const digests = records.digests.length / DIGEST_BYTES;
  if (counts.masked !== masks) {
    throw formatError('run records', 'masked chunks', counts.masked, `${masks} mask records`);
  }
  if (counts.data !== digests) {
    throw formatError('run records', 'data chunks', counts.data, `${digests} digest records`);
  }
};

/** Goes over the used chunks of a partition in rising order without making an object for each. */
export class ChunkCursor {
  /** Number of the chunk in the partition. */
  chunk = -1;
  /** Used blocks. */
  mask = 0;
  /** True when every used block is zero; there is no digest then. */
  isZero = false;
  /** Offset of the digest in the digest records; of the next one for a zero chunk. */
  digestOffset = 0;
  readonly #records: PartitionRecords;
  readonly #sizeBytes: number;
  readonly #runs: FieldReader;
  #nextRun = 0;
  #left = 0;
  #kind = 0;
  #nextMask = 0;
  #nextDigest = 0;

  /** The records must have passed `checkPartitionRecords`. */
  constructor(records: PartitionRecords, sizeBytes: number) {
    this.#records = records;
    this.#sizeBytes = sizeBytes;
    this.#runs = new FieldReader('run records', records.runs);
  }

  /** Moves to the next used chunk. @returns false after the last one. */
  next(): boolean {
    if (this.#left === 0 && !this.#startRun()) return false;
    this.#left--;
    this.chunk++;
    this.isZero = (this.#kind & RUN_ZERO) !== 0;
    this.digestOffset = this.#nextDigest;
    if (!this.isZero) this.#nextDigest += DIGEST_BYTES;
    this.mask = this.#mask();
    return true;
  }

  #startRun(): boolean {
    if (this.#nextRun >= this.#runs.length) return false;
    const run = readRun(this.#runs, this.#nextRun);
    this.#nextRun += RUN_RECORD_BYTES;
    this.chunk = run.first - 1;
    this.#left = run.count;
    this.#kind = run.kind;
    return true;
  }

  #mask(): number {
    if ((this.#kind & RUN_MASKED) === 0) return fullMaskOf(this.chunk, this.#sizeBytes);
    const at = this.#nextMask;
    this.#nextMask += MASK_RECORD_BYTES;
    const { masks } = this.#records;
    return (masks[at] ?? 0) | ((masks[at + 1] ?? 0) << 8);
  }
}

/** Bytes of the partition under a mask; the last block counts as far as the partition reaches. */
export const maskedBytes = (mask: number, chunk: number, sizeBytes: number): number => {
  let blocks = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) blocks++;
  const end = chunk * CHUNK_BYTES + (32 - Math.clz32(mask)) * BLOCK_BYTES;
  return blocks * BLOCK_BYTES - Math.max(0, end - sizeBytes);
};
