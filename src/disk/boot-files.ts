/** The files of a built boot environment (`pxe/build`), as `boot.json` in their folder lists them. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { NacreError } from '../errors.ts';

/** Longest `boot.json`. */
export const BOOT_LIST_LIMIT_BYTES = 256 * 1024;
/** Its name in the folder. */
export const BOOT_LIST = 'boot.json';

const list = z.object({
  format: z.literal(1),
  kernel: z.string().max(128),
  node: z.string().max(64),
  files: z
    .array(
      z.object({
        // Below the folder: no absolute names, no dots in front.
        name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/),
        sizeBytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(256),
});

/** A file by its name in the folder. */
export interface BootFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A boot environment whose files were read and found whole. */
export interface BootFiles {
  /** Absolute. */
  readonly folder: string;
  /** Version of Debian's kernel: `6.1.0-56-amd64`. */
  readonly kernel: string;
  /** Version of Node inside. */
  readonly node: string;
  readonly files: readonly BootFile[];
}

/**
 * Reads the text of a `boot.json`.
 *
 * @param folder where it lies, for the list and for messages
 * @throws NacreError BOOT_FILES_DAMAGED
 */
export const parseBootList = (folder: string, text: string): BootFiles => {
  try {
    const { kernel, node, files } = list.parse(JSON.parse(text));
    return { folder, kernel, node, files };
  } catch (cause) {
    const reason = 'boot.json is not a list of files';
    throw new NacreError('BOOT_FILES_DAMAGED', { folder, reason }, { cause });
  }
};

const readList = async (folder: string): Promise<string> => {
  const file = path.join(folder, BOOT_LIST);
  try {
    const { size } = await stat(file);
    if (size <= BOOT_LIST_LIMIT_BYTES) return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new NacreError('BOOT_FILES_MISSING', { folder }, { cause });
    throw cause;
  }
  throw new NacreError('BOOT_FILES_DAMAGED', { folder, reason: 'boot.json is too large' });
};

const digestOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
};

const faultOf = async (folder: string, file: BootFile): Promise<string | undefined> => {
  const full = path.join(folder, file.name);
  try {
    const { size } = await stat(full);
    if (size !== file.sizeBytes)
      return `${file.name} has ${size} bytes, expected ${file.sizeBytes}`;
    const found = await digestOf(full);
    return found === file.sha256 ? undefined : `${file.name} has the SHA-256 ${found}`;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason) return `${file.name}: ${String(reason.code)}`;
    throw reason;
  }
};

/** A boot environment as its list has it; the files were not looked at. */
export interface BootList extends BootFiles {
  /** The list as it lies in the folder. */
  readonly text: string;
}

/** Reads the list alone. @throws NacreError BOOT_FILES_MISSING, BOOT_FILES_DAMAGED when it is no list */
export const readBootList = async (folder: string): Promise<BootList> => {
  const text = await readList(folder);
  return { ...parseBootList(folder, text), folder: path.resolve(folder), text };
};

/**
 * Reads the list and checks every file against it.
 *
 * @throws NacreError BOOT_FILES_MISSING when nothing was built there, BOOT_FILES_DAMAGED
 */
export const readBootFiles = async (folder: string): Promise<BootFiles> => {
  const { text: _, ...list } = await readBootList(folder);
  for (const file of list.files) {
    const reason = await faultOf(folder, file);
    if (reason !== undefined) throw new NacreError('BOOT_FILES_DAMAGED', { folder, reason });
  }
  return list;
};

/** What Node needs beside its files; PID 1 asks for as much (pxe/init/node_part.cc). */
const NODE_BYTES = 48 * 2 ** 20;

/** Free memory without which PID 1 does not start Merlin: the Node part lies in it. */
export const merlinMemoryBytes = ({ files }: BootFiles): number =>
  NODE_BYTES + (files.find(({ name }) => name === 'node.img')?.sizeBytes ?? 0);
