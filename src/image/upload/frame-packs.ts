/**
 * The packs of an upload: frames that somebody else sends, each proved before it is kept. Frames go into `open.pack`, and
 * what they are into `open.records` behind them, so that a process that ends in the middle loses nothing; a full pack gets
 * its index and its name. One call at a time.
 */
import { constants } from 'node:fs';
import { open, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { type FramePiece, serializePieceHead } from '../../codec/frame-piece.ts';
import { isDigestHex } from '../../codec/hex.ts';
import { DIGEST_BYTES, type DigestAlgorithm, PACK_HEADER_BYTES } from '../../codec/image-limits.ts';
import { frameBytesOf } from '../../codec/pack.ts';
import { isNacreError } from '../../errors.ts';
import type { ByteStore } from '../store/byte-store.ts';
import { DigestIndex } from '../store/digest-index.ts';
import { flushFolder, writeAt } from '../store/folder-store.ts';
import { checkPacks } from '../store/pack-check.ts';
import {
  chunksIn,
  finishPack,
  readPack,
  readPackFile,
  type StoredPack,
} from '../store/pack-file.ts';
import { hasErrorCode, toStoreError, writing } from '../store/store-error.ts';
import type { NewPack } from '../store/version-publish.ts';
import {
  type FrameRecords,
  framesIn,
  GrowingRecords,
  readHeads,
  wholePart,
} from './pack-records.ts';

/**
 * Most bytes of a pack. Smaller than those of a local capture: a pack without an index is read again when its upload is
 * opened again, and flushed while its sender waits.
 */
export const UPLOAD_PACK_BYTES = 256 * 2 ** 20;

/** Where the packs of an upload lie. */
export interface PackFolder {
  readonly files: ByteStore;
  /** Folder of the upload, as the store names it, and on this machine. */
  readonly name: string;
  readonly path: string;
  readonly algorithm: DigestAlgorithm;
  /** Default UPLOAD_PACK_BYTES. */
  readonly packLimitBytes?: number | undefined;
}

/** A pack by its name alone; its index is read when it is needed. */
export interface KnownPack {
  readonly id: string;
  readonly sizeBytes: number;
  readonly chunks: number;
}

/** Finished packs by where they are. */
interface FoundPacks {
  /** In the folder of the upload, to be published. */
  readonly fresh: readonly NewPack[];
  /** In their place in the store, where a publication that failed left them. */
  readonly stored: readonly StoredPack[];
}

const EMPTY: FrameRecords = { frames: new Uint8Array(), digests: new Uint8Array() };

const sizeOf = async (file: string): Promise<number> => {
  try {
    return (await stat(file)).size;
  } catch (reason) {
    if (hasErrorCode(reason, 'ENOENT')) return 0;
    throw toStoreError(reason, file);
  }
};

/** An index, unless its pack is gone or damaged. */
export const readIfWhole = async (
  read: () => Promise<StoredPack>,
): Promise<StoredPack | undefined> => {
  try {
    return await read();
  } catch (reason) {
    const isGone =
      isNacreError(reason, 'STORE_PACK_MISSING') || isNacreError(reason, 'STORE_PACK_DAMAGED');
    if (!isGone) throw reason;
    return undefined;
  }
};

/** Packs of one upload. */
export class FramePacks {
  readonly #folder: PackFolder;
  readonly #packs: KnownPack[] = [];
  readonly #index = new DigestIndex();
  #records = new GrowingRecords();
  /** Bytes of `open.records` that count. */
  #headBytes = 0;

  private constructor(folder: PackFolder) {
    this.#folder = folder;
  }

  /**
   * Takes up what there is. Frames of a pack without an index are proved once more, since a power cut may have kept their
   * records and lost them; the first damaged one and all behind it are dropped.
   *
   * @param own names of packs that the upload brought, in its folder or in the store
   */
  static async open(folder: PackFolder, own: readonly string[]): Promise<FramePacks> {
    const packs = new FramePacks(folder);
    await packs.#recover();
    await packs.#takeFinished(own);
    return packs;
  }

  /** Finished packs. */
  get packs(): readonly KnownPack[] {
    return this.#packs;
  }

  /** Bytes that the upload takes in the store, without its manifest. */
  get bytes(): number {
    return this.#packs.reduce((sum, pack) => sum + pack.sizeBytes, this.#records.storedBytes);
  }

  /** Keeps the frames of a proved piece that have a chunk which no other one has. @throws NacreError STORE_FULL, STORE_READ_ONLY, STORE_IO */
  async add(piece: FramePiece): Promise<void> {
    const fresh = this.#freshPart(piece);
    if (fresh === undefined) return;
    const limit = this.#folder.packLimitBytes ?? UPLOAD_PACK_BYTES;
    const isFull = this.#records.packBytesWith(fresh, fresh.stored.length) > limit;
    if (isFull && !this.#records.isEmpty) await this.seal();
    const head = serializePieceHead(fresh.algorithm, fresh.frames, fresh.digests);
    await this.#write('open.pack', PACK_HEADER_BYTES + this.#records.storedBytes, fresh.stored);
    await this.#write('open.records', this.#headBytes, head);
    this.#headBytes += head.length;
    this.#records.add(fresh);
    this.#learn(fresh.digests);
  }

  /** Gives the pack that is being filled its index and its name, and brings it to the medium. */
  async seal(): Promise<void> {
    if (this.#records.isEmpty) return;
    await this.#finish(this.#records.all, this.#records.storedBytes);
    this.#records = new GrowingRecords();
    this.#headBytes = 0;
  }

  /** Whether the upload has brought all of these chunks. */
  hasAll(digests: Uint8Array): boolean {
    for (let at = 0; at < digests.length; at += DIGEST_BYTES) {
      if (this.#index.find(digests, at) < 0) return false;
    }
    return true;
  }

  /** Index of a finished pack. @throws NacreError STORE_PACK_MISSING, STORE_PACK_DAMAGED */
  async read(id: string): Promise<StoredPack> {
    const { files, name } = this.#folder;
    const place = { id, name: `${name}/${id}.pack` };
    return (await this.#isHere(id)) ? readPackFile(files, place) : readPack(files, id);
  }

  /** Where the finished packs are. */
  async find(): Promise<FoundPacks> {
    const fresh: NewPack[] = [];
    const stored: StoredPack[] = [];
    for (const { id } of this.#packs) {
      const pack = await this.read(id);
      const { sizeBytes, digests } = pack;
      if (await this.#isHere(id)) {
        fresh.push({ id, path: this.#path(`${id}.pack`), sizeBytes, digests });
      } else stored.push(pack);
    }
    return { fresh, stored };
  }

  async #isHere(id: string): Promise<boolean> {
    return (await this.#folder.files.size(`${this.#folder.name}/${id}.pack`)) !== undefined;
  }

  #path(name: string): string {
    return path.join(this.#folder.path, name);
  }

  #freshPart(piece: FramePiece): FramePiece | undefined {
    const all = [...framesIn(piece)];
    const kept = all.filter(({ digests }) => !this.hasAll(digests));
    if (kept.length === all.length) return piece;
    if (kept.length === 0) return undefined;
    const part = (field: 'frames' | 'digests' | 'stored'): Uint8Array =>
      Buffer.concat(kept.map((frame) => frame[field]));
    const { algorithm } = piece;
    return { algorithm, frames: part('frames'), digests: part('digests'), stored: part('stored') };
  }

  #learn(digests: Uint8Array): void {
    for (let at = 0; at < digests.length; at += DIGEST_BYTES) this.#index.add(digests, at);
  }

  async #write(name: string, offset: number, bytes: Uint8Array): Promise<void> {
    const file = this.#path(name);
    await writing(file, async () => {
      // Opened for each piece: a sender may be away for days.
      const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o644);
      try {
        await writeAt(handle, bytes, offset);
      } finally {
        await handle.close();
      }
    });
  }

  async #finish(records: FrameRecords, storedBytes: number): Promise<void> {
    const file = this.#path('open.pack');
    const { algorithm } = this.#folder;
    await writing(file, async () => {
      // What a write that failed left behind the last frame.
      await truncate(file, PACK_HEADER_BYTES + storedBytes);
      const { id, sizeBytes } = await finishPack({ path: file, algorithm, ...records });
      await rename(file, this.#path(`${id}.pack`));
      await rm(this.#path('open.records'), { force: true });
      await flushFolder(this.#folder.path);
      const chunks = chunksIn(records.digests);
      this.#packs.push({ id, sizeBytes, chunks });
    });
  }

  async #recover(): Promise<void> {
    const file = this.#path('open.pack');
    const storedBytes = (await sizeOf(file)) - PACK_HEADER_BYTES;
    const { files, name, algorithm } = this.#folder;
    const headBytes = await sizeOf(this.#path('open.records'));
    const heads =
      headBytes === 0 || storedBytes <= 0
        ? EMPTY
        : readHeads(await files.read(`${name}/open.records`, 0, headBytes), storedBytes);
    const records = heads.frames.length === 0 ? heads : await this.#proved(heads, algorithm);
    if (records.frames.length > 0) await this.#finish(records, frameBytesOf(records.frames));
    await rm(file, { force: true });
    await rm(this.#path('open.records'), { force: true });
  }

  async #proved(records: FrameRecords, algorithm: DigestAlgorithm): Promise<FrameRecords> {
    const file = this.#path('open.pack');
    const sizeBytes = PACK_HEADER_BYTES + frameBytesOf(records.frames);
    const pack = { id: 'open', path: file, ...records, sizeBytes, algorithm };
    const { damaged } = await checkPacks([pack], algorithm, {});
    if (damaged.length === 0) return records;
    return wholePart(records, Math.min(...damaged.map(({ offset }) => offset)));
  }

  /** Reads the indexes of finished packs; one that is gone or damaged does not count. */
  async #takeFinished(own: readonly string[]): Promise<void> {
    const inFolder = (await readdir(this.#folder.path))
      .filter((name) => name.endsWith('.pack'))
      .map((name) => name.slice(0, -'.pack'.length))
      .filter(isDigestHex);
    this.#packs.length = 0;
    for (const id of new Set([...own, ...inFolder])) {
      const pack = await readIfWhole(() => this.read(id));
      if (pack === undefined) continue;
      const { sizeBytes, digests } = pack;
      this.#packs.push({ id, sizeBytes, chunks: chunksIn(digests) });
      this.#learn(digests);
    }
  }
}
