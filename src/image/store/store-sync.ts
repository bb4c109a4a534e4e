/**
 * Brings the versions and labels of one store into another. Only packs that the other one lacks are
 * copied, and every chunk of a copy is proved before its version becomes visible.
 */
import { copyFile, open } from 'node:fs/promises';
import path from 'node:path';
import { serializeLocator } from '../../codec/locator.ts';
import { serializeSignatures } from '../../codec/signatures.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { OperationOptions } from '../operation.ts';
import type { ByteStore } from './byte-store.ts';
import { writeFlushed } from './folder-store.ts';
import {
  type ImageRecord,
  idsOf,
  type VersionRow,
  withCopied,
  withLabelsOf,
} from './image-record.ts';
import { readRecord, readRecords, writeRecord } from './image-records.ts';
import { type Lease, openLease, openReadLease, readLeases } from './lease.ts';
import { checkFrames, checkPacks } from './pack-check.ts';
import { fetchPack } from './pack-fetch.ts';
import { readPack, readPackFile, type StoredPack } from './pack-file.ts';
import { writing } from './store-error.ts';
import { locatorName, manifestName, packName, signaturesName } from './store-layout.ts';
import { type StoreContext, timeOf, withStoreLock } from './store-lock.ts';
import {
  listPacks,
  packsOfVersion,
  readLocator,
  readManifest,
  readManifestBytes,
  readSignatures,
} from './version-files.ts';

/** What was copied. */
export interface SyncReport {
  readonly versions: number;
  readonly packs: number;
  /** Bytes of the packs. */
  readonly bytes: number;
  /** Packs of `to` that a check found damaged and that `from` could not replace. */
  readonly damagedPacks: readonly string[];
}

/** Cancelling and progress of a synchronisation. */
export interface SyncOptions extends Omit<OperationOptions, 'phase'> {
  /** Reads every pack of `to` first, so that one with damaged frames is replaced as well. */
  readonly check?: boolean | undefined;
}

/** True for an error of a file of a version that is missing or damaged. */
export const isDamage = (reason: unknown): boolean =>
  (
    [
      'IMAGE_MANIFEST_DAMAGED',
      'STORE_MANIFEST_MISSING',
      'STORE_PACK_DAMAGED',
      'STORE_PACK_MISSING',
      'STORE_CHUNK_MISSING',
    ] as const
  ).some((code) => isNacreError(reason, code));

/** True when a store has a version whole, as far as its indexes and a check of its packs tell. */
const hasVersion = async (
  files: ByteStore,
  id: string,
  damaged: ReadonlySet<string>,
): Promise<boolean> => {
  try {
    await readManifest(files, id);
    const { packs, isLocated } = await packsOfVersion(files, id);
    return isLocated && !packs.some((pack) => damaged.has(pack.id));
  } catch (reason) {
    if (isDamage(reason)) return false;
    throw reason;
  }
};

/** True when a store has a pack whose length and index are right. */
export const hasPack = async (files: ByteStore, id: string): Promise<boolean> => {
  try {
    await readPack(files, id);
    return true;
  } catch (reason) {
    if (isDamage(reason)) return false;
    throw reason;
  }
};

/** Names of the packs that are not what their index says, or whose index cannot be read. */
const findDamagedPacks = async (
  context: StoreContext,
  { signal, onProgress }: SyncOptions,
): Promise<ReadonlySet<string>> => {
  const all = await listPacks(context.files);
  const readable: string[] = [];
  for (const id of all) if (await hasPack(context.files, id)) readable.push(id);
  const { damaged } = await checkFrames(context.files, readable, { signal, onProgress });
  const bad = new Set(damaged.map(({ pack }) => pack));
  return new Set(all.filter((id) => bad.has(id) || !readable.includes(id)));
};

/** Packs that versions or leases of a store name; undefined when a locator cannot be read. */
const namedPacks = async (context: StoreContext): Promise<ReadonlySet<string> | undefined> => {
  const { held } = await readLeases(context);
  const named = new Set(held.flatMap((lease) => lease.packs));
  for (const id of (await readRecords(context.files)).flatMap(idsOf)) {
    const packs = await readLocator(context.files, id);
    if (packs === undefined) return undefined;
    for (const pack of packs) named.add(pack);
  }
  return named;
};

const flushFile = async (file: string): Promise<void> => {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** One run from a store to another. */
class StoreSync {
  readonly #from: ByteStore;
  readonly #to: StoreContext;
  readonly #lease: Lease;
  readonly #options: SyncOptions;
  /** Damaged packs of `to`. */
  readonly #damaged = new Set<string>();
  #versions = 0;
  #packs = 0;
  #bytes = 0;

  constructor(from: ByteStore, to: StoreContext, lease: Lease, options: SyncOptions) {
    this.#from = from;
    this.#to = to;
    this.#lease = lease;
    this.#options = options;
  }

  async run(): Promise<SyncReport> {
    if (this.#options.check === true) {
      for (const id of await findDamagedPacks(this.#to, this.#options)) this.#damaged.add(id);
    }
    for (const record of await readRecords(this.#from)) await this.#syncImage(record);
    await this.#dropDamaged();
    const damagedPacks = [...this.#damaged];
    return { versions: this.#versions, packs: this.#packs, bytes: this.#bytes, damagedPacks };
  }

  /** Deletes damaged packs whose chunks now lie in others: gc could keep them instead of the copies. */
  async #dropDamaged(): Promise<void> {
    if (this.#damaged.size === 0) return;
    await withStoreLock(this.#to, async () => {
      const named = await namedPacks(this.#to);
      for (const id of named === undefined ? [] : this.#damaged) {
        if (named?.has(id)) continue;
        await this.#to.files.delete(packName(id));
        this.#damaged.delete(id);
      }
    });
  }

  async #syncImage(record: ImageRecord): Promise<void> {
    for (const row of record.versions) {
      if (!(await hasVersion(this.#to.files, row.id, this.#damaged)))
        await this.#copyVersion(row.id);
      await this.#merge(record, row);
    }
    await withStoreLock(this.#to, async () => {
      const old = await readRecord(this.#to.files, record.name);
      if (old === undefined) return;
      const changed = withLabelsOf(old, record, timeOf(this.#to));
      if (changed !== old) await writeRecord(this.#to, changed);
    });
  }

  async #copyVersion(id: string): Promise<void> {
    const from = this.#from;
    const { packs } = await packsOfVersion(from, id);
    const copies: StoredPack[] = [];
    for (const pack of packs) {
      const isThere = !this.#damaged.has(pack.id) && (await hasPack(this.#to.files, pack.id));
      if (!isThere) copies.push(await this.#copyPack(pack));
    }
    const manifest = path.join(this.#lease.directory, 'manifest');
    const bytes = await readManifestBytes(from, id);
    await writing(manifest, () => writeFlushed(manifest, bytes));
    const signatures = await readSignatures(from, id);
    const locator = serializeLocator({ packs: packs.map((pack) => pack.id) });
    await withStoreLock(this.#to, async () => {
      const { files } = this.#to;
      for (const copy of copies) await files.moveIn(copy.path, packName(copy.id));
      await files.write(locatorName(id), locator);
      if (signatures.length > 0) {
        await files.write(signaturesName(id), serializeSignatures(signatures));
      }
      await files.moveIn(manifest, manifestName(id));
    });
    for (const copy of copies) this.#damaged.delete(copy.id);
    this.#versions++;
  }

  /** Copies a pack next to its place and proves every chunk of the copy. */
  async #copyPack(source: StoredPack): Promise<StoredPack> {
    const { id, algorithm } = source;
    const target = path.join(this.#lease.directory, `${id}.pack`);
    await writing(target, async () => {
      if (source.read === undefined) await copyFile(source.path, target);
      else await fetchPack({ ...source, read: source.read }, target, this.#options);
      await flushFile(target);
    });
    const place = { id, name: `${this.#lease.folder}/${id}.pack` };
    const copy = await readPackFile(this.#to.files, place);
    const { damaged } = await checkPacks([copy], algorithm, this.#options);
    const [first] = damaged;
    if (first !== undefined) {
      const { offset, expected, found, reason } = first;
      throw new NacreError('STORE_CHUNK_DAMAGED', { pack: id, offset, expected, found, reason });
    }
    this.#packs++;
    this.#bytes += copy.sizeBytes;
    return copy;
  }

  /** Lists a version in the other store's record, unless somebody put it into the bin there. */
  async #merge(record: ImageRecord, row: VersionRow): Promise<void> {
    await withStoreLock(this.#to, async () => {
      const old = await readRecord(this.#to.files, record.name);
      const merged = withCopied(old, record, row);
      if (merged !== old) await writeRecord(this.#to, merged);
    });
  }
}

/** Where a synchronisation reads. */
export interface SyncSource {
  readonly files: ByteStore;
  /** Undefined where nobody can be told what is being read. */
  readonly leases: StoreContext | undefined;
}

/** A lease on everything that a source lists, where it can be written. */
export const holdSource = (from: StoreContext): Promise<Lease | undefined> =>
  openReadLease(from, async () => {
    const records = await readRecords(from.files);
    const versions = records.flatMap((record) => record.versions.map((row) => row.id));
    const packs: string[] = [];
    for (const id of versions) packs.push(...((await readLocator(from.files, id)) ?? []));
    return { versions, packs: [...new Set(packs)] };
  });

/**
 * Copies what `to` lacks from `from`: versions outside the bin, their packs, signatures and labels. Labels
 * move to where they are in `from`; what only `to` has stays. A file of `to` that is missing or visibly
 * damaged is replaced; damage inside the frames of a pack is only seen with `check`.
 * @throws NacreError `STORE_CHUNK_DAMAGED` and others for damage in `from`; `STORE_FULL`, `CANCELLED`
 */
export const syncStores = async (
  from: SyncSource,
  to: StoreContext,
  options: SyncOptions = {},
): Promise<SyncReport> => {
  const held = from.leases && (await holdSource(from.leases));
  const control = new AbortController();
  try {
    const lease = await openLease(to, async () => ({ versions: [], packs: [] }));
    try {
      const files = from.files.until?.(control.signal) ?? from.files;
      return await new StoreSync(files, to, lease, options).run();
    } finally {
      await lease.close();
    }
  } finally {
    control.abort();
    await held?.close();
  }
};
