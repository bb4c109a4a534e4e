/**
 * Finds digests among millions without an object for each: an open-addressing table of numbers over the
 * packed records themselves (4 to 8 bytes for each digest).
 *
 * Digests come from files that somebody else wrote and may be chosen to collide, so the table's hash is
 * mixed with numbers drawn for each table.
 */
import { randomBytes } from 'node:crypto';
import { DIGEST_BYTES } from '../../codec/image-limits.ts';

const WORDS = DIGEST_BYTES / 4;

const equalAt = (left: Uint8Array, at: number, right: Uint8Array, offset: number): boolean => {
  for (let byte = 0; byte < DIGEST_BYTES; byte++) {
    if (left[at + byte] !== right[offset + byte]) return false;
  }
  return true;
};

const LEAST_BITS = 4;

/** Places of digests in packed records of 32 bytes each. */
export class DigestIndex {
  /** Number of records. */
  count: number;
  #digests: Uint8Array;
  #slots = new Int32Array();
  #shift = 32;
  readonly #factors: Uint32Array;

  /** The records are not copied and must stay as they are; `add` copies them when it needs room. */
  constructor(digests: Uint8Array = new Uint8Array()) {
    this.#digests = digests;
    this.count = Math.floor(digests.length / DIGEST_BYTES);
    const random = randomBytes(WORDS * 4);
    this.#factors = Uint32Array.from({ length: WORDS }, (_, at) => random.readUInt32LE(at * 4) | 1);
    this.#fillSlots(this.count);
  }

  /** Number of the first record that equals the 32 bytes at `offset`; -1 when there is none. */
  find(bytes: Uint8Array, offset: number): number {
    return this.#slots[this.#slotOf(bytes, offset)] ?? -1;
  }

  /** Number of the record that equals the 32 bytes at `offset`, which becomes one if there is none. */
  add(bytes: Uint8Array, offset: number): number {
    const found = this.find(bytes, offset);
    if (found >= 0) return found;
    const record = this.count++;
    const at = record * DIGEST_BYTES;
    if (at >= this.#digests.length) this.#growDigests();
    this.#digests.set(bytes.subarray(offset, offset + DIGEST_BYTES), at);
    if (this.count * 3 > this.#slots.length * 2) this.#fillSlots(this.count * 2);
    else this.#slots[this.#slotOf(this.#digests, at)] = record;
    return record;
  }

  #growDigests(): void {
    const larger = new Uint8Array(Math.max(64, this.count * 2) * DIGEST_BYTES);
    larger.set(this.#digests);
    this.#digests = larger;
  }

  /** Makes the table anew with room for `capacity` records. */
  #fillSlots(capacity: number): void {
    const bits = Math.max(LEAST_BITS, Math.ceil(Math.log2(capacity * 1.5 + 1)));
    this.#slots = new Int32Array(2 ** bits).fill(-1);
    this.#shift = 32 - bits;
    for (let record = 0; record < this.count; record++) {
      const slot = this.#slotOf(this.#digests, record * DIGEST_BYTES);
      if (this.#slots[slot] === -1) this.#slots[slot] = record;
    }
  }

  /** The slot that holds this digest, or the free one where it belongs. */
  #slotOf(bytes: Uint8Array, offset: number): number {
    const last = this.#slots.length - 1;
    let slot = this.#hash(bytes, offset) >>> this.#shift;
    for (;;) {
      const record = this.#slots[slot] ?? -1;
      if (record < 0 || equalAt(this.#digests, record * DIGEST_BYTES, bytes, offset)) return slot;
      slot = slot === last ? 0 : slot + 1;
    }
  }

  #hash(bytes: Uint8Array, offset: number): number {
    let hash = 0;
    for (let word = 0; word < WORDS; word++) {
      const at = offset + word * 4;
      const value =
        (bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24);
      hash = Math.imul(hash ^ value, this.#factors[word] ?? 1);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash, 0x9e3779b1);
  }
}

/** A bit for each of many records. */
export class RecordSet {
  readonly #bits: Uint8Array;
  /** Records in the set. */
  size = 0;

  constructor(count: number) {
    this.#bits = new Uint8Array(Math.ceil(count / 8));
  }

  has(record: number): boolean {
    return (((this.#bits[record >>> 3] ?? 0) >>> (record & 7)) & 1) === 1;
  }

  /** @returns false when it was there already. */
  add(record: number): boolean {
    if (this.has(record)) return false;
    this.#bits[record >>> 3] = (this.#bits[record >>> 3] ?? 0) | (1 << (record & 7));
    this.size++;
    return true;
  }
}
