/**
 * The files that machines boot from: a fixed set of names, read into memory once from a folder that `nacre boot build` made,
 * and checked against its list. A request looks a name up here and never reaches a file system.
 */

import { createHash } from 'node:crypto';
import { constants, type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { type BootFile, type BootList, readBootList } from '../../disk/boot-files.ts';
import { NacreError } from '../../errors.ts';
import type { Pieces } from '../../job/serving/http-content.ts';
import { type FileWatch, type FileWatchOptions, watchFile } from '../file-watch.ts';
import { fillPlace, findPlace } from './filled-place.ts';

/** Names on the network and the files behind them. shim looks for `grubx64.efi` and `mmx64.efi` beside itself. */
const SERVED = {
  vmlinuz: 'vmlinuz',
  'initrd.pxe': 'initrd.pxe',
  'undionly.kpxe': 'ipxe/undionly.kpxe',
  'snponly.efi': 'ipxe/snponly.efi',
  'merlin.efi': 'network/merlin.efi',
  'local-disk.efi': 'network/local-disk.efi',
  // The same GRUB, filled with another wish.
  'menu.efi': 'network/local-disk.efi',
  'grub/network.cfg': 'grub/network.cfg',
  'shimx64.efi': 'signed/BOOTX64.EFI',
  'grubx64.efi': 'signed/grubnetx64.efi',
  'mmx64.efi': 'signed/mmx64.efi',
} as const;

/** A name that is served. */
export type ServedName = keyof typeof SERVED;

/** Names whose content has a place for what the server says. */
const FILLED: ReadonlySet<string> = new Set<ServedName>([
  'merlin.efi',
  'local-disk.efi',
  'menu.efi',
]);

/** Name of the list, which is served as it lies in the folder. */
const LIST = 'boot.json';
/** Kernel and initial RAM disk three times, and room for half as much again. */
const MOST_BYTES = 192 * 2 ** 20;

/** What is sent: pieces that stay as they are while it is. */
export interface BootContent {
  readonly sizeBytes: number;
  readonly pieces: Pieces;
  /** Another text for other bytes. */
  readonly tag: string;
}

interface LoadedFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Where its place begins. */
  readonly placeAt: number | undefined;
}

/** What stands in the place of a file that has one. */
export type PlaceText = (name: ServedName) => string;

const isServed = (name: string): name is ServedName => Object.hasOwn(SERVED, name);

/** The set as it was read. */
export class BootFileSet {
  /** Version of Debian's kernel. */
  readonly kernel: string;
  readonly #files: ReadonlyMap<string, LoadedFile>;

  constructor(kernel: string, files: ReadonlyMap<string, LoadedFile>) {
    this.kernel = kernel;
    this.#files = files;
  }

  /** A file by its name in the folder, as it was built; the list of all of them is `boot.json`. */
  listed(name: string): BootContent | undefined {
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    const { bytes, sha256 } = file;
    return { sizeBytes: bytes.length, pieces: [bytes], tag: sha256.slice(0, 32) };
  }

  /** SHA-256 of `boot.json`, which names that of every file. */
  get listDigest(): string {
    const list = this.#files.get(LIST);
    if (list === undefined) throw new TypeError('a set of boot files without its list');
    return list.sha256;
  }

  /** Bytes of all files in memory. */
  get sizeBytes(): number {
    return [...this.#files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /**
   * The content of a name; `undefined` for one that is not served.
   *
   * @throws RangeError for a text that its place does not hold
   */
  find(name: string, placeText: PlaceText): BootContent | undefined {
    if (!isServed(name)) return undefined;
    const file = this.#files.get(SERVED[name]);
    if (file === undefined) return undefined;
    const { bytes, sha256, placeAt } = file;
    const sizeBytes = bytes.length;
    if (!FILLED.has(name) || placeAt === undefined)
      return { sizeBytes, pieces: [bytes], tag: sha256.slice(0, 32) };
    const text = placeText(name);
    const tag = createHash('sha256').update(`${sha256} ${text}`).digest('hex').slice(0, 32);
    return { sizeBytes, pieces: fillPlace(bytes, placeAt, text), tag };
  }
}

const damaged = (folder: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('BOOT_FILES_DAMAGED', { folder, reason }, { cause });

const readAll = async (handle: FileHandle, sizeBytes: number): Promise<Buffer> => {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  for (let done = 0; done < sizeBytes; ) {
    const { bytesRead } = await handle.read(bytes, done, sizeBytes - done, done);
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
  }
  return bytes;
};

/** Reads a file of the list; its digest is taken of what lies in memory. */
const loadFile = async (folder: string, { name, sizeBytes, sha256 }: BootFile): Promise<Buffer> => {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    await using handle = await open(path.join(folder, name), flags);
    const status = await handle.stat();
    if (!status.isFile() || status.size !== sizeBytes)
      throw damaged(folder, `${name} has ${status.size} bytes, expected ${sizeBytes}`);
    const bytes = await readAll(handle, sizeBytes);
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) throw damaged(folder, `${name} has the SHA-256 ${found}`);
    return bytes;
  } catch (reason) {
    if (reason instanceof NacreError || !(reason instanceof Error) || !('code' in reason))
      throw reason;
    throw damaged(folder, `${name}: ${String(reason.code)}`, reason);
  }
};

const loadAll = async ({
  folder,
  files: listed,
  text,
}: BootList): Promise<ReadonlyMap<string, LoadedFile>> => {
  const files = new Map<string, LoadedFile>();
  const filled = new Set<string>([...FILLED].map((name) => (isServed(name) ? SERVED[name] : '')));
  for (const name of new Set(Object.values(SERVED)))
    if (listed.every((one) => one.name !== name))
      throw damaged(folder, `${name} is not in boot.json`);
  for (const file of listed) {
    const { name } = file;
    const bytes = await loadFile(folder, file);
    const placeAt = filled.has(name) ? findPlace(bytes) : undefined;
    if (filled.has(name) && placeAt === undefined)
      throw damaged(folder, `${name} has no place for the address of its server`);
    files.set(name, { bytes, sha256: file.sha256, placeAt });
  }
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return files.set(LIST, { bytes, sha256, placeAt: undefined });
};

/**
 * Reads the set. Files that others made into links are not followed.
 *
 * @throws NacreError BOOT_FILES_MISSING when nothing was built there; BOOT_FILES_DAMAGED for a file that is missing, changed,
 *   or not of this version
 */
export const readBootFileSet = async (folder: string): Promise<BootFileSet> => {
  const list = await readBootList(folder);
  const total = list.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (total > MOST_BYTES)
    throw damaged(folder, `its files have ${total} bytes, at most ${MOST_BYTES} are served`);
  return new BootFileSet(list.kernel, await loadAll({ ...list, folder }));
};

/**
 * The set, read again when `boot.json` changes. While the folder is built anew, and when it is wrong then, the files that were
 * read before go on being served.
 *
 * @throws NacreError as `readBootFileSet`
 */
export const watchBootFileSet = ({
  folder,
  ...options
}: Omit<FileWatchOptions<BootFileSet>, 'read' | 'file'> & {
  readonly folder: string;
}): Promise<FileWatch<BootFileSet>> =>
  watchFile({
    ...options,
    file: path.join(folder, 'boot.json'),
    read: () => readBootFileSet(folder),
  });
