/** The used blocks of a partclone image: a bit a block, lowest bit first. */

const COUNT_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
});

/** First room for bits; it grows with what really arrives, never with what a header claims. */
const FIRST_BYTES = 64 * 1024;

/** Used blocks of a volume, filled from the front. */
export class BlockBitmap {
  readonly totalBlocks: number;
  #bytes: Uint8Array;
  #filled = 0;

  constructor(totalBlocks: number) {
    this.totalBlocks = totalBlocks;
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, Math.ceil(totalBlocks / 8)));
  }

  /** Bytes filled so far. */
  get filledBytes(): number {
    return this.#filled;
  }

  /** The filled part. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#filled);
  }

  /** Adds packed bits; bits beyond the last block are cleared. */
  append(bits: Uint8Array): void {
    const whole = Math.ceil(this.totalBlocks / 8);
    const needed = this.#filled + bits.length;
    if (needed > whole) throw new RangeError(`bitmap of ${whole} bytes cannot take ${needed}`);
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(whole, Math.max(needed, this.#bytes.length * 2)));
      larger.set(this.#bytes.subarray(0, this.#filled));
      this.#bytes = larger;
    }
    this.#bytes.set(bits, this.#filled);
    this.#filled = needed;
  }

  /** Clears the bits of the last byte that stand for no block; some makers leave them set. */
  trim(): void {
    const last = this.totalBlocks % 8;
    const byte = this.#bytes[this.#filled - 1];
    if (last === 0 || byte === undefined || this.#filled * 8 < this.totalBlocks) return;
    this.#bytes[this.#filled - 1] = byte & ((1 << last) - 1);
  }

  /** Number of used blocks. */
  countUsed(): number {
    let used = 0;
    for (const byte of this.bytes) used += COUNT_OF_BYTE[byte] ?? 0;
    return used;
  }

  isUsed(block: number): boolean {
    return (((this.#bytes[block >>> 3] ?? 0) >> (block & 7)) & 1) === 1;
  }

  /** First used block from `block` on, or `totalBlocks`. */
  nextUsed(block: number): number {
    let at = block;
    while (at < this.totalBlocks) {
      if ((at & 7) === 0 && this.#bytes[at >>> 3] === 0) at += 8;
      else if (this.isUsed(at)) return at;
      else at += 1;
    }
    return this.totalBlocks;
  }

  /** Number of used blocks in a row from the used `block` on, at most `limit`. */
  usedRun(block: number, limit: number): number {
    const end = Math.min(this.totalBlocks, block + limit);
    let at = block;
    while (at < end && this.isUsed(at)) {
      at += (at & 7) === 0 && this.#bytes[at >>> 3] === 0xff ? 8 : 1;
    }
    return Math.min(at, end) - block;
  }
}
