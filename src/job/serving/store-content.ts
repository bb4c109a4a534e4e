/** Files of an image store for the HTTP service: only names that a store has, read by ranges. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { ByteStore } from '../../image/store/byte-store.ts';
import {
  IMAGE_NAMES_FILE,
  imageName,
  isChanging,
  locatorName,
  manifestName,
  packName,
  STORE_FILE,
  signaturesName,
  storeFileOf,
} from '../../image/store/store-layout.ts';
import {
  type ContentElsewhere,
  fileContent,
  type HttpContent,
  memoryContent,
  readContent,
  typeOf,
} from './http-content.ts';

/** Looks a name up below the store; `undefined` when it is not there, or nothing that is served. */
export type FindStoreFile = (name: string) => Promise<HttpContent | undefined>;

/** Missing, or something that a store does not hold: a link, a folder, a name that is a file's folder. */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO']);

/** The name as we would write it ourselves: nothing of what was asked for is joined to a path. */
const ownNameOf = (asked: string): string | undefined => {
  if (asked === STORE_FILE) return STORE_FILE;
  if (asked === IMAGE_NAMES_FILE) return IMAGE_NAMES_FILE;
  const file = storeFileOf(asked);
  switch (file.kind) {
    case 'manifest':
      return manifestName(file.id);
    case 'signatures':
      return signaturesName(file.id);
    case 'locator':
      return locatorName(file.id);
    case 'pack':
      return packName(file.id);
    case 'image':
      return imageName(file.id);
    default:
      return undefined;
  }
};

/** Files that never change under their name. */
const tagOf = (name: string): string | undefined =>
  /([0-9a-f]{64})\.(manifest|pack)$/.exec(name)?.[1];

const openFile = async (file: string): Promise<FileHandle | undefined> => {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (reason) {
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
    if (NOT_THERE.has(code)) return undefined;
    throw reason;
  }
};

/**
 * The store in a folder. Locks, leases and unfinished work are not served.
 *
 * @param root absolute
 */
export const storeInFolder =
  (root: string): FindStoreFile =>
  async (asked) => {
    const name = ownNameOf(asked);
    const handle = name === undefined ? undefined : await openFile(path.join(root, name));
    if (name === undefined || handle === undefined) return undefined;
    const status = await handle.stat();
    if (status.isFile()) {
      return fileContent(handle, { sizeBytes: status.size, type: typeOf(name), tag: tagOf(name) });
    }
    await handle.close();
    return undefined;
  };

/** Records and lists are small; a larger one is not served. */
const CHANGING_BYTES = 16 * 2 ** 20;
/** Files whose length is remembered: it never changes. */
const MOST_SIZES = 10_000;

/**
 * A store that lies elsewhere, by ranges: no more than a piece of each answer is in memory.
 *
 * @param elsewhereOf where who reads a file is sent instead
 */
export const storeElsewhere = (
  files: ByteStore,
  elsewhereOf: (name: string) => ContentElsewhere | undefined = () => undefined,
): FindStoreFile => {
  const sizes = new Map<string, number>();
  const sizeOf = async (name: string): Promise<number | undefined> => {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    const found = await files.size(name);
    if (found === undefined) return undefined;
    const [oldest] = sizes.keys();
    if (sizes.size >= MOST_SIZES && oldest !== undefined) sizes.delete(oldest);
    sizes.set(name, found);
    return found;
  };
  return async (asked) => {
    const name = ownNameOf(asked);
    if (name === undefined) return undefined;
    if (isChanging(name)) {
      const bytes = await files.readSmall(name, CHANGING_BYTES);
      const isServed = bytes !== undefined && bytes.length <= CHANGING_BYTES;
      return isServed ? memoryContent([bytes], typeOf(name), undefined) : undefined;
    }
    const sizeBytes = await sizeOf(name);
    if (sizeBytes === undefined) return undefined;
    const read = (offset: number, length: number) => files.read(name, offset, length);
    const facts = { sizeBytes, type: typeOf(name), tag: tagOf(name) };
    return readContent(read, { ...facts, elsewhere: elsewhereOf(name) });
  };
};
