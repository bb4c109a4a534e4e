/**
 * A capture that comes over a network, on its way into a store. It survives the end of its sender and of this process: what
 * has arrived and was proved is kept in `uploads/<id>`, and counts as known when the sender asks again.
 */
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseFramePiece } from '../../codec/frame-piece.ts';
import { DIGEST_BYTES } from '../../codec/image-limits.ts';
import { type Manifest, parseManifest, serializeManifest } from '../../codec/manifest.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { writeAt } from '../store/folder-store.ts';
import { idsOf } from '../store/image-record.ts';
import { readRecord } from '../store/image-records.ts';
import { checkImageName } from '../store/image-reference.ts';
import { findKnownPacks } from '../store/known-packs.ts';
import { chunksIn, readPack, type StoredPack, sha256Hex } from '../store/pack-file.ts';
import { writing } from '../store/store-error.ts';
import { uploadFolder } from '../store/store-layout.ts';
import { type StoreContext, timeOf, withStoreLock } from '../store/store-lock.ts';
import {
  readUpload,
  removeUpload,
  type UploadRecord,
  writeUpload,
} from '../store/upload-record.ts';
import { readManifest } from '../store/version-files.ts';
import { publishVersion } from '../store/version-publish.ts';
import { FramePacks, type PackFolder, readIfWhole } from './frame-packs.ts';
import { provePiece } from './piece-proof.ts';
import { draftLimit, freshRecord, requireNewest } from './upload-start.ts';
import type { UploadBegin, UploadDraft, UploadedVersion } from './upload-target.ts';

/** Rows of digests that are given at a time. */
export const KNOWN_ROWS = 2 ** 16;
/** 8 TiB: as many chunks as a manifest has digests for. */
export const MOST_DISK_BYTES = 2 ** 43;
/** Frames that zstd made no smaller, and what a second look at a disk that changed may add. */
const SPARE_BYTES = 16 * 2 ** 20;

/** Who sends, and what becomes of it. */
export interface UploadRequest {
  /** 32 hex digits. */
  readonly id: string;
  /** Who takes it, and says when it is not wanted any more. */
  readonly keeper: string;
  /** Image that gets a new version. */
  readonly name: string;
  readonly packLimitBytes?: number | undefined;
  /** Version that the new one is to follow, and that has to be the newest until then; default: whatever is the newest at the begin. */
  readonly parent?: string | undefined;
}

/** What the manifest gets beside what was captured. */
export interface UploadLabels {
  readonly comment: string;
  /** Who made it, for people; default: what its sender says. */
  readonly creator?: string | undefined;
  /** PEM of a private key. */
  readonly sign?: string | undefined;
}

/** Rows of digests, 32 bytes each. */
interface KnownRows {
  readonly count: number;
  readonly read: () => Promise<Uint8Array>;
}

const refuseDraft = (reason: string): NacreError<'STORE_UPLOAD_MANIFEST'> =>
  new NacreError('STORE_UPLOAD_MANIFEST', { reason });

interface UploadParts {
  readonly id: string;
  readonly context: StoreContext;
  readonly packs: FramePacks;
  readonly record: UploadRecord;
  /** Bytes of a draft that is there. */
  readonly draftBytes: number;
  /** Nothing may become newer than the parent meanwhile. */
  readonly follows: boolean;
}

/** One upload of a store. Its steps go one after the other. */
export class UploadSession {
  readonly id: string;
  readonly #context: StoreContext;
  readonly #packs: FramePacks;
  readonly #follows: boolean;
  #record: UploadRecord;
  #rows: readonly KnownRows[] = [];
  #draftBytes: number;
  #last: Promise<unknown> = Promise.resolve();
  #isRemoved = false;

  private constructor({ id, context, packs, record, draftBytes, follows }: UploadParts) {
    this.id = id;
    this.#context = context;
    this.#packs = packs;
    this.#record = record;
    this.#draftBytes = draftBytes;
    this.#follows = follows;
  }

  /**
   * Begins an upload, or takes it up where it was.
   *
   * @throws NacreError IMAGE_NAME, UPDATE_BASE_MOVED, STORE_FULL, STORE_READ_ONLY, STORE_BUSY
   */
  static async open(context: StoreContext, request: UploadRequest): Promise<UploadSession> {
    const { id, keeper, packLimitBytes, parent } = request;
    const name = checkImageName(request.name);
    const folder = uploadFolder(id);
    const record = await withStoreLock(context, async () => {
      const known = await readUpload(context, id);
      if (known?.name === name && (parent === undefined || known.parent === parent)) {
        const touched = { ...known, touchedAt: timeOf(context) };
        await writeUpload(context, id, touched);
        return touched;
      }
      await removeUpload(context, id);
      const fresh = await freshRecord(context, { keeper, name, parent });
      await writeUpload(context, id, fresh);
      return fresh;
    });
    const { algorithm, own } = record;
    const place: PackFolder = {
      ...{ files: context.files, name: folder, path: context.files.localPath(folder) },
      ...{ algorithm, packLimitBytes },
    };
    const packs = await FramePacks.open(place, own);
    const draftBytes = (await context.files.size(`${folder}/draft`)) ?? 0;
    const follows = parent !== undefined;
    return new UploadSession({ id, context, packs, record, draftBytes, follows });
  }

  /** Image that gets a new version. */
  get name(): string {
    return this.#record.name;
  }

  /** Bytes of frames that are kept so far. */
  get storedBytes(): number {
    return this.#packs.bytes;
  }

  /**
   * The sender begins to look at its disk. What it may count as stored is held from now on.
   *
   * @throws NacreError STORE_UPLOAD_LIMIT for a disk that no manifest describes, STORE_FULL, STORE_BUSY
   */
  begin(diskBytes: number): Promise<UploadBegin> {
    return this.#inTurn(async () => {
      if (diskBytes > MOST_DISK_BYTES)
        throw new NacreError('STORE_UPLOAD_LIMIT', { found: diskBytes, limit: MOST_DISK_BYTES });
      const version = await this.#published();
      const { algorithm, parent } = this.#record;
      if (version !== undefined) return { algorithm, parent, knownDigests: 0, version };
      await this.#packs.seal();
      await withStoreLock(this.#context, async () => {
        const found = await findKnownPacks(this.#context, parent, algorithm);
        const known = found.map((pack) => pack.id);
        await this.#store({ diskBytes, known, own: this.#packs.packs.map((pack) => pack.id) });
        this.#rows = [
          ...this.#packs.packs.map((pack) => ({
            count: pack.chunks,
            read: async () => (await this.#packs.read(pack.id)).digests,
          })),
          ...found.map(({ id, digests }) => ({
            count: chunksIn(digests),
            read: async () => (await readPack(this.#context.files, id)).digests,
          })),
        ];
      });
      const knownDigests = this.#rows.reduce((sum, { count }) => sum + count, 0);
      return { algorithm, parent, knownDigests, version: null };
    });
  }

  /** Digests that need not be sent, from the row `from` on: at most KNOWN_ROWS of them, none behind the last. */
  known(from: number): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      let first = 0;
      for (const { count, read } of this.#rows) {
        if (from < first + count) {
          const start = (from - first) * DIGEST_BYTES;
          return (await read()).subarray(start, start + KNOWN_ROWS * DIGEST_BYTES);
        }
        first += count;
      }
      return new Uint8Array();
    });
  }

  /**
   * Proves and keeps a piece of frames; what is there already is left out.
   *
   * @throws NacreError IMAGE_FORMAT, STORE_UPLOAD_FRAME, STORE_UPLOAD_LIMIT, STORE_FULL
   */
  putFrames(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const piece = parseFramePiece(bytes);
      const { algorithm, diskBytes } = this.#record;
      if (piece.algorithm !== algorithm) {
        const facts = { part: 'pack index', field: 'digest algorithm' };
        throw new NacreError('IMAGE_FORMAT', {
          ...facts,
          found: piece.algorithm,
          needed: algorithm,
        });
      }
      const found = this.#packs.bytes + piece.stored.length;
      const limit = diskBytes + SPARE_BYTES;
      if (found > limit) throw new NacreError('STORE_UPLOAD_LIMIT', { found, limit });
      await provePiece(piece);
      await this.#packs.add(piece);
    });
  }

  /** Whether all of these chunks (digests, 32 bytes each) have arrived: for a sender whose answer got lost. */
  hasAll(digests: Uint8Array): Promise<boolean> {
    return this.#inTurn(async () => this.#packs.hasAll(digests));
  }

  /**
   * Takes bytes of the draft of the manifest. The same bytes again are fine, also all of them.
   *
   * @returns bytes that are there
   * @throws NacreError STORE_UPLOAD_GAP for bytes behind those that are there, STORE_UPLOAD_LIMIT, STORE_FULL
   */
  putDraft(at: number, bytes: Uint8Array): Promise<number> {
    return this.#inTurn(async () => {
      const limit = draftLimit(this.#record.diskBytes);
      const end = at + bytes.length;
      if (end > limit) throw new NacreError('STORE_UPLOAD_LIMIT', { found: end, limit });
      // Another one begins at its first byte.
      if (at === 0) this.#draftBytes = 0;
      const needed = this.#draftBytes;
      if (at > needed) throw new NacreError('STORE_UPLOAD_GAP', { found: at, needed });
      const file = this.#path('draft');
      await writing(file, async () => {
        const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o644);
        try {
          await writeAt(handle, bytes, at);
        } finally {
          await handle.close();
        }
      });
      this.#draftBytes = Math.max(this.#draftBytes, end);
      return this.#draftBytes;
    });
  }

  /**
   * Makes the version visible, complete. Asked again it is the same version.
   *
   * @throws NacreError STORE_UPLOAD_MANIFEST for a draft that is not whole, or of another disk; IMAGE_FORMAT;
   *   STORE_CHUNK_MISSING when a digest is in no pack; UPDATE_BASE_MOVED; IMAGE_KEY_INVALID, STORE_FULL, STORE_BUSY
   */
  publish(draft: UploadDraft, labels: UploadLabels): Promise<UploadedVersion> {
    return this.#inTurn(async () => {
      const before = await this.#published();
      if (before !== undefined) return before;
      await this.#packs.seal();
      const manifest = await this.#manifestOf(draft, labels);
      const version = {
        id: sha256Hex(serializeManifest(manifest)),
        draft: draft.digest,
        createdAt: manifest.createdAt,
        usedBytes: manifest.partitions.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
        storedBytes: this.#packs.bytes,
      };
      const own = this.#packs.packs.map(({ id }) => id);
      await withStoreLock(this.#context, () => this.#store({ own, version }));
      // Of a try that failed.
      await rm(this.#path('manifest'), { force: true });
      const { fresh, stored } = await this.#packs.find();
      await publishVersion(this.#context, {
        manifest,
        packs: fresh,
        known: [...stored, ...(await this.#knownPacks())],
        directory: this.#path(''),
        sign: labels.sign,
        check: this.#follows ? () => requireNewest(this.#context, this.#record) : undefined,
      });
      return shown(this.#record, version);
    });
  }

  /** Forgets it, with what it brought and did not publish. */
  remove(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isRemoved = true;
      await withStoreLock(this.#context, () => removeUpload(this.#context, this.id));
    });
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => {
      if (this.#isRemoved) throw new NacreError('CANCELLED', { phase: 'capture' });
      return step();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  #path(name: string): string {
    return path.join(this.#context.files.localPath(uploadFolder(this.id)), name);
  }

  /** Runs under the store lock. */
  async #store(change: Partial<UploadRecord>): Promise<void> {
    const record = { ...this.#record, ...change, touchedAt: timeOf(this.#context) };
    await writeUpload(this.#context, this.id, record);
    this.#record = record;
  }

  /** The version when it is in the store already: an answer got lost, or the process ended right after it. */
  async #published(): Promise<UploadedVersion | undefined> {
    const { version, name } = this.#record;
    if (version === null) return undefined;
    const image = await readRecord(this.#context.files, name);
    const isThere = image !== undefined && idsOf(image).includes(version.id);
    return isThere ? shown(this.#record, version) : undefined;
  }

  async #readDraft({ bytes, digest }: UploadDraft): Promise<Manifest> {
    const found = this.#draftBytes;
    if (found < bytes) throw refuseDraft(`${found} of ${bytes} bytes are there`);
    const limit = draftLimit(this.#record.diskBytes);
    if (bytes > limit) throw new NacreError('STORE_UPLOAD_LIMIT', { found: bytes, limit });
    const name = `${uploadFolder(this.id)}/draft`;
    const read = await this.#context.files.read(name, 0, bytes);
    const sum = sha256Hex(read);
    if (sum !== digest) throw refuseDraft(`its SHA-256 is ${sum}, said was ${digest}`);
    return parseManifest(read);
  }

  /** The draft with what only the store can say: names, times and origin. */
  async #manifestOf(draft: UploadDraft, { comment, creator }: UploadLabels): Promise<Manifest> {
    const { machines: _, ...captured } = await this.#readDraft(draft);
    const { name, parent, algorithm, diskBytes, version } = this.#record;
    if (captured.algorithm !== algorithm)
      throw refuseDraft(`its digest algorithm is ${captured.algorithm}, asked was ${algorithm}`);
    if (captured.disk.sizeBytes !== diskBytes)
      throw refuseDraft(`its disk has ${captured.disk.sizeBytes} bytes, said were ${diskBytes}`);
    const image = await readRecord(this.#context.files, name);
    const machines = await this.#parentMachines();
    const createdAt = version?.draft === draft.digest ? version.createdAt : timeOf(this.#context);
    return {
      ...captured,
      ...{ name, parent, comment, createdAt, title: image?.title ?? name, releaseCounter: 0 },
      ...(creator === undefined ? {} : { creator }),
      ...(machines === undefined ? {} : { machines }),
    };
  }

  /** A newer version is for the machines of the one before it. */
  async #parentMachines(): Promise<Manifest['machines']> {
    const { parent } = this.#record;
    if (parent === null) return undefined;
    try {
      return (await readManifest(this.#context.files, parent)).machines;
    } catch (reason) {
      // A parent may be gone.
      if (isNacreError(reason, 'STORE_MANIFEST_MISSING')) return undefined;
      throw reason;
    }
  }

  /** Packs that the sender was told of, as far as they are whole. */
  async #knownPacks(): Promise<readonly StoredPack[]> {
    const packs: StoredPack[] = [];
    for (const id of this.#record.known) {
      const pack = await readIfWhole(() => readPack(this.#context.files, id));
      if (pack !== undefined) packs.push(pack);
    }
    return packs;
  }
}

const shown = (
  { name, parent }: UploadRecord,
  { id, usedBytes, storedBytes }: NonNullable<UploadRecord['version']>,
): UploadedVersion => ({ name, id, parent, usedBytes, storedBytes });
