/** Reading the files of one version: manifest, signatures, locator and packs, each checked. */
import { isDigestHex, toHex } from '../../codec/hex.ts';
import {
  DIGEST_BYTES,
  type DigestAlgorithm,
  MANIFEST_HEADER_BYTES,
} from '../../codec/image-limits.ts';
import { LOCATOR_LIMIT_BYTES, parseLocator } from '../../codec/locator.ts';
import { type Manifest, manifestLength, parseManifest } from '../../codec/manifest.ts';
import {
  type ManifestSignature,
  parseSignatures,
  SIGNATURES_LIMIT_BYTES,
} from '../../codec/signatures.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { DigestIndex, RecordSet } from './digest-index.ts';
import { readPack, type StoredPack, sha256Hex } from './pack-file.ts';
import { locatorName, manifestName, signaturesName, storeFileOf } from './store-layout.ts';

const manifestDamaged = (id: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('IMAGE_MANIFEST_DAMAGED', { id, reason }, { cause });

/** Bytes of a small file; `undefined` when there is none. @throws NacreError `IMAGE_FORMAT` */
const readSmall = async (
  files: ByteStore,
  name: string,
  part: 'locator' | 'signatures',
): Promise<Buffer | undefined> => {
  const most = part === 'locator' ? LOCATOR_LIMIT_BYTES : SIGNATURES_LIMIT_BYTES;
  const bytes = await files.readSmall(name, most);
  if (bytes === undefined || bytes.length <= most) return bytes;
  const facts = { part, field: 'length', found: `more than ${most}`, needed: `at most ${most}` };
  throw new NacreError('IMAGE_FORMAT', facts);
};

/** Bytes of a manifest whose length fits its header and whose SHA-256 is its id. */
export const readManifestBytes = async (files: ByteStore, id: string): Promise<Buffer> => {
  const name = manifestName(id);
  const size = await files.size(name);
  if (size === undefined) {
    throw new NacreError('STORE_MANIFEST_MISSING', { id, store: files.location });
  }
  if (size < MANIFEST_HEADER_BYTES) throw manifestDamaged(id, `it has ${size} bytes`);
  const length = manifestLength(await files.read(name, 0, MANIFEST_HEADER_BYTES));
  if (length !== size) throw manifestDamaged(id, `it has ${size} bytes, its header says ${length}`);
  const bytes = await files.read(name, 0, size);
  const found = sha256Hex(bytes);
  if (found !== id) throw manifestDamaged(id, `its SHA-256 is ${found}`);
  return bytes;
};

/**
 * Reads a manifest, checks that its SHA-256 is the id, and parses it.
 * @throws NacreError `STORE_MANIFEST_MISSING`, `IMAGE_MANIFEST_DAMAGED`, `IMAGE_FORMAT_VERSION`
 */
export const readManifest = async (files: ByteStore, id: string): Promise<Manifest> => {
  try {
    return parseManifest(await readManifestBytes(files, id));
  } catch (reason) {
    if (!isNacreError(reason, 'IMAGE_FORMAT')) throw reason;
    throw manifestDamaged(id, reason.message, reason);
  }
};

/** Signatures of a version, none when nobody signed it. @throws NacreError `IMAGE_FORMAT` */
export const readSignatures = async (
  files: ByteStore,
  id: string,
): Promise<readonly ManifestSignature[]> => {
  const bytes = await readSmall(files, signaturesName(id), 'signatures');
  return bytes === undefined ? [] : parseSignatures(bytes);
};

/** Names of a version's packs by its locator. @returns undefined when that is missing or damaged */
export const readLocator = async (
  files: ByteStore,
  id: string,
): Promise<readonly string[] | undefined> => {
  try {
    const bytes = await readSmall(files, locatorName(id), 'locator');
    return bytes === undefined ? undefined : parseLocator(bytes).packs;
  } catch (reason) {
    if (isNacreError(reason, 'IMAGE_FORMAT')) return undefined;
    throw reason;
  }
};

/** Names of all packs that lie in a store, in alphabetical order. */
export const listPacks = async (files: ByteStore): Promise<readonly string[]> =>
  (await files.list('packs')).flatMap((name) => {
    const file = storeFileOf(name);
    return file.kind === 'pack' ? [file.id] : [];
  });

/** All digest records of a version, partition after partition. */
export const digestsOf = (manifest: Manifest): Uint8Array => {
  const [first, ...others] = manifest.partitions.map((partition) => partition.digests);
  if (first === undefined) return new Uint8Array();
  return others.length === 0 ? first : Buffer.concat([first, ...others]);
};

/** A pack as far as it matters where a chunk lies. */
interface ChunkHolder {
  readonly digests: Uint8Array;
}

/** How many different chunks of a version no pack has, and the packs that have the others. */
export interface Coverage<Pack extends ChunkHolder> {
  readonly packs: readonly Pack[];
  readonly missingChunks: number;
  /** Digest of one chunk that is missing, hex; empty when none is. */
  readonly firstMissing: string;
}

/** Marks the wanted digests that a pack has. @returns true when it has one that no earlier pack had */
const markPack = (wanted: DigestIndex, found: RecordSet, pack: ChunkHolder): boolean => {
  let isNeeded = false;
  for (let offset = 0; offset < pack.digests.length; offset += DIGEST_BYTES) {
    const record = wanted.find(pack.digests, offset);
    if (record >= 0 && found.add(record)) isNeeded = true;
  }
  return isNeeded;
};

/** Chooses from `packs` those that hold the wanted digests, in order, and stops when it has all. */
export const coverageOf = async <Pack extends ChunkHolder>(
  digests: Uint8Array,
  packs: AsyncIterable<Pack>,
): Promise<Coverage<Pack>> => {
  const wanted = new DigestIndex();
  for (let at = 0; at < digests.length; at += DIGEST_BYTES) wanted.add(digests, at);
  const found = new RecordSet(wanted.count);
  const chosen: Pack[] = [];
  if (wanted.count > 0) {
    for await (const pack of packs) {
      if (markPack(wanted, found, pack)) chosen.push(pack);
      if (found.size === wanted.count) break;
    }
  }
  const missingChunks = wanted.count - found.size;
  return {
    packs: chosen,
    missingChunks,
    firstMissing: missingChunks === 0 ? '' : firstMissingOf(digests, wanted, found),
  };
};

const firstMissingOf = (digests: Uint8Array, wanted: DigestIndex, found: RecordSet): string => {
  for (let at = 0; at < digests.length; at += DIGEST_BYTES) {
    if (!found.has(wanted.find(digests, at))) return toHex(digests.subarray(at, at + DIGEST_BYTES));
  }
  return '';
};

/** The named packs with this digest, one at a time; those that are missing or damaged are left out. */
export async function* usablePacks(
  files: ByteStore,
  names: readonly string[],
  algorithm: DigestAlgorithm,
): AsyncIterable<StoredPack> {
  for (const name of names) {
    try {
      const pack = await readPack(files, name);
      if (pack.algorithm === algorithm) yield pack;
    } catch (reason) {
      const isMissing = isNacreError(reason, 'STORE_PACK_MISSING');
      if (!isMissing && !isNacreError(reason, 'STORE_PACK_DAMAGED')) throw reason;
    }
  }
}

/** Names of all packs; where nobody can list them, what sent us here counts. */
const listForSearch = async (files: ByteStore, failure: unknown): Promise<readonly string[]> => {
  try {
    return await listPacks(files);
  } catch (reason) {
    if (!isNacreError(reason, 'STORE_WEB_NO_LIST')) throw reason;
    throw failure ?? reason;
  }
};

/** Looks for the chunks of a version in every readable pack of the store. */
const searchPacks = async (
  files: ByteStore,
  manifest: Manifest,
  failure: unknown,
): Promise<Coverage<StoredPack>> => {
  const names = await listForSearch(files, failure);
  return coverageOf(digestsOf(manifest), usablePacks(files, names, manifest.algorithm));
};

const packsByLocator = async (
  files: ByteStore,
  names: readonly string[],
  id: string,
): Promise<readonly StoredPack[]> => {
  const packs: StoredPack[] = [];
  for (const name of names) packs.push(await readPack(files, name, `version ${id}`));
  return packs;
};

/**
 * The packs that the locator of a version names; `undefined` without one. Garbage collection replaces packs and
 * locators under a reader: when a pack is missing and the locator is another one by now, that one counts.
 */
const locatedPacks = async (
  files: ByteStore,
  id: string,
): Promise<readonly StoredPack[] | undefined> => {
  for (let before: string | undefined; ; ) {
    const names = await readLocator(files, id);
    if (names === undefined) return undefined;
    try {
      return await packsByLocator(files, names, id);
    } catch (reason) {
      const found = names.join();
      if (!isNacreError(reason, 'STORE_PACK_MISSING') || found === before) throw reason;
      before = found;
    }
  }
};

/** The packs of a version and whether its locator named them. */
export interface VersionPacks {
  readonly packs: readonly StoredPack[];
  readonly isLocated: boolean;
}

/**
 * The packs in which the chunks of a version lie, with their indexes. Where the locator is missing,
 * damaged or out of date, all packs of the store are searched.
 * @throws NacreError `STORE_PACK_MISSING`, `STORE_PACK_DAMAGED`, or `STORE_CHUNK_MISSING` without a locator
 */
export const packsOfVersion = async (files: ByteStore, id: string): Promise<VersionPacks> => {
  if (!isDigestHex(id)) throw new TypeError(`${id} is no id of a version`);
  let failure: unknown;
  try {
    const packs = await locatedPacks(files, id);
    if (packs !== undefined) return { packs, isLocated: true };
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
    failure = reason;
  }
  const coverage = await searchPacks(files, await readManifest(files, id), failure);
  if (coverage.missingChunks === 0) return { packs: coverage.packs, isLocated: false };
  if (failure !== undefined) throw failure;
  const facts = { version: id, chunks: coverage.missingChunks, digest: coverage.firstMissing };
  throw new NacreError('STORE_CHUNK_MISSING', { ...facts, store: files.location });
};
