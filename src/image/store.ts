/** The image store: versions by name, captures, labels and bin. docs/store.md shows its files. */
import { hostname } from 'node:os';
import type { Manifest } from '../codec/manifest.ts';
import type { ManifestSignature } from '../codec/signatures.ts';
import { type CaptureOptions, CaptureSession } from './capture-session.ts';
import { type ResolvedImage, resolveImage } from './image-records.ts';
import { keepLocator } from './locator-file.ts';
import type { StoredPack } from './pack-file.ts';
import { openFolder } from './store-folder.ts';
import type { StoreContext } from './store-lock.ts';
import { packsOfVersion, readManifest, readSignatures } from './version-files.ts';

/** How a store is opened. */
export interface OpenStoreOptions {
  /** Makes the store when there is none; its folder must then be empty or missing. */
  readonly create?: boolean | undefined;
  /** Clock for the times in records. */
  readonly now?: (() => Date) | undefined;
  /** How long a short lock is waited for; 30 s by default. */
  readonly lockWaitMs?: number | undefined;
}

/** Images and their versions in one place. */
export class ImageStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** Folder of the store, as it was given. */
  get location(): string {
    return this.#context.files.location;
  }

  /**
   * The version that an IMAGE names: `NAME` (label `latest`), `NAME@ID`, `NAME:LABEL`.
   * @throws NacreError `IMAGE_NAME`, `IMAGE_AMBIGUOUS`, `IMAGE_NOT_FOUND`, `IMAGE_IN_BIN`
   */
  resolve(image: string): Promise<ResolvedImage> {
    return resolveImage(this.#context.files, image);
  }

  /**
   * The manifest of a version; its SHA-256 is the id.
   * @throws NacreError `STORE_MANIFEST_MISSING`, `IMAGE_MANIFEST_DAMAGED`, `IMAGE_FORMAT_VERSION`
   */
  readManifest(id: string): Promise<Manifest> {
    return readManifest(this.#context.files, id);
  }

  /** Who signed a version; empty when nobody did. That they are right is not checked here. */
  readSignatures(id: string): Promise<readonly ManifestSignature[]> {
    return readSignatures(this.#context.files, id);
  }

  /**
   * The packs in which the chunks of a version lie. A locator that is missing or wrong is made again.
   * @throws NacreError `STORE_PACK_MISSING`, `STORE_PACK_DAMAGED`, `STORE_CHUNK_MISSING`
   */
  async packsOf(id: string): Promise<readonly StoredPack[]> {
    const { packs, isLocated } = await packsOfVersion(this.#context.files, id);
    if (!isLocated) await keepLocator(this.#context, id, packs);
    return packs;
  }

  /** Begins a capture of an image. @throws NacreError `STORE_BUSY` while it is captured already */
  beginCapture(options: CaptureOptions): Promise<CaptureSession> {
    return CaptureSession.begin(this.#context, options);
  }
}

/**
 * Opens the store in a folder. Nothing is locked and nothing has to be closed.
 * @throws NacreError `STORE_ADDRESS`, `STORE_NOT_FOUND`, `STORE_FORMAT`; with `create` `STORE_NOT_EMPTY`,
 * `STORE_READ_ONLY`, `STORE_FULL`
 */
export const openStore = async (
  location: string,
  options: OpenStoreOptions = {},
): Promise<ImageStore> =>
  new ImageStore({
    files: await openFolder(location, options.create ?? false),
    owner: { pid: process.pid, host: hostname() },
    now: options.now ?? (() => new Date()),
    lockWaitMs: options.lockWaitMs ?? 30_000,
  });
