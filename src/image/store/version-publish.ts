/**
 * Making a version visible, complete: packs, locator, signatures, manifest, and the image's record last. Each file is on the
 * medium before the next; after a failure nothing is visible.
 */
import path from 'node:path';
import { DIGEST_BYTES } from '../../codec/image-limits.ts';
import { serializeLocator } from '../../codec/locator.ts';
import { type Manifest, serializeManifest } from '../../codec/manifest.ts';
import { serializeSignatures } from '../../codec/signatures.ts';
import { NacreError } from '../../errors.ts';
import { DigestIndex } from './digest-index.ts';
import { writeFlushed } from './folder-store.ts';
import { emptyRecord, withVersion } from './image-record.ts';
import { readRecord, writeRecord } from './image-records.ts';
import { sha256Hex } from './pack-file.ts';
import { signManifest } from './signature.ts';
import { writing } from './store-error.ts';
import { locatorName, manifestName, packName, signaturesName } from './store-layout.ts';
import { type StoreContext, timeOf, withStoreLock } from './store-lock.ts';

/** A version that is in the store now. */
export interface PublishedVersion {
  readonly name: string;
  readonly id: string;
  readonly parent: string | null;
  readonly createdAt: string;
  /** Bytes of the packs that this version brought. */
  readonly storedBytes: number;
  /** Names of these packs. */
  readonly newPacks: readonly string[];
}

/** A finished and flushed pack that is not in its place yet. */
export interface NewPack {
  readonly id: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly digests: Uint8Array;
}

/** A version with what makes it complete. */
export interface NewVersion {
  readonly manifest: Manifest;
  /** Those that the version does not need stay where they are. */
  readonly packs: readonly NewPack[];
  /** Packs of the store that it counts on, which a lease keeps. */
  readonly known: readonly { readonly id: string; readonly digests: Uint8Array }[];
  /** Folder on the file system of the store for the manifest in the making. */
  readonly directory: string;
  /** Private key, PEM. */
  readonly sign?: string | undefined;
  /** Called under the store lock before anything becomes visible; what it throws stops that. */
  readonly check?: (() => Promise<void>) | undefined;
}

const isAt = (all: Buffer, record: number, digests: Uint8Array, offset: number): boolean => {
  const at = record * DIGEST_BYTES;
  const [end, other] = [at + DIGEST_BYTES, offset + DIGEST_BYTES];
  return end <= all.length && all.compare(digests, offset, other, at, end) === 0;
};

/**
 * Names of the packs that hold the digests of a version.
 * @throws NacreError `STORE_CHUNK_MISSING` when one is in none of them
 */
const locate = (
  manifest: Manifest,
  packs: readonly { readonly id: string; readonly digests: Uint8Array }[],
  store: string,
): readonly string[] => {
  const all = Buffer.concat(packs.map((pack) => pack.digests));
  const used = new Uint8Array(all.length / DIGEST_BYTES);
  let index: DigestIndex | undefined;
  let record = -1;
  for (const { digests } of manifest.partitions) {
    for (let offset = 0; offset < digests.length; offset += DIGEST_BYTES) {
      // A new version has its chunks in the order of its packs, but for those that it shares.
      record++;
      if (!isAt(all, record, digests, offset)) {
        index ??= new DigestIndex(all);
        record = index.find(digests, offset);
      }
      if (record >= 0) {
        used[record] = 1;
        continue;
      }
      const digest = Buffer.from(digests.subarray(offset, offset + DIGEST_BYTES)).toString('hex');
      const facts = { version: manifest.name, chunks: 1, digest, store };
      throw new NacreError('STORE_CHUNK_MISSING', facts);
    }
  }
  let first = 0;
  return packs.flatMap((pack) => {
    const start = first;
    first += pack.digests.length / DIGEST_BYTES;
    return used.subarray(start, first).includes(1) ? [pack.id] : [];
  });
};

const addVersion = async (context: StoreContext, id: string, manifest: Manifest): Promise<void> => {
  const { name, createdAt, parent, comment, title } = manifest;
  const old = await readRecord(context.files, name);
  const record = { ...(old ?? emptyRecord(name, title)), title };
  const row = { id, createdAt, parent, comment };
  await writeRecord(context, withVersion(record, row, timeOf(context)));
};

/**
 * Publishes a version, which becomes `latest`. The same manifest published again is the same version.
 *
 * @throws NacreError `IMAGE_FORMAT` for values that break the format, `IMAGE_KEY_INVALID`, `STORE_CHUNK_MISSING` when a
 *   digest is in no pack, `STORE_FULL`, `STORE_READ_ONLY`, `STORE_BUSY`
 */
export const publishVersion = async (
  context: StoreContext,
  { manifest, packs, known, directory, sign, check }: NewVersion,
): Promise<PublishedVersion> => {
  const located = locate(manifest, [...packs, ...known], context.files.location);
  const needed = packs.filter((pack) => located.includes(pack.id));
  const bytes = serializeManifest(manifest);
  const id = sha256Hex(bytes);
  const signatures = sign === undefined ? [] : [signManifest(id, sign)];
  const file = path.join(directory, 'manifest');
  await writing(file, () => writeFlushed(file, bytes));
  await withStoreLock(context, async () => {
    await check?.();
    const { files } = context;
    for (const pack of needed) await files.moveIn(pack.path, packName(pack.id));
    await files.write(locatorName(id), serializeLocator({ packs: located }));
    if (signatures.length > 0) {
      await files.write(signaturesName(id), serializeSignatures(signatures));
    }
    await files.moveIn(file, manifestName(id));
    await addVersion(context, id, manifest);
  });
  return {
    name: manifest.name,
    id,
    parent: manifest.parent,
    createdAt: manifest.createdAt,
    storedBytes: needed.reduce((sum, pack) => sum + pack.sizeBytes, 0),
    newPacks: needed.map((pack) => pack.id),
  };
};
