/** Copies live frames of packs into new packs, byte for byte. */
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { equalBytes } from '../../codec/bytes.ts';
import {
  DIGEST_BYTES,
  type DigestAlgorithm,
  FRAME_RECORD_BYTES,
  PACK_FOOTER_BYTES,
  PACK_HEADER_BYTES,
  PACK_INDEX_HEAD_BYTES,
  PACK_LIMIT_BYTES,
} from '../../codec/image-limits.ts';
import { native } from '../../disk/native.ts';
import { NacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { writeAt } from './folder-store.ts';
import { type Frame, framesOf, type PackPlan } from './gc-mark.ts';
import { finishPack, readPack, type StoredPack } from './pack-file.ts';
import { packName } from './store-layout.ts';

/** A finished pack that has no name in the store yet. */
export interface NewPack {
  readonly id: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly digests: Uint8Array;
}

const CHECK_OFFSET = 8;
const ENDS_BYTES = PACK_HEADER_BYTES + PACK_INDEX_HEAD_BYTES + PACK_FOOTER_BYTES;

/** A pack file that grows by frames. */
class OpenPack {
  readonly algorithm: DigestAlgorithm;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #frames: Uint8Array[] = [];
  readonly #digests: Uint8Array[] = [];
  #end = PACK_HEADER_BYTES;
  #indexBytes = 0;

  constructor(file: string, handle: FileHandle, algorithm: DigestAlgorithm) {
    this.#path = file;
    this.#handle = handle;
    this.algorithm = algorithm;
  }

  hasRoomFor(frame: Frame): boolean {
    const index = this.#indexBytes + FRAME_RECORD_BYTES + frame.chunks * DIGEST_BYTES;
    return this.#end + frame.storedBytes + index + ENDS_BYTES <= PACK_LIMIT_BYTES;
  }

  async add(bytes: Uint8Array, record: Uint8Array, digests: Uint8Array): Promise<void> {
    await writeAt(this.#handle, bytes, this.#end);
    this.#end += bytes.length;
    this.#indexBytes += record.length + digests.length;
    this.#frames.push(record);
    this.#digests.push(digests);
  }

  async finish(): Promise<NewPack> {
    await this.#handle.close();
    const digests = Buffer.concat(this.#digests);
    const frames = Buffer.concat(this.#frames);
    const { algorithm } = this;
    const { id, sizeBytes } = await finishPack({ path: this.#path, algorithm, frames, digests });
    return { id, path: this.#path, sizeBytes, digests };
  }

  async discard(): Promise<void> {
    await this.#handle.close();
  }
}

/** Makes new packs in a folder. */
export class Repacker {
  readonly #files: ByteStore;
  readonly #directory: string;
  readonly #open = new Map<DigestAlgorithm, OpenPack>();
  readonly #finished: NewPack[] = [];
  #count = 0;

  constructor(files: ByteStore, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  /** Copies the frames of a plan. @throws NacreError `STORE_PACK_DAMAGED` for a frame that is damaged */
  async copy(plan: PackPlan): Promise<void> {
    const pack = await readPack(this.#files, plan.id);
    const wanted = new Set(plan.frames);
    for (const frame of framesOf(pack)) {
      if (wanted.has(frame.number)) await this.#copyFrame(pack, frame);
    }
  }

  /** Finishes what is open. @returns all new packs */
  async finish(): Promise<readonly NewPack[]> {
    for (const pack of this.#open.values()) this.#finished.push(await pack.finish());
    this.#open.clear();
    return this.#finished;
  }

  /** Closes what is open after a failure; the files go with their folder. */
  async discard(): Promise<void> {
    for (const pack of this.#open.values()) await pack.discard();
    this.#open.clear();
  }

  async #copyFrame(pack: StoredPack, frame: Frame): Promise<void> {
    const bytes = await this.#files.read(packName(pack.id), frame.offset, frame.storedBytes);
    const at = frame.number * FRAME_RECORD_BYTES;
    const record = pack.frames.subarray(at, at + FRAME_RECORD_BYTES);
    const check = native
      .digest(pack.algorithm, bytes)
      .subarray(0, FRAME_RECORD_BYTES - CHECK_OFFSET);
    if (!equalBytes(check, record.subarray(CHECK_OFFSET))) {
      const reason = `the frame at offset ${frame.offset} is damaged`;
      throw new NacreError('STORE_PACK_DAMAGED', { pack: pack.id, reason });
    }
    const first = frame.firstChunk * DIGEST_BYTES;
    const digests = pack.digests.subarray(first, first + frame.chunks * DIGEST_BYTES);
    const target = await this.#packFor(pack.algorithm, frame);
    await target.add(bytes, record, digests);
  }

  async #packFor(algorithm: DigestAlgorithm, frame: Frame): Promise<OpenPack> {
    const open = this.#open.get(algorithm);
    if (open?.hasRoomFor(frame)) return open;
    if (open !== undefined) this.#finished.push(await open.finish());
    this.#open.delete(algorithm);
    const fresh = await this.#start(algorithm);
    this.#open.set(algorithm, fresh);
    return fresh;
  }

  async #start(algorithm: DigestAlgorithm): Promise<OpenPack> {
    const file = path.join(this.#directory, `${this.#count++}.pack`);
    return new OpenPack(file, await open(file, 'wx', 0o644), algorithm);
  }
}
