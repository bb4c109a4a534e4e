/**
 * Checks a store: every file is known, whole and what its name says, and every version has its chunks. A
 * deep check also reads every frame and proves the digest of every chunk.
 */
import type { NativeLock } from '../../disk/native.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { OperationOptions } from '../operation.ts';
import type { ByteStore } from './byte-store.ts';
import { idsOf } from './image-record.ts';
import { listImageNames, readRecord, readRecords } from './image-records.ts';
import { checkFrames } from './pack-check.ts';
import { readPack } from './pack-file.ts';
import { checkSignatures } from './signature.ts';
import {
  imageName,
  locatorName,
  manifestName,
  packName,
  signaturesName,
  storeFileOf,
} from './store-layout.ts';
import { GC_LOCK, type StoreContext, takeLock, withStoreLock } from './store-lock.ts';
import {
  coverageOf,
  digestsOf,
  readLocator,
  readManifest,
  readSignatures,
  usablePacks,
} from './version-files.ts';

/** One damage: a code of docs/errors.md, the file below the store, and a sentence for people. */
export interface StoreProblem {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** What a check found. */
export interface StoreCheckReport {
  readonly ok: boolean;
  readonly problems: readonly StoreProblem[];
  readonly versions: number;
  readonly packs: number;
  /** Chunks whose digest was proved; 0 without `deep`. */
  readonly checkedChunks: number;
}

/** How thorough a check is. */
export interface StoreCheckOptions extends Omit<OperationOptions, 'phase'> {
  /** Reads every frame. */
  readonly deep: boolean;
}

/** The state that a check looks at. */
interface Snapshot {
  readonly manifests: ReadonlySet<string>;
  readonly packs: ReadonlySet<string>;
  readonly images: readonly string[];
  readonly unknown: readonly string[];
}

const snapshotOf = (names: readonly string[]): Snapshot => {
  const found = { manifest: [], pack: [], image: [], unknown: [] } as Record<string, string[]>;
  for (const name of names) {
    const file = storeFileOf(name);
    found[file.kind]?.push('id' in file ? file.id : name);
  }
  const { manifest = [], pack = [], image = [], unknown = [] } = found;
  return { manifests: new Set(manifest), packs: new Set(pack), images: image, unknown };
};

/** Names of all files while nobody publishes; without the lock where the store cannot be written. */
const takeSnapshot = async (context: StoreContext): Promise<Snapshot> => {
  const list = () => context.files.list('');
  try {
    return snapshotOf(await withStoreLock(context, list));
  } catch (reason) {
    if (!isNacreError(reason, 'STORE_READ_ONLY')) throw reason;
    return snapshotOf(await list());
  }
};

const isThere = async (files: ByteStore, name: string): Promise<boolean> =>
  (await files.size(name)) !== undefined;

/** What the images of a store need and what of it is there. */
const reachableSnapshot = async (files: ByteStore): Promise<Snapshot> => {
  const images = await listImageNames(files);
  const manifests = new Set<string>();
  const packs = new Set<string>();
  for (const id of new Set((await readRecords(files)).flatMap(idsOf))) {
    if (await isThere(files, manifestName(id))) manifests.add(id);
    for (const pack of (await readLocator(files, id)) ?? []) {
      if (!packs.has(pack) && (await isThere(files, packName(pack)))) packs.add(pack);
    }
  }
  return { manifests, packs, images, unknown: [] };
};

const shareGcLock = (context: StoreContext): NativeLock | undefined => {
  try {
    return takeLock(context, GC_LOCK, 'shared');
  } catch (reason) {
    if (isNacreError(reason, 'STORE_READ_ONLY')) return undefined;
    throw reason;
  }
};

class StoreCheck {
  readonly problems: StoreProblem[] = [];
  readonly #files: ByteStore;
  readonly #snapshot: Snapshot;
  readonly #wholePacks = new Set<string>();

  constructor(files: ByteStore, snapshot: Snapshot) {
    this.#files = files;
    this.#snapshot = snapshot;
  }

  async run(options: StoreCheckOptions): Promise<StoreCheckReport> {
    for (const path of this.#snapshot.unknown) {
      this.#add(path, new NacreError('STORE_FILE_UNKNOWN', { path }));
    }
    for (const id of this.#snapshot.packs) {
      this.#requireRunning(options);
      await this.#checkPack(id);
    }
    const live = await this.#checkImages();
    for (const id of this.#snapshot.manifests) {
      this.#requireRunning(options);
      await this.#checkVersion(id, live.has(id));
    }
    for (const id of live) {
      if (this.#snapshot.manifests.has(id)) continue;
      const facts = { id, store: this.#files.location };
      this.#add(manifestName(id), new NacreError('STORE_MANIFEST_MISSING', facts));
    }
    return {
      checkedChunks: options.deep ? await this.#checkFrames(options) : 0,
      ok: this.problems.length === 0,
      problems: this.problems,
      versions: live.size,
      packs: this.#snapshot.packs.size,
    };
  }

  #add(path: string, { code, message }: NacreError): void {
    this.problems.push({ code, path, message });
  }

  /** Runs a check whose refusal is a problem of the file. */
  async #try<Result>(path: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (reason) {
      if (!isNacreError(reason)) throw reason;
      this.#add(path, reason);
      return undefined;
    }
  }

  #requireRunning({ signal }: StoreCheckOptions): void {
    if (signal?.aborted) throw new NacreError('CANCELLED', { phase: 'check' });
  }

  async #checkPack(id: string): Promise<void> {
    const pack = await this.#try(packName(id), () => readPack(this.#files, id));
    if (pack !== undefined) this.#wholePacks.add(id);
  }

  /** @returns ids of all versions that images list, in the bin or not */
  async #checkImages(): Promise<ReadonlySet<string>> {
    const live = new Set<string>();
    for (const name of this.#snapshot.images) {
      const record = await this.#try(imageName(name), () => readRecord(this.#files, name));
      if (record !== undefined) for (const id of idsOf(record)) live.add(id);
    }
    return live;
  }

  async #checkVersion(id: string, isLive: boolean): Promise<void> {
    const files = this.#files;
    const manifest = await this.#try(manifestName(id), () => readManifest(files, id));
    const signatures = await this.#try(signaturesName(id), () => readSignatures(files, id));
    for (const { key, isRight } of checkSignatures(id, signatures ?? [])) {
      if (isRight) continue;
      const facts = { id, reason: `the signature by ${key} is not right` };
      this.#add(signaturesName(id), new NacreError('STORE_SIGNATURES_DAMAGED', facts));
    }
    if (manifest === undefined || !isLive) return;
    const located = await this.#checkLocator(id);
    const digests = digestsOf(manifest);
    const { algorithm } = manifest;
    const near = await coverageOf(digests, usablePacks(files, located, algorithm));
    if (near.missingChunks === 0) return;
    const all = await coverageOf(digests, usablePacks(files, [...this.#wholePacks], algorithm));
    if (all.missingChunks > 0) {
      const facts = { version: id, chunks: all.missingChunks, digest: all.firstMissing };
      const error = new NacreError('STORE_CHUNK_MISSING', { ...facts, store: files.location });
      this.#add(manifestName(id), error);
      return;
    }
    this.#locatorProblem(id, 'it does not name every pack that the version needs');
  }

  #locatorProblem(id: string, reason: string): void {
    const facts = { id, reason };
    if (this.problems.some(({ path }) => path === locatorName(id))) return;
    this.#add(locatorName(id), new NacreError('STORE_LOCATOR_DAMAGED', facts));
  }

  /** @returns the packs of the locator that are there and whole */
  async #checkLocator(id: string): Promise<readonly string[]> {
    const names = await readLocator(this.#files, id);
    if (names === undefined) {
      this.#locatorProblem(id, 'it is missing or not readable');
      return [];
    }
    for (const pack of names) {
      if (this.#snapshot.packs.has(pack)) continue;
      const facts = { pack, neededBy: `version ${id}`, store: this.#files.location };
      this.#add(packName(pack), new NacreError('STORE_PACK_MISSING', facts));
    }
    return names.filter((pack) => this.#wholePacks.has(pack));
  }

  async #checkFrames(options: StoreCheckOptions): Promise<number> {
    const { signal, onProgress } = options;
    const names = [...this.#wholePacks];
    const result = await checkFrames(this.#files, names, { signal, onProgress });
    for (const { pack, offset, expected, found, reason } of result.damaged) {
      const error = new NacreError('STORE_CHUNK_DAMAGED', {
        pack,
        offset,
        expected,
        found,
        reason,
      });
      this.#add(packName(pack), error);
    }
    return result.checkedChunks;
  }
}

/**
 * Checks a whole store; damage is reported, not thrown. Publishing goes on meanwhile, garbage collection
 * waits. @throws NacreError `STORE_BUSY` while gc runs, `STORE_IO`, `CANCELLED`
 */
export const checkStore = async (
  context: StoreContext,
  options: StoreCheckOptions,
): Promise<StoreCheckReport> => {
  const lock = shareGcLock(context);
  try {
    return await new StoreCheck(context.files, await takeSnapshot(context)).run(options);
  } finally {
    lock?.close();
  }
};

/**
 * Checks what can be found of a store whose folders nobody can list: all that its images need. Files that belong
 * to no image are not seen, and garbage collection does not wait.
 * @throws NacreError `STORE_WEB_…`, `STORE_IMAGE_DAMAGED`, `CANCELLED`
 */
export const checkReachable = async (
  files: ByteStore,
  options: StoreCheckOptions,
): Promise<StoreCheckReport> => new StoreCheck(files, await reachableSnapshot(files)).run(options);
