/**
 * A capture on its way into a store. Native packs are written below `tmp/`; `publish` finishes them,
 * flushes them and makes the version visible: packs, locator, manifest, and the image's record last.
 */
import { isDigestHex } from '../../codec/hex.ts';
import type { DigestAlgorithm } from '../../codec/image-limits.ts';
import type { Manifest } from '../../codec/manifest.ts';
import type { NativeCapturedPack, NativeLock } from '../../disk/native.ts';
import { idOfLabel } from './image-record.ts';
import { readRecord } from './image-records.ts';
import { checkImageName, LATEST } from './image-reference.ts';
import { digestsOfPacks, findKnownPacks } from './known-packs.ts';
import { type Lease, openLease } from './lease.ts';
import { finishPack, type StoredPack } from './pack-file.ts';
import { writing } from './store-error.ts';
import { imageLock, type StoreContext, takeLock, timeOf } from './store-lock.ts';
import { type NewPack, type PublishedVersion, publishVersion } from './version-publish.ts';

/** What a capture begins with. */
export interface CaptureOptions {
  readonly name: string;
  /** Id of a version; by default `latest` of the image where there is one; `null` for none. */
  readonly parent?: string | null | undefined;
  readonly algorithm: DigestAlgorithm;
}

type GivenFields = 'comment' | 'creator' | 'machines' | 'disk' | 'bootRegions' | 'partitions';

/** What the capture found, for the manifest. */
export interface PublishRequest extends Pick<Manifest, GivenFields> {
  /** For people; by default the title that the image has, or its name. */
  readonly title?: string | undefined;
  /** ISO 8601 UTC; now by default. */
  readonly createdAt?: string | undefined;
  readonly releaseCounter?: number | undefined;
  /** Packs that the addon wrote into `directory`. */
  readonly packs: readonly NativeCapturedPack[];
  /** Private key, PEM. */
  readonly sign?: string | undefined;
}

const parentOf = async (context: StoreContext, options: CaptureOptions): Promise<string | null> => {
  const record = await readRecord(context.files, options.name);
  if (options.parent === undefined) {
    return record === undefined ? null : (idOfLabel(record, LATEST) ?? null);
  }
  if (options.parent !== null && !isDigestHex(options.parent)) {
    throw new TypeError(`${options.parent} is no id of a version`);
  }
  return options.parent;
};

/** A capture that holds the lock of its image and a lease on what it builds on. */
export class CaptureSession {
  /** Image name. */
  readonly name: string;
  /** Id of the version that this one is captured over. */
  readonly parent: string | null;
  readonly algorithm: DigestAlgorithm;
  /** Folder for the packs of the addon. */
  readonly directory: string;
  readonly #context: StoreContext;
  readonly #lease: Lease;
  readonly #lock: NativeLock;
  readonly #known: readonly StoredPack[];

  private constructor(
    context: StoreContext,
    options: { readonly name: string; readonly algorithm: DigestAlgorithm; parent: string | null },
    held: { readonly lease: Lease; readonly lock: NativeLock; known: readonly StoredPack[] },
  ) {
    this.#context = context;
    this.name = options.name;
    this.parent = options.parent;
    this.algorithm = options.algorithm;
    this.directory = held.lease.directory;
    this.#lease = held.lease;
    this.#lock = held.lock;
    this.#known = held.known;
  }

  /**
   * Begins a capture. @throws NacreError `IMAGE_NAME`, `STORE_BUSY` while the same image is captured
   * by somebody else, `STORE_FULL`, `STORE_READ_ONLY`
   */
  static async begin(context: StoreContext, options: CaptureOptions): Promise<CaptureSession> {
    const name = checkImageName(options.name);
    const { algorithm } = options;
    const lock = takeLock(context, imageLock(name));
    try {
      const parent = await parentOf(context, options);
      let known: readonly StoredPack[] = [];
      const lease = await openLease(context, async () => {
        known = await findKnownPacks(context, parent, algorithm);
        const versions = parent === null ? [] : [parent];
        return { versions, packs: known.map((pack) => pack.id) };
      });
      return new CaptureSession(context, { name, algorithm, parent }, { lease, lock, known });
    } catch (reason) {
      lock.close();
      throw reason;
    }
  }

  /** Digests (32 bytes each) of chunks that need not be stored again. */
  knownDigests(): Uint8Array {
    return digestsOfPacks(this.#known);
  }

  /**
   * Makes the version visible, complete, and ends the session. After a failure nothing is visible.
   * @throws NacreError `IMAGE_FORMAT` for values that break the format, `IMAGE_KEY_INVALID`,
   * `STORE_CHUNK_MISSING` when a digest is in no pack, `STORE_FULL`, `STORE_READ_ONLY`, `STORE_BUSY`
   */
  async publish(request: PublishRequest): Promise<PublishedVersion> {
    try {
      return await this.#publish(request);
    } finally {
      await this.abort();
    }
  }

  /** Ends the session and deletes what it wrote, if it was not published; idempotent. */
  async abort(): Promise<void> {
    await this.#lease.close();
    this.#lock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  async #publish(request: PublishRequest): Promise<PublishedVersion> {
    const packs = await this.#finishPacks(request.packs);
    const manifest = await this.#manifestOf(request);
    return publishVersion(this.#context, {
      manifest,
      packs,
      known: this.#known,
      directory: this.directory,
      sign: request.sign,
    });
  }

  async #finishPacks(packs: readonly NativeCapturedPack[]): Promise<readonly NewPack[]> {
    const finished: NewPack[] = [];
    for (const pack of packs) {
      if (pack.frames.length === 0) continue;
      const { algorithm } = this;
      const result = await writing(pack.path, () => finishPack({ ...pack, algorithm }));
      finished.push({ ...result, path: pack.path, digests: pack.digests });
    }
    return finished;
  }

  async #manifestOf(request: PublishRequest): Promise<Manifest> {
    const record = await readRecord(this.#context.files, this.name);
    const { comment, creator, machines, disk, bootRegions, partitions } = request;
    return {
      name: this.name,
      title: request.title ?? record?.title ?? this.name,
      comment,
      creator,
      createdAt: request.createdAt ?? timeOf(this.#context),
      parent: this.parent,
      releaseCounter: request.releaseCounter ?? 0,
      ...(machines === undefined ? {} : { machines }),
      algorithm: this.algorithm,
      disk,
      bootRegions,
      partitions,
    };
  }
}
