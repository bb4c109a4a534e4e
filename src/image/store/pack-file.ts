/** Pack files of a store: reading and checking an index, finishing the packs that the addon wrote. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { equalBytes } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';
import {
  DIGEST_BYTES,
  type DigestAlgorithm,
  FRAME_CAP,
  FRAME_RECORD_BYTES,
  PACK_FOOTER_BYTES,
  PACK_HEADER_BYTES,
} from '../../codec/image-limits.ts';
import {
  frameBytesOf,
  parsePackFooter,
  parsePackHeader,
  parsePackIndex,
  serializePackFooter,
  serializePackHeader,
  serializePackIndex,
} from '../../codec/pack.ts';
import type { NativePack } from '../../disk/native.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { writeAt } from './folder-store.ts';
import { packName } from './store-layout.ts';

/** A pack of a store with the records of its index, as the addon takes it. */
export interface StoredPack extends NativePack {
  /** Name of the pack: SHA-256 of its index. */
  readonly id: string;
  readonly sizeBytes: number;
  readonly algorithm: DigestAlgorithm;
}

/** SHA-256, for values up to 4 GiB. */
export const sha256 = (bytes: Uint8Array): Uint8Array => {
  const hash = createHash('sha256');
  const step = 2 ** 26;
  for (let at = 0; at < bytes.length; at += step) hash.update(bytes.subarray(at, at + step));
  return hash.digest();
};

/** SHA-256 as 64 hex digits. */
export const sha256Hex = (bytes: Uint8Array): string => toHex(sha256(bytes));

/** A pack's file: its name in the store, or where a copy lies. */
interface PackPlace {
  readonly id: string;
  readonly name: string;
}

const readIndex = async (
  files: ByteStore,
  { id, name }: PackPlace,
  sizeBytes: number,
): Promise<StoredPack> => {
  const smallest = PACK_HEADER_BYTES + PACK_FOOTER_BYTES;
  if (sizeBytes < smallest) {
    const facts = { path: name, found: sizeBytes, needed: smallest };
    throw new NacreError('STORE_FILE_LENGTH', facts);
  }
  parsePackHeader(await files.read(name, 0, PACK_HEADER_BYTES));
  const tail = await files.read(name, sizeBytes - PACK_FOOTER_BYTES, PACK_FOOTER_BYTES);
  const footer = parsePackFooter(tail, sizeBytes);
  const bytes = await files.read(name, footer.indexOffset, footer.indexLength);
  const digest = sha256(bytes);
  if (!equalBytes(digest, footer.indexDigest) || toHex(digest) !== id) {
    const facts = { pack: id, reason: `its index has the digest ${toHex(digest)}` };
    throw new NacreError('STORE_PACK_DAMAGED', facts);
  }
  const index = parsePackIndex(bytes, footer.indexOffset);
  const { algorithm, frames, digests } = index;
  return { id, ...(await files.packPlace(name, sizeBytes)), frames, digests, sizeBytes, algorithm };
};

/**
 * Reads header, footer and index of the pack `id` in a file and checks them against that name.
 * @throws NacreError `STORE_FILE_MISSING`, `STORE_PACK_DAMAGED`, `STORE_IO`
 */
export const readPackFile = async (files: ByteStore, place: PackPlace): Promise<StoredPack> => {
  const sizeBytes = await files.size(place.name);
  if (sizeBytes === undefined) throw new NacreError('STORE_FILE_MISSING', { path: place.name });
  try {
    return await readIndex(files, place, sizeBytes);
  } catch (reason) {
    const isFormat = isNacreError(reason, 'IMAGE_FORMAT');
    if (!isFormat && !isNacreError(reason, 'STORE_FILE_LENGTH')) throw reason;
    const facts = { pack: place.id, reason: reason.message };
    throw new NacreError('STORE_PACK_DAMAGED', facts, { cause: reason });
  }
};

/**
 * Reads header, footer and index of a pack of the store. The frames are not read.
 * @throws NacreError `STORE_PACK_MISSING`, `STORE_PACK_DAMAGED`, `STORE_IO`
 */
export const readPack = async (
  files: ByteStore,
  id: string,
  neededBy = 'some version',
): Promise<StoredPack> => {
  try {
    return await readPackFile(files, { id, name: packName(id) });
  } catch (reason) {
    if (!isNacreError(reason, 'STORE_FILE_MISSING')) throw reason;
    const facts = { pack: id, neededBy, store: files.location };
    throw new NacreError('STORE_PACK_MISSING', facts, { cause: reason });
  }
};

/** Frames in a file that has room for a header and no index yet. */
export interface UnfinishedPack {
  readonly path: string;
  readonly algorithm: DigestAlgorithm;
  readonly frames: Uint8Array;
  readonly digests: Uint8Array;
}

/** Most chunks in one of the frames, at least what this version writes. */
export const frameCapOf = (frames: Uint8Array): number => {
  let cap = FRAME_CAP;
  for (let at = 4; at < frames.length; at += FRAME_RECORD_BYTES)
    cap = Math.max(cap, frames[at] ?? 0);
  return cap;
};

/**
 * Writes header, index and footer into a file of frames and flushes it; the file keeps its path.
 * @returns the pack's name and size in bytes
 * @throws NacreError `IMAGE_FORMAT` when records or length do not fit the format
 */
export const finishPack = async (
  pack: UnfinishedPack,
): Promise<{ readonly id: string; readonly sizeBytes: number }> => {
  const { path, algorithm, frames, digests } = pack;
  const index = serializePackIndex({ algorithm, frameCap: frameCapOf(frames), frames, digests });
  const indexOffset = PACK_HEADER_BYTES + frameBytesOf(frames);
  const indexDigest = sha256(index);
  const footer = serializePackFooter({ indexOffset, indexLength: index.length, indexDigest });
  const sizeBytes = indexOffset + index.length + footer.length;
  parsePackFooter(footer, sizeBytes);
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    if (size !== indexOffset) {
      throw new NacreError('STORE_FILE_LENGTH', { path, found: size, needed: indexOffset });
    }
    await writeAt(handle, serializePackHeader(), 0);
    await writeAt(handle, index, indexOffset);
    await writeAt(handle, footer, indexOffset + index.length);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { id: toHex(indexDigest), sizeBytes };
};

/** Number of chunks in packed digest records. */
export const chunksIn = (digests: Uint8Array): number => digests.length / DIGEST_BYTES;
