/** The image store: versions by name, captures, labels and bin. docs/store.md shows its files. */
import { hostname } from 'node:os';
import type { Manifest } from '../../codec/manifest.ts';
import { type ManifestSignature, serializeSignatures } from '../../codec/signatures.ts';
import { NacreError } from '../../errors.ts';
import type { FilesDifference, FilesOptions } from '../files/image-files.ts';
import type { OperationOptions } from '../operation.ts';
import { isS3Address, type S3Settings } from '../s3/s3-address.ts';
import { type UploadRequest, UploadSession } from '../upload/upload-session.ts';
import type { ByteStore } from './byte-store.ts';
import { type CaptureOptions, CaptureSession } from './capture-session.ts';
import { type BinEntry, emptyBin, listBin, removeImage, restoreFromBin } from './image-bin.ts';
import { type BranchOptions, branchImage } from './image-branch.ts';
import { diffManifests, type ImageDifference } from './image-diff.ts';
import { type ImageSummary, listImages } from './image-list.ts';
import { withLabel } from './image-record.ts';
import { changeRecord, type ResolvedImage, resolveImage } from './image-records.ts';
import { checkImageName } from './image-reference.ts';
import type { ImageSource } from './image-source.ts';
import { type LabelHistory, readLabels, rollBackLabel } from './label-history.ts';
import { openReadLease } from './lease.ts';
import { keepLocator } from './locator-file.ts';
import { checkVersionChunks, type VersionCheck } from './pack-check.ts';
import type { StoredPack } from './pack-file.ts';
import { signManifest } from './signature.ts';
import {
  checkReachable,
  checkStore,
  type StoreCheckOptions,
  type StoreCheckReport,
} from './store-check.ts';
import { openFolder } from './store-folder.ts';
import { collectGarbage, type GcReport } from './store-gc.ts';
import { packName, signaturesName } from './store-layout.ts';
import { type StoreContext, timeOf, withStoreLock } from './store-lock.ts';
import type { StoreSpace } from './store-space.ts';
import { type SyncOptions, type SyncReport, syncStores } from './store-sync.ts';
import { listUploads, removeUpload } from './upload-record.ts';
import {
  packsOfVersion,
  readManifest,
  readManifestBytes,
  readSignatures,
  type VersionPacks,
} from './version-files.ts';
import type { PublishedVersion } from './version-publish.ts';
import { readVersionTree, type VersionNode } from './version-tree.ts';
import { isWebAddress, shownAddress } from './web-address.ts';
import type { WebPlace, WebStoreOptions } from './web-store.ts';

/** Everything about a version but its chunks' content. */
export interface ImageInspection extends ResolvedImage {
  readonly manifest: Manifest;
  readonly signatures: readonly ManifestSignature[];
}

/** How a store is opened. */
export interface OpenStoreOptions {
  /** Makes the store when there is none; its folder must then be empty or missing. */
  readonly create?: boolean | undefined;
  /** Clock for the times in records. */
  readonly now?: (() => Date) | undefined;
  /** How long a short lock is waited for; 30 s by default. */
  readonly lockWaitMs?: number | undefined;
  /** `sha256:HEX` of public keys; a web server must have one of them, and is then asked for no CA and no name. */
  readonly storePins?: readonly string[] | undefined;
  /** Ends what is read from a web server. */
  readonly signal?: AbortSignal | undefined;
  /** Clock, chance and patience of what is read from web servers, and which copy counts. */
  readonly web?: Pick<WebStoreOptions, 'limits' | 'world' | 'isLastMaster'> | undefined;
  /** Server and keys of a store in a bucket. */
  readonly s3?: S3Settings | undefined;
}

/** Images and their versions in one place. */
export class ImageStore implements ImageSource {
  /** A folder: a disk that a restore writes to is not mounted. */
  readonly diskPlace = undefined;
  readonly #files: ByteStore;
  /** What writing needs; a store behind a web server is only read. */
  readonly #writable: StoreContext | undefined;

  constructor(files: ByteStore, writable: StoreContext | undefined) {
    this.#files = files;
    this.#writable = writable;
  }

  /** Folder of the store, as it was given; addresses of a store behind web servers without their passwords. */
  get location(): string {
    return this.#files.location;
  }

  /** @throws NacreError `STORE_READ_ONLY_WEB` */
  get #context(): StoreContext {
    if (this.#writable !== undefined) return this.#writable;
    throw new NacreError('STORE_READ_ONLY_WEB', { store: this.location });
  }

  /**
   * The version that an IMAGE names: `NAME` (label `latest`), `NAME@ID`, `NAME:LABEL`.
   * @throws NacreError `IMAGE_NAME`, `IMAGE_AMBIGUOUS`, `IMAGE_NOT_FOUND`, `IMAGE_IN_BIN`
   */
  resolve(image: string): Promise<ResolvedImage> {
    return resolveImage(this.#files, image);
  }

  /**
   * The manifest of a version; its SHA-256 is the id.
   * @throws NacreError `STORE_MANIFEST_MISSING`, `IMAGE_MANIFEST_DAMAGED`, `IMAGE_FORMAT_VERSION`
   */
  readManifest(id: string): Promise<Manifest> {
    return readManifest(this.#files, id);
  }

  /** The manifest as it was written. @throws NacreError as `readManifest` */
  readManifestBytes(id: string): Promise<Uint8Array> {
    return readManifestBytes(this.#files, id);
  }

  /** Bytes of a pack, which a lease of `withPacks` keeps. @throws NacreError `STORE_FILE_MISSING` */
  readPackBytes(pack: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#files.read(packName(pack), offset, length);
  }

  /** Who signed a version; empty when nobody did. That they are right is not checked here. */
  readSignatures(id: string): Promise<readonly ManifestSignature[]> {
    return readSignatures(this.#files, id);
  }

  /**
   * The packs in which the chunks of a version lie. A locator that is missing or wrong is made again.
   * @throws NacreError `STORE_PACK_MISSING`, `STORE_PACK_DAMAGED`, `STORE_CHUNK_MISSING`
   */
  async packsOf(id: string): Promise<readonly StoredPack[]> {
    const { packs, isLocated } = await packsOfVersion(this.#files, id);
    if (!isLocated && this.#writable) await keepLocator(this.#writable, id, packs);
    return packs;
  }

  /**
   * Runs work that reads the packs of a version; garbage collection keeps them until it has ended, but knows
   * nothing of readers behind a web server. What is still being read when the work ends is given up.
   * @throws NacreError those of `packsOf`, `STORE_BUSY`
   */
  async withPacks<Result>(
    id: string,
    work: (packs: readonly StoredPack[]) => Promise<Result>,
  ): Promise<Result> {
    const context = this.#writable;
    if (context !== undefined) return this.#withLeasedPacks(context, id, work);
    const control = new AbortController();
    try {
      const files = this.#files.until?.(control.signal) ?? this.#files;
      return await work((await packsOfVersion(files, id)).packs);
    } finally {
      control.abort();
    }
  }

  async #withLeasedPacks<Result>(
    context: StoreContext,
    id: string,
    work: (packs: readonly StoredPack[]) => Promise<Result>,
  ): Promise<Result> {
    let found: VersionPacks | undefined;
    const lease = await openReadLease(context, async () => {
      found = await packsOfVersion(context.files, id);
      return { versions: [id], packs: found.packs.map((pack) => pack.id) };
    });
    try {
      const { packs, isLocated } = found ?? (await packsOfVersion(context.files, id));
      if (!isLocated) await keepLocator(context, id, packs);
      return await work(packs);
    } finally {
      await lease?.close();
    }
  }

  /** Begins a capture of an image. @throws NacreError `STORE_BUSY` while it is captured already */
  async beginCapture(options: CaptureOptions): Promise<CaptureSession> {
    return CaptureSession.begin(this.#context, options);
  }

  /** Begins a capture that comes over a network, or takes it up where it was. @throws NacreError `IMAGE_NAME`, `STORE_BUSY`, `STORE_FULL` */
  openUpload(request: UploadRequest): Promise<UploadSession> {
    return UploadSession.open(this.#context, request);
  }

  /** Deletes the uploads of a keeper that it does not want any more. @returns their ids */
  sweepUploads(keeper: string, isWanted: (id: string) => boolean): Promise<readonly string[]> {
    const context = this.#context;
    return withStoreLock(context, async () => {
      const all = await listUploads(context);
      const gone = all.filter((one) => one.record?.keeper === keeper && !isWanted(one.id));
      for (const { id } of gone) await removeUpload(context, id);
      return gone.map(({ id }) => id);
    });
  }

  /** Images with at least one version, in alphabetical order. */
  list(): Promise<readonly ImageSummary[]> {
    return listImages(this.#files);
  }

  /** Manifest, signatures and labels of a version. */
  async inspect(image: string): Promise<ImageInspection> {
    const resolved = await this.resolve(image);
    const manifest = await this.readManifest(resolved.id);
    return { ...resolved, manifest, signatures: await this.readSignatures(resolved.id) };
  }

  /** What the second version needs over the first. @throws NacreError `IMAGE_DIGESTS_DIFFER` */
  async diff(from: string, to: string): Promise<ImageDifference> {
    const { id: fromId } = await this.resolve(from);
    const { id: toId } = await this.resolve(to);
    return diffManifests(await this.readManifest(fromId), await this.readManifest(toId));
  }

  /** Files that differ between two versions; no version is restored for it. @throws NacreError CANCELLED, STORE_… */
  async diffFiles(
    from: string,
    to: string,
    options: Omit<FilesOptions, 'read'>,
  ): Promise<FilesDifference> {
    const { id: fromId } = await this.resolve(from);
    const { id: toId } = await this.resolve(to);
    const { diffFiles } = await import('../files/image-files.ts');
    const read = this.readPackBytes.bind(this);
    const [before, after] = [await this.readManifest(fromId), await this.readManifest(toId)];
    return this.withPacks(fromId, (packs) =>
      this.withPacks(toId, (others) =>
        diffFiles(
          { manifest: before, packs },
          { manifest: after, packs: others },
          { ...options, read },
        ),
      ),
    );
  }

  /** Moves a label of an image to a version; its history is kept. @throws NacreError `IMAGE_NAME` */
  async label(image: string, label: string): Promise<ResolvedImage> {
    const context = this.#context;
    checkImageName(label);
    const { name, id } = await this.resolve(image);
    const at = timeOf(context);
    await changeRecord(context, name, (record) => withLabel(record, label, { id, at }));
    return this.resolve(`${name}@${id}`);
  }

  /** Labels of an image with their history. @throws NacreError `IMAGE_NOT_FOUND` */
  labels(name: string): Promise<readonly LabelHistory[]> {
    return readLabels(this.#files, name);
  }

  /** Moves a label (NAME, NAME:LABEL) to where it was before. @throws NacreError `IMAGE_NO_EARLIER` */
  rollBack(image: string): Promise<ResolvedImage> {
    return rollBackLabel(this.#context, image);
  }

  /** Versions of an image, oldest first, with their parents and what they changed. */
  tree(name: string, options = { isWithBin: false }): Promise<readonly VersionNode[]> {
    return readVersionTree(this.#files, name, options);
  }

  /** A new image from a version; no chunk is copied. @throws NacreError `IMAGE_EXISTS` */
  async branch(options: BranchOptions): Promise<PublishedVersion> {
    return branchImage(this.#context, options);
  }

  /** What images and versions cost, and what would be freed. @throws NacreError `STORE_BUSY` while gc runs */
  async space(): Promise<StoreSpace> {
    const context = this.#context;
    const { readSpace } = await import('./store-space.ts');
    return readSpace(context);
  }

  /** Puts a version into the bin, where it stays complete. Its labels come off. */
  async remove(image: string): Promise<ResolvedImage> {
    return removeImage(this.#context, image);
  }

  /** Removed versions. */
  readonly bin = {
    list: (): Promise<readonly BinEntry[]> => listBin(this.#files),
    restore: async (image: string): Promise<ResolvedImage> => restoreFromBin(this.#context, image),
    /** Their space comes back with the next `gc`. @returns how many versions were dropped */
    empty: async (): Promise<number> => emptyBin(this.#context),
  };

  /** Signs a version; its id stays. @throws NacreError `IMAGE_KEY_INVALID` */
  async sign(id: string, privatePem: string): Promise<void> {
    const context = this.#context;
    await this.readManifest(id);
    const own = signManifest(id, privatePem);
    await withStoreLock(context, async () => {
      const others = (await this.readSignatures(id)).filter(({ key }) => key !== own.key);
      const bytes = serializeSignatures([...others, own]);
      await context.files.write(signaturesName(id), bytes);
    });
  }

  /**
   * Checks every file of the store, and with `deep` every chunk. Damage is reported, not thrown. Behind a web server
   * it checks what the images need.
   */
  check(options: StoreCheckOptions): Promise<StoreCheckReport> {
    const context = this.#writable;
    return context ? checkStore(context, options) : checkReachable(this.#files, options);
  }

  /**
   * Proves every chunk of one version in its packs.
   * @throws NacreError for a manifest or index that is missing or damaged
   */
  async verify(id: string, options: Omit<OperationOptions, 'phase'> = {}): Promise<VersionCheck> {
    const manifest = await this.readManifest(id);
    return this.withPacks(id, (packs) => checkVersionChunks(manifest, packs, options));
  }

  /** Deletes what no version needs. Runs beside captures and readers. */
  async gc(options: { readonly dryRun: boolean }): Promise<GcReport> {
    return collectGarbage(this.#context, options);
  }

  /** Copies into this store what it lacks of another one. */
  async syncFrom(other: ImageStore, options: SyncOptions = {}): Promise<SyncReport> {
    return syncStores({ files: other.#files, leases: other.#writable }, this.#context, options);
  }

  /**
   * Copies into the store of a bucket what it lacks of this one.
   * @param location `s3://BUCKET/PREFIX`
   * @throws NacreError `STORE_S3_…`, and as `pushStore`
   */
  async pushTo(
    location: string,
    { storePins, signal, web, s3 = {} }: OpenStoreOptions,
    options: SyncOptions = {},
  ): Promise<SyncReport> {
    if (this.#writable === undefined)
      throw new NacreError('STORE_S3_SOURCE', { store: this.location });
    const { pushStore } = await import('../s3/s3-push.ts');
    const door = { settings: s3, pins: storePins, signal, now: this.#writable.now };
    return pushStore(this.#writable, location, { ...door, limits: web?.limits }, options);
  }
}

const openWeb = async (
  locations: readonly (string | WebPlace)[],
  { storePins, signal, web }: OpenStoreOptions,
): Promise<ImageStore> => {
  // Most runs read a folder, and need neither HTTP nor TLS.
  const { openWebStore } = await import('./web-store.ts');
  return new ImageStore(
    await openWebStore(locations, { ...web, pins: storePins, signal }),
    undefined,
  );
};

const openBucket = async (
  location: string,
  { storePins: pins, signal, web, s3: settings = {}, now }: OpenStoreOptions,
): Promise<ImageStore> => {
  const { openS3Store } = await import('../s3/s3-bucket.ts');
  const { limits, world } = web ?? {};
  const files = await openS3Store(location, { settings, pins, signal, limits, world, now });
  return new ImageStore(files, undefined);
};

/**
 * Opens the store in a folder, or behind a web server or in a bucket for reading. Nothing is locked and nothing has to be closed.
 * @throws NacreError `STORE_ADDRESS`, `STORE_NOT_FOUND`, `STORE_FORMAT`; with `create` `STORE_NOT_EMPTY`,
 * `STORE_READ_ONLY`, `STORE_READ_ONLY_WEB`, `STORE_FULL`; behind a web server `STORE_PIN_…`, `STORE_WEB_…`, `STORE_S3_…`
 */
export const openStore = async (
  location: string,
  options: OpenStoreOptions = {},
): Promise<ImageStore> => {
  if (isWebAddress(location) || isS3Address(location)) {
    if (options.create)
      throw new NacreError('STORE_READ_ONLY_WEB', { store: shownAddress(location) });
    return isS3Address(location) ? openBucket(location, options) : openWeb([location], options);
  }
  const files = await openFolder(location, options.create ?? false);
  return new ImageStore(files, {
    files,
    owner: { pid: process.pid, host: hostname() },
    now: options.now ?? (() => new Date()),
    lockWaitMs: options.lockWaitMs ?? 30_000,
  });
};

/**
 * Opens a store that lies behind several web servers, for reading: copies of the same files. One that is dead or
 * answers wrongly is left for the next in the order given, and asked again later.
 * @throws NacreError as `openStore`; `STORE_WEB_MIRRORS` when no copy answers
 */
export const openMirroredStore = (
  locations: readonly (string | WebPlace)[],
  options: OpenStoreOptions = {},
): Promise<ImageStore> => openWeb(locations, options);
