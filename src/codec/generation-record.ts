/**
 * The generation record of a backup partition: which versions lie on it, and which one is current
 * (docs/image-format.md, "Generation record"). 512 bytes, so that one sector holds it; it lies there twice, and
 * the newest that can be read counts.
 *
 * ```
 * 0 magic "NACREGEN" | 8 version u16 | 10 count u8 | 11 current u8 | 12 reserved 4 | 16 sequence u64 | 24 reserved 8
 * 32 generations, 40 bytes each: id 32 | state u8 | reserved 7
 * 352 reserved 128 | 480 SHA-256 of the 480 bytes before
 * ```
 */
import { isNacreError } from '../errors.ts';
import { equalBytes, FieldReader, putText, putU64, viewOf } from './bytes.ts';
import { fromHex, toHex } from './hex.ts';
import { DIGEST_BYTES, FORMAT_VERSION } from './image-limits.ts';

/** Length of a record: one sector of 512 bytes, or the first 512 bytes of a larger one. */
export const GENERATION_RECORD_BYTES = 512;
/** Most versions that a record names. */
export const GENERATION_LIMIT = 8;

/** A version on a backup partition. */
export interface GenerationState {
  /** Id of the version, 64 hex digits. */
  readonly id: string;
  /** Every file of it is there. */
  readonly isComplete: boolean;
  /** All its chunks were read back from the partition and right; only a complete one can be. */
  readonly isVerified: boolean;
}

/** What a backup partition holds. */
export interface GenerationRecord {
  /** Goes up with each change: of two records the one with the higher number is newer. */
  readonly sequence: number;
  /** Id of the version that a restore takes; it is verified. Undefined when there is none yet. */
  readonly current: string | undefined;
  /** Newest first. */
  readonly generations: readonly GenerationState[];
}

/** SHA-256 of bytes; this room has no digests of its own. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const MAGIC = 'NACREGEN';
const FIRST_GENERATION = 32;
const GENERATION_BYTES = 40;
const AFTER_GENERATIONS = FIRST_GENERATION + GENERATION_LIMIT * GENERATION_BYTES;
const DIGEST_OFFSET = GENERATION_RECORD_BYTES - DIGEST_BYTES;
const COMPLETE = 1;
const VERIFIED = 2;

const parseGeneration = (reader: FieldReader, at: number): GenerationState => {
  const id = toHex(reader.bytes(at, DIGEST_BYTES, 'id'));
  const state = reader.u8(at + DIGEST_BYTES, 'state');
  if (state === VERIFIED || state > (COMPLETE | VERIFIED))
    throw reader.error('state', state, '0, 1 or 3');
  reader.reserved(at + DIGEST_BYTES + 1, GENERATION_BYTES - DIGEST_BYTES - 1);
  return { id, isComplete: state !== 0, isVerified: state === (COMPLETE | VERIFIED) };
};

const checkIds = (reader: FieldReader, generations: readonly GenerationState[]): void => {
  if (new Set(generations.map(({ id }) => id)).size === generations.length) return;
  throw reader.error('id', 'an id twice', 'each id once');
};

const currentOf = (
  reader: FieldReader,
  generations: readonly GenerationState[],
): string | undefined => {
  const number = reader.u8(11, 'current');
  if (number === 0) return undefined;
  const current = generations[number - 1];
  if (current?.isVerified !== true) throw reader.error('current', number, 'a verified generation');
  return current.id;
};

/** Reads a record. @throws NacreError `IMAGE_FORMAT(_VERSION)` naming the field */
export const parseGenerationRecord = (bytes: Uint8Array, sha256: Sha256): GenerationRecord => {
  const reader = new FieldReader('generation record', bytes);
  reader.magic(0, MAGIC);
  reader.version(8, FORMAT_VERSION);
  const digest = reader.bytes(DIGEST_OFFSET, DIGEST_BYTES, 'digest');
  const found = sha256(reader.bytes(0, DIGEST_OFFSET, 'record'));
  if (!equalBytes(found, digest)) throw reader.error('digest', toHex(found), toHex(digest));
  const count = reader.u8(10, 'count');
  if (count > GENERATION_LIMIT) throw reader.error('count', count, `at most ${GENERATION_LIMIT}`);
  reader.reserved(12, 4);
  reader.reserved(24, FIRST_GENERATION - 24);
  const end = FIRST_GENERATION + count * GENERATION_BYTES;
  reader.reserved(end, AFTER_GENERATIONS - end);
  reader.reserved(AFTER_GENERATIONS, DIGEST_OFFSET - AFTER_GENERATIONS);
  const generations = Array.from({ length: count }, (_, index) =>
    parseGeneration(reader, FIRST_GENERATION + index * GENERATION_BYTES),
  );
  checkIds(reader, generations);
  const current = currentOf(reader, generations);
  return { sequence: reader.u64(16, 'sequence'), current, generations };
};

/**
 * Writes a record and reads it back, so that nothing leaves that `parseGenerationRecord` refuses.
 * @throws NacreError `IMAGE_FORMAT` for values that break the format
 */
export const serializeGenerationRecord = (record: GenerationRecord, sha256: Sha256): Uint8Array => {
  const { sequence, current, generations } = record;
  const bytes = new Uint8Array(GENERATION_RECORD_BYTES);
  const view = viewOf(bytes);
  putText(bytes, 0, MAGIC);
  view.setUint16(8, FORMAT_VERSION, true);
  view.setUint8(10, generations.length);
  view.setUint8(11, generations.findIndex(({ id }) => id === current) + 1);
  putU64(view, 16, sequence);
  for (const [index, { id, isComplete, isVerified }] of generations
    .slice(0, GENERATION_LIMIT)
    .entries()) {
    const at = FIRST_GENERATION + index * GENERATION_BYTES;
    bytes.set(fromHex(id) ?? [], at);
    view.setUint8(at + DIGEST_BYTES, (isComplete ? COMPLETE : 0) | (isVerified ? VERIFIED : 0));
  }
  bytes.set(sha256(bytes.subarray(0, DIGEST_OFFSET)), DIGEST_OFFSET);
  parseGenerationRecord(bytes, sha256);
  return bytes;
};

const readable = (bytes: Uint8Array | undefined, sha256: Sha256): GenerationRecord | undefined => {
  if (bytes === undefined) return undefined;
  try {
    return parseGenerationRecord(bytes, sha256);
  } catch (reason) {
    if (isNacreError(reason)) return undefined;
    throw reason;
  }
};

/** Which of the two places of a record. */
export type RecordSlot = 0 | 1;

/** The record that counts, the newest that can be read, and its place; undefined when neither can be. */
export const newestRecord = (
  slots: readonly [Uint8Array | undefined, Uint8Array | undefined],
  sha256: Sha256,
): { readonly slot: RecordSlot; readonly record: GenerationRecord } | undefined => {
  const [first, second] = [readable(slots[0], sha256), readable(slots[1], sha256)];
  if (first !== undefined && (second === undefined || first.sequence >= second.sequence))
    return { slot: 0, record: first };
  return second === undefined ? undefined : { slot: 1, record: second };
};
