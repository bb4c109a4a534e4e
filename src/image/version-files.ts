/** Reading the files of one version: manifest, signatures, locator and packs, each checked. */
import { isDigestHex } from '../codec/hex.ts';
import { DIGEST_BYTES, MANIFEST_HEADER_BYTES } from '../codec/image-limits.ts';
import { LOCATOR_LIMIT_BYTES, parseLocator } from '../codec/locator.ts';
import { type Manifest, manifestLength, parseManifest } from '../codec/manifest.ts';
import {
  type ManifestSignature,
  parseSignatures,
  SIGNATURES_LIMIT_BYTES,
} from '../codec/signatures.ts';
import { isNacreError, NacreError } from '../errors.ts';
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
  const size = await files.size(name);
  if (size === undefined) return undefined;
  const most = part === 'locator' ? LOCATOR_LIMIT_BYTES : SIGNATURES_LIMIT_BYTES;
  if (size <= most) return files.read(name, 0, size);
  const facts = { part, field: 'length', found: size, needed: `at most ${most}` };
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

/** How many different chunks of a version no pack has, and the packs that have the others. */
export interface Coverage {
  readonly packs: readonly StoredPack[];
  readonly missingChunks: number;
  /** Digest of one chunk that is missing, hex; empty when none is. */
  readonly firstMissing: string;
}

/** Marks the wanted digests that a pack has. @returns true when it has one that no earlier pack had */
export const markPack = (wanted: DigestIndex, found: RecordSet, pack: StoredPack): boolean => {
  let isNeeded = false;
  for (let offset = 0; offset < pack.digests.length; offset += DIGEST_BYTES) {
    const record = wanted.find(pack.digests, offset);
    if (record >= 0 && found.add(record)) isNeeded = true;
  }
  return isNeeded;
};

/** Chooses from `packs` those that hold the wanted digests, in order. */
export const coverageOf = async (
  digests: Uint8Array,
  packs: AsyncIterable<StoredPack>,
): Promise<Coverage> => {
  const wanted = new DigestIndex(digests);
  const found = new RecordSet(wanted.count);
  const chosen: StoredPack[] = [];
  for await (const pack of packs) {
    if (markPack(wanted, found, pack)) chosen.push(pack);
  }
  let missingChunks = 0;
  let firstMissing = '';
  for (let record = 0; record < wanted.count; record++) {
    const first = wanted.find(digests, record * DIGEST_BYTES);
    if (first !== record || found.has(record)) continue;
    missingChunks++;
    if (firstMissing !== '') continue;
    const offset = record * DIGEST_BYTES;
    firstMissing = Buffer.from(digests.subarray(offset, offset + DIGEST_BYTES)).toString('hex');
  }
  return { packs: chosen, missingChunks, firstMissing };
};

async function* readablePacks(
  files: ByteStore,
  names: readonly string[],
  manifest: Manifest,
): AsyncIterable<StoredPack> {
  for (const name of names) {
    try {
      const pack = await readPack(files, name);
      if (pack.algorithm === manifest.algorithm) yield pack;
    } catch (reason) {
      const isMissing = isNacreError(reason, 'STORE_PACK_MISSING');
      if (!isMissing && !isNacreError(reason, 'STORE_PACK_DAMAGED')) throw reason;
    }
  }
}

/** Looks for the chunks of a version in every readable pack of the store. */
export const searchPacks = async (files: ByteStore, manifest: Manifest): Promise<Coverage> =>
  coverageOf(digestsOf(manifest), readablePacks(files, await listPacks(files), manifest));

const packsByLocator = async (
  files: ByteStore,
  names: readonly string[],
  id: string,
): Promise<readonly StoredPack[]> => {
  const packs: StoredPack[] = [];
  for (const name of names) packs.push(await readPack(files, name, `version ${id}`));
  return packs;
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
  const names = await readLocator(files, id);
  let failure: unknown;
  if (names !== undefined) {
    try {
      return { packs: await packsByLocator(files, names, id), isLocated: true };
    } catch (reason) {
      if (!isNacreError(reason)) throw reason;
      failure = reason;
    }
  }
  const coverage = await searchPacks(files, await readManifest(files, id));
  if (coverage.missingChunks === 0) return { packs: coverage.packs, isLocated: false };
  if (failure !== undefined) throw failure;
  const facts = { version: id, chunks: coverage.missingChunks, digest: coverage.firstMissing };
  throw new NacreError('STORE_CHUNK_MISSING', { ...facts, store: files.location });
};
