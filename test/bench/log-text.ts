import type { Random } from '../helpers/random.ts';

const MIB = 1 << 20;
const LETTERS = 'etaoinshrdlucmfw';
const VOCABULARY = 4000;

/** Log lines: time stamps, levels, ids and a skewed vocabulary. */
export class LogText {
  readonly #random: Random;
  readonly #words: readonly string[];
  /** Long texts are put together from these at varied offsets: lines are slow to make. */
  readonly #pieces: readonly Buffer[];
  #seconds = 1.6e9;

  constructor(random: Random) {
    this.#random = random;
    this.#words = Array.from({ length: VOCABULARY }, () => this.#word());
    this.#pieces = Array.from({ length: 8 }, () => this.#fresh(2 * MIB));
  }

  bytes(length: number): Buffer {
    if (length <= MIB) return this.#fresh(length);
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const piece = this.#pieces[this.#random.below(this.#pieces.length)] ?? Buffer.alloc(1);
      const start = this.#random.below(piece.length / 2);
      const part = piece.subarray(start, start + left);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  #word(): string {
    const letter = (): string => LETTERS[this.#random.below(LETTERS.length)] ?? '';
    return Array.from({ length: 2 + this.#random.below(10) }, letter).join('');
  }

  #fresh(length: number): Buffer {
    const lines: string[] = [];
    for (let size = 0; size < length; ) {
      const line = this.#line();
      lines.push(line);
      size += line.length;
    }
    return Buffer.from(lines.join('')).subarray(0, length);
  }

  #line(): string {
    const random = this.#random;
    this.#seconds += random.below(1000) / 1000;
    const word = (): string =>
      this.#words[Math.floor(VOCABULARY * (random.below(1e6) / 1e6) ** 3)] ?? '';
    const words = Array.from({ length: 4 + random.below(11) }, word).join(' ');
    const level = random.pick(['INFO', 'INFO', 'WARN', 'DEBUG']);
    const source = this.#words[random.below(60)] ?? '';
    const id = random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
    const start = `${this.#seconds.toFixed(3)} ${level} pid=${100 + random.below(9900)}`;
    return `${start} [${source}] ${words} id=${id}\n`;
  }
}
