import { type Cipher, createCipheriv, createHash } from 'node:crypto';

/** An endless stream of bytes that looks random, the same for the same seed, at more than 1 GB/s. */
export class Noise {
  readonly #stream: Cipher;

  constructor(seed: string) {
    const key = createHash('sha256').update(seed).digest();
    this.#stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  /** The next `length` bytes. */
  bytes(length: number): Buffer {
    return this.#stream.update(Buffer.alloc(length));
  }
}
