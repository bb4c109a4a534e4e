/**
 * The record of a write cache: its mode, and what its store lies over. It lies twice in the last MiB of the write-cache
 * partition, behind the store, each alone in a block of 4096 bytes (docs/write-cache.md); the newest that can be read counts.
 * The program in the initramfs reads and writes the same bytes (pxe/writecache/record.cc). Numbers are little-endian.
 *
 * ```
 * 0 magic "NACREWCA" | 8 version u16 | 10 mode u8: 1 restore, 2 non-restore | 11 flags u8: 1 merging, 2 lost
 * 12 chunk size in sectors of 512 bytes u32 | 16 sequence u64 | 24 start of the base u64 | 32 its length u64 | 40 length of the store u64
 * 48 BLAKE3 of the first 128 KiB of the base, zeros: not known | 80 reserved 400 | 480 BLAKE3 of the 480 bytes before
 * ```
 */
import { isNacreError, type NacreError } from '../errors.ts';
import { equalBytes, putText, putU64, viewOf } from './bytes.ts';
import { fromHex, toHex } from './hex.ts';
import { LEAST_SNAPSHOT_CHUNK, MOST_SNAPSHOT_CHUNK } from './snapshot-store.ts';
import { writeCacheError } from './write-cache-error.ts';

export const WRITE_CACHE_RECORD_BYTES = 512;
/** What a record is written with, so that it has a sector of its own on every disk. */
export const WRITE_CACHE_BLOCK_BYTES = 4096;
/** The end of the partition that is no store. */
export const WRITE_CACHE_TAIL_BYTES = 2 ** 20;
/** Of a base, what is digested to know it again. */
export const BASE_HEAD_BYTES = 128 * 2 ** 10;
/** What is zeroed of a store to empty it. */
export const STORE_HEAD_BYTES = 64 * 2 ** 10;

/** `restore`: changes are dropped at each start. `non-restore`: they are kept. */
export type WriteCacheMode = 'restore' | 'non-restore';

export interface WriteCacheRecord {
  /** Goes up with each change. */
  readonly sequence: number;
  readonly mode: WriteCacheMode;
  /** Its changes are being merged into the base: they are kept in any mode, because half of the base is new. */
  readonly isMerging: boolean;
  /** Changes were lost since the mode was chosen. */
  readonly isLost: boolean;
  /** Chunk size of a store that is made; an existing one has its own. */
  readonly chunkBytes: number;
  /** Bytes of the disk that the store lies over. */
  readonly baseStart: number;
  readonly baseBytes: number;
  /** From the start of the partition. */
  readonly storeBytes: number;
  /** Digest of the head of the base that the changes are for, hex; undefined: taken at the next start. */
  readonly baseHead: string | undefined;
}

/** BLAKE3-256; this room has no digests of its own. */
export type Blake3 = (bytes: Uint8Array) => Uint8Array;

const MAGIC = 'NACREWCA';
const VERSION = 1;
const MERGING = 1;
const LOST = 2;
const BASE_HEAD_AT = 48;
const RESERVED_AT = 80;
const DIGEST_AT = 480;
const MODES: readonly (WriteCacheMode | undefined)[] = [undefined, 'restore', 'non-restore'];
const NO_DIGEST = '00'.repeat(32);

const refuse = (field: string, found: string | number, needed: string | number): NacreError =>
  writeCacheError('record', field, found, needed);

const numberAt = (view: DataView, at: number, field: string, least: number): number => {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (value < least || value > Number.MAX_SAFE_INTEGER)
    throw refuse(field, value, `${least} to 2^53 - 1`);
  return value;
};

const chunkAt = (view: DataView, at: number): number => {
  const chunkBytes = view.getUint32(at, true) * 512;
  const isPower = Number.isInteger(Math.log2(chunkBytes));
  if (isPower && chunkBytes >= LEAST_SNAPSHOT_CHUNK && chunkBytes <= MOST_SNAPSHOT_CHUNK)
    return chunkBytes;
  const needed = `a power of two from ${LEAST_SNAPSHOT_CHUNK} to ${MOST_SNAPSHOT_CHUNK}`;
  throw refuse('chunk size', chunkBytes, needed);
};

const requireDigest = (bytes: Uint8Array, blake3: Blake3): void => {
  const found = bytes.subarray(DIGEST_AT, WRITE_CACHE_RECORD_BYTES);
  const needed = blake3(bytes.subarray(0, DIGEST_AT));
  if (!equalBytes(found, needed)) throw refuse('digest', toHex(found), toHex(needed));
};

/** @throws NacreError WRITE_CACHE_FORMAT */
export const parseWriteCacheRecord = (bytes: Uint8Array, blake3: Blake3): WriteCacheRecord => {
  if (bytes.length < WRITE_CACHE_RECORD_BYTES)
    throw refuse('length', bytes.length, WRITE_CACHE_RECORD_BYTES);
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw refuse('magic', JSON.stringify(magic), MAGIC);
  requireDigest(bytes, blake3);
  const view = viewOf(bytes);
  const version = view.getUint16(8, true);
  if (version !== VERSION) throw refuse('version', version, VERSION);
  const mode = MODES[view.getUint8(10)];
  if (mode === undefined) throw refuse('mode', view.getUint8(10), '1 or 2');
  const flags = view.getUint8(11);
  if (flags > (MERGING | LOST)) throw refuse('flags', flags, '0 to 3');
  const odd = bytes.subarray(RESERVED_AT, DIGEST_AT).findIndex((byte) => byte !== 0);
  if (odd >= 0)
    throw refuse(`reserved byte ${RESERVED_AT + odd}`, bytes[RESERVED_AT + odd] ?? 0, 0);
  const baseHead = toHex(bytes.subarray(BASE_HEAD_AT, RESERVED_AT));
  return {
    sequence: numberAt(view, 16, 'sequence', 0),
    mode,
    isMerging: (flags & MERGING) !== 0,
    isLost: (flags & LOST) !== 0,
    chunkBytes: chunkAt(view, 12),
    baseStart: numberAt(view, 24, 'start of the base', 0),
    baseBytes: numberAt(view, 32, 'length of the base', 1),
    storeBytes: numberAt(view, 40, 'length of the store', 1),
    baseHead: baseHead === NO_DIGEST ? undefined : baseHead,
  };
};

/**
 * Writes a record and reads it back, so that nothing leaves that `parseWriteCacheRecord` refuses.
 * @throws NacreError WRITE_CACHE_FORMAT for values that break the format
 */
export const serializeWriteCacheRecord = (record: WriteCacheRecord, blake3: Blake3): Uint8Array => {
  const bytes = new Uint8Array(WRITE_CACHE_RECORD_BYTES);
  const view = viewOf(bytes);
  putText(bytes, 0, MAGIC);
  view.setUint16(8, VERSION, true);
  view.setUint8(10, MODES.indexOf(record.mode));
  view.setUint8(11, (record.isMerging ? MERGING : 0) | (record.isLost ? LOST : 0));
  view.setUint32(12, record.chunkBytes / 512, true);
  putU64(view, 16, record.sequence);
  putU64(view, 24, record.baseStart);
  putU64(view, 32, record.baseBytes);
  putU64(view, 40, record.storeBytes);
  bytes.set(fromHex(record.baseHead ?? NO_DIGEST) ?? [], BASE_HEAD_AT);
  bytes.set(blake3(bytes.subarray(0, DIGEST_AT)), DIGEST_AT);
  parseWriteCacheRecord(bytes, blake3);
  return bytes;
};

const readable = (bytes: Uint8Array | undefined, blake3: Blake3): WriteCacheRecord | undefined => {
  if (bytes === undefined) return undefined;
  try {
    return parseWriteCacheRecord(bytes, blake3);
  } catch (reason) {
    if (isNacreError(reason, 'WRITE_CACHE_FORMAT')) return undefined;
    throw reason;
  }
};

/** The record that counts and its place (0 or 1); undefined when neither can be read. */
export const newestWriteCacheRecord = (
  copies: readonly [Uint8Array | undefined, Uint8Array | undefined],
  blake3: Blake3,
): { readonly copy: 0 | 1; readonly record: WriteCacheRecord } | undefined => {
  const [first, second] = [readable(copies[0], blake3), readable(copies[1], blake3)];
  if (first !== undefined && (second === undefined || first.sequence >= second.sequence))
    return { copy: 0, record: first };
  return second === undefined ? undefined : { copy: 1, record: second };
};
