/**
 * Writes a raw disk image with holes where the bytes are zero, and reads it back for comparison.
 *
 * Bytes come in rising order, with gaps allowed; windows of 1 MiB are gathered, and of each window only
 * the runs of non-zero 4 KiB blocks are written. The digest covers those runs with their offsets, so
 * that it can be made again from the file, holes included, and does not depend on how bytes arrived.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import path from 'node:path';
import { NacreError } from '../../errors.ts';

const WINDOW_BYTES = 1 << 20;
const BLOCK_BYTES = 4096;
const ZERO_BLOCK = Buffer.alloc(BLOCK_BYTES);
/** Free space is looked at again after so many bytes written. */
const SPACE_CHECK_BYTES = 64 << 20;
/** What is always left free for others. */
export const SPACE_RESERVE_BYTES = 64 << 20;

/** What a finished file holds. */
export interface SparseContent {
  readonly sizeBytes: number;
  /** Bytes in runs that are not zero, whole 4 KiB blocks. */
  readonly dataBytes: number;
  /** SHA-256 over offset and bytes of each run; hex. */
  readonly digest: string;
}

/** @throws {NacreError} CONVERT_NO_SPACE where `folder` has less room than `neededBytes` and the reserve. */
export const requireSpace = async (
  folder: string,
  neededBytes: number,
  reserveBytes = SPACE_RESERVE_BYTES,
): Promise<void> => {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes + reserveBytes) {
    throw new NacreError('CONVERT_NO_SPACE', { path: folder, freeBytes, neededBytes });
  }
};

const isZero = (bytes: Buffer, start: number, end: number): boolean =>
  bytes.compare(ZERO_BLOCK, 0, end - start, start, end) === 0;

interface Run {
  readonly start: number;
  readonly end: number;
}

/** Runs of blocks of `bytes` that are not zero; the last block may be a short one. */
const runsOf = (bytes: Buffer): Run[] => {
  const runs: Run[] = [];
  let start = -1;
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const isHole = isZero(bytes, at, Math.min(at + BLOCK_BYTES, bytes.length));
    if (!isHole && start < 0) start = at;
    if (isHole && start >= 0) {
      runs.push({ start, end: at });
      start = -1;
    }
  }
  if (start >= 0) runs.push({ start, end: bytes.length });
  return runs;
};

/** Gathers the runs of a file in order. */
class RunDigest {
  readonly #hash: Hash = createHash('sha256');
  #dataBytes = 0;

  add(offset: number, bytes: Uint8Array): void {
    const place = Buffer.alloc(8);
    place.writeBigUInt64LE(BigInt(offset));
    this.#hash.update(place).update(bytes);
    this.#dataBytes += bytes.length;
  }

  finish(sizeBytes: number): SparseContent {
    return { sizeBytes, dataBytes: this.#dataBytes, digest: this.#hash.digest('hex') };
  }
}

/** What bounds a file that is written. */
export interface SparseFileOptions {
  /** No more than this many bytes, holes included. */
  readonly maximumBytes: number;
  /** Left free in the folder; default `SPACE_RESERVE_BYTES`. */
  readonly reserveBytes?: number | undefined;
  /** Named in errors as what unpacks to these bytes. */
  readonly source: string;
  /** Permissions, less the umask; a temporary file is for its owner only. */
  readonly mode: 0o600 | 0o666;
}

/** A new raw file on its way. `write` in rising order, then `finish`, and `close` in any case. */
export class SparseFile {
  readonly #file: FileHandle;
  readonly #folder: string;
  readonly #options: SparseFileOptions;
  readonly #digest = new RunDigest();
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #windowStart = 0;
  #end = 0;
  #unchecked = SPACE_CHECK_BYTES;

  private constructor(file: FileHandle, folder: string, options: SparseFileOptions) {
    this.#file = file;
    this.#folder = folder;
    this.#options = options;
  }

  /** Makes a new file; one that exists is refused with EEXIST. */
  static async create(target: string, options: SparseFileOptions): Promise<SparseFile> {
    const file = await open(target, 'wx', options.mode);
    return new SparseFile(file, path.dirname(target), options);
  }

  /** End of what was written so far. */
  get end(): number {
    return this.#end;
  }

  /**
   * Puts bytes at `offset`, which is not below the end of what was written before.
   * @throws {NacreError} CONVERT_TOO_LARGE, CONVERT_NO_SPACE.
   */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset < this.#end) throw new RangeError(`offset ${offset} is below ${this.#end}`);
    this.#checkLimit(offset + bytes.length);
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      if (at >= this.#windowStart + WINDOW_BYTES) await this.#startWindow(at);
      const inWindow = at - this.#windowStart;
      const part = bytes.subarray(done, done + WINDOW_BYTES - inWindow);
      this.#window.set(part, inWindow);
      this.#end = at + part.length;
      done += part.length;
    }
  }

  /** @throws {NacreError} CONVERT_NO_SPACE where `neededBytes` more would not fit. */
  async requireSpace(neededBytes: number): Promise<void> {
    await requireSpace(this.#folder, neededBytes, this.#options.reserveBytes);
  }

  /** Gives the file its size, with all bytes on the medium if `flush`; what no write reached is zero. */
  async finish(sizeBytes: number, options: { readonly flush: boolean }): Promise<SparseContent> {
    if (sizeBytes < this.#end) throw new RangeError(`size ${sizeBytes} is below ${this.#end}`);
    this.#checkLimit(sizeBytes);
    await this.#flushWindow(sizeBytes);
    await this.#file.truncate(sizeBytes);
    if (options.flush) await this.#file.sync();
    return this.#digest.finish(sizeBytes);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #checkLimit(end: number): void {
    const { source, maximumBytes } = this.#options;
    if (end > maximumBytes) {
      throw new NacreError('CONVERT_TOO_LARGE', { path: source, maximumBytes, foundBytes: end });
    }
  }

  async #startWindow(at: number): Promise<void> {
    await this.#flushWindow(this.#windowStart + WINDOW_BYTES);
    this.#window.fill(0);
    this.#windowStart = at - (at % WINDOW_BYTES);
  }

  async #flushWindow(fileEnd: number): Promise<void> {
    if (this.#end <= this.#windowStart) return;
    const window = this.#window.subarray(0, Math.max(0, fileEnd - this.#windowStart));
    for (const { start, end } of runsOf(window)) {
      const bytes = window.subarray(start, end);
      this.#digest.add(this.#windowStart + start, bytes);
      await this.#writeOut(this.#windowStart + start, bytes);
    }
  }

  async #writeOut(offset: number, bytes: Buffer): Promise<void> {
    this.#unchecked += bytes.length;
    if (this.#unchecked >= SPACE_CHECK_BYTES) {
      this.#unchecked = 0;
      await this.requireSpace(bytes.length);
    }
    try {
      for (let done = 0; done < bytes.length; ) {
        const rest = bytes.length - done;
        done += (await this.#file.write(bytes, done, rest, offset + done)).bytesWritten;
      }
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') throw error;
      const facts = { path: this.#folder, freeBytes: 0, neededBytes: bytes.length };
      throw new NacreError('CONVERT_NO_SPACE', facts, { cause: error });
    }
  }
}

/** Reads a raw file once and digests it as `SparseFile` does. */
export const digestRawFile = async (
  target: string,
  signal?: AbortSignal,
): Promise<SparseContent> => {
  const file = await open(target, 'r');
  try {
    const digest = new RunDigest();
    const window = Buffer.alloc(WINDOW_BYTES);
    for (let offset = 0; ; ) {
      signal?.throwIfAborted();
      const bytes = window.subarray(0, await fillWindow(file, window, offset));
      if (bytes.length === 0) return digest.finish(offset);
      for (const { start, end } of runsOf(bytes)) {
        digest.add(offset + start, bytes.subarray(start, end));
      }
      offset += bytes.length;
    }
  } finally {
    await file.close();
  }
};

const fillWindow = async (file: FileHandle, window: Buffer, offset: number): Promise<number> => {
  let length = 0;
  while (length < window.length) {
    const rest = window.length - length;
    const { bytesRead } = await file.read(window, length, rest, offset + length);
    if (bytesRead === 0) return length;
    length += bytesRead;
  }
  return length;
};
