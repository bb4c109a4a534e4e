/** Finding or making the folder of a store. */
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { NacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { FolderStore, flushFolder } from './folder-store.ts';
import { hasErrorCode, toStoreError, writing } from './store-error.ts';
import {
  IMAGE_NAMES_FILE,
  lockName,
  STORE_FILE,
  STORE_FOLDERS,
  STORE_FORMAT,
} from './store-layout.ts';
import { GC_LOCK } from './store-lock.ts';
import { hasScheme, shownAddress } from './web-address.ts';

const MARK_LIMIT_BYTES = 4096;

const formatOf = (text: string): string => {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null;
    return isObject && 'format' in value ? String(value.format) : 'none';
  } catch (reason) {
    if (reason instanceof SyntaxError) return 'none';
    throw reason;
  }
};

/**
 * Checks that there is a store of a format that this program knows.
 * @throws NacreError `STORE_NOT_FOUND`, `STORE_FORMAT`
 */
export const checkMark = async (files: ByteStore): Promise<void> => {
  const bytes = await files.readSmall(STORE_FILE, MARK_LIMIT_BYTES);
  if (bytes === undefined) throw new NacreError('STORE_NOT_FOUND', { store: files.location });
  const found = formatOf(bytes.toString('utf8'));
  if (found === String(STORE_FORMAT)) return;
  const facts = { store: files.location, found, known: STORE_FORMAT };
  throw new NacreError('STORE_FORMAT', facts);
};

const contentOf = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (reason) {
    if (hasErrorCode(reason, 'ENOENT')) return [];
    throw toStoreError(reason, folder);
  }
};

/** Folders are only missing where a store was copied without its empty ones. */
const makeFolders = async (files: FolderStore): Promise<void> => {
  for (const folder of STORE_FOLDERS) {
    const target = files.localPath(folder);
    await writing(target, async () => {
      await mkdir(target, { recursive: true });
    });
  }
};

const create = async (files: FolderStore): Promise<void> => {
  const root = files.localPath('');
  const content = await contentOf(root);
  const own = new Set<string>([...STORE_FOLDERS, STORE_FILE, IMAGE_NAMES_FILE]);
  const strange = content.find((name) => !own.has(name));
  if (strange !== undefined) {
    throw new NacreError('STORE_NOT_EMPTY', { store: files.location, found: strange });
  }
  await makeFolders(files);
  // Garbage collection frees a full file system and must need no new file for it.
  await files.write(lockName(GC_LOCK), new Uint8Array());
  await files.write(STORE_FILE, Buffer.from(`${JSON.stringify({ format: STORE_FORMAT })}\n`));
  await writing(root, () => flushFolder(path.dirname(root)));
};

/**
 * The files of a store in a folder of this machine.
 * @throws NacreError `STORE_ADDRESS` for an address of any scheme, `STORE_NOT_FOUND`, `STORE_FORMAT`, and with
 * `isNew` `STORE_NOT_EMPTY`, `STORE_READ_ONLY`, `STORE_FULL`
 */
export const openFolder = async (location: string, isNew: boolean): Promise<FolderStore> => {
  if (hasScheme(location)) {
    throw new NacreError('STORE_ADDRESS', { store: shownAddress(location) });
  }
  const files = new FolderStore(location);
  if (isNew && (await files.size(STORE_FILE)) === undefined) await create(files);
  else await checkMark(files);
  return files;
};
