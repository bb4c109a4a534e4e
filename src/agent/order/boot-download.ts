/** The boot environment that a layout puts onto the disk, fetched from the server into a folder in memory. */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { open, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ensureDir } from 'fs-extra/esm';
import {
  BOOT_LIST,
  BOOT_LIST_LIMIT_BYTES,
  type BootFile,
  type BootFiles,
  parseBootList,
} from '../../disk/boot-files.ts';
import { NacreError } from '../../errors.ts';
import type { OnProgress } from '../../image/operation.ts';
import type { ByteStore } from '../../image/store/byte-store.ts';

const STEP_BYTES = 2 ** 20;
const PHASE = 'boot-files';
/** What a boot environment may have; this machine keeps it in memory. */
const MOST_BYTES = 512 * 2 ** 20;
const NODE_PART = 'node.img';

export interface BootDownload {
  /** The server's folder of boot files. */
  readonly files: Pick<ByteStore, 'location' | 'read' | 'readSmall'>;
  /** SHA-256 of its `boot.json`, hex, as the server said over the pinned connection. */
  readonly listDigest: string;
  /** Names of the files that are needed. */
  readonly names: readonly string[];
  /** Empty folder that gets them. */
  readonly folder: string;
  /** A Node part that this machine has already; used when it is the same one. */
  readonly nodePart: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

const damaged = (folder: string, reason: string): NacreError<'BOOT_FILES_DAMAGED'> =>
  new NacreError('BOOT_FILES_DAMAGED', { folder, reason });

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const statOf = async (file: string): Promise<Stats | undefined> => {
  try {
    return await stat(file);
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return undefined;
    throw reason;
  }
};

const isSame = async (own: string, { sizeBytes, sha256: wanted }: BootFile): Promise<boolean> => {
  if ((await statOf(own))?.size !== sizeBytes) return false;
  const hash = createHash('sha256');
  await pipeline(createReadStream(own, { highWaterMark: STEP_BYTES }), hash);
  return hash.digest('hex') === wanted;
};

const readList = async ({ files, listDigest }: BootDownload): Promise<BootFiles> => {
  const { location } = files;
  const bytes = await files.readSmall(BOOT_LIST, BOOT_LIST_LIMIT_BYTES);
  if (bytes === undefined) throw new NacreError('BOOT_FILES_MISSING', { folder: location });
  const found = sha256(bytes);
  if (found !== listDigest) {
    throw damaged(
      location,
      `${BOOT_LIST} has the SHA-256 ${found}, the server named ${listDigest}`,
    );
  }
  return parseBootList(location, bytes.toString('utf8'));
};

const wantedFiles = ({ files, folder }: BootFiles, names: readonly string[]): BootFile[] => {
  const known = new Map(files.map((file) => [file.name, file]));
  const wanted = names.map((name) => {
    const file = known.get(name);
    if (file === undefined) throw damaged(folder, `${name} is missing in ${BOOT_LIST}`);
    return file;
  });
  const sum = wanted.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  if (sum > MOST_BYTES) throw damaged(folder, `${sum} bytes, at most ${MOST_BYTES} are fetched`);
  return wanted;
};

/** Fetches what a layout needs; every file is checked against the list. @throws NacreError BOOT_FILES_…, STORE_WEB_…, CANCELLED */
export const downloadBootFiles = async (download: BootDownload): Promise<BootFiles> => {
  const { files, folder, signal, onProgress } = download;
  const list = await readList(download);
  const wanted = wantedFiles(list, download.names);
  const totalBytes = wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  const advance = (bytes: number): void => {
    doneBytes += bytes;
    onProgress?.({ phase: PHASE, doneBytes, totalBytes, writtenBytes: 0 });
  };
  for (const file of wanted) {
    const target = path.join(folder, file.name);
    await ensureDir(path.dirname(target));
    if (file.name === NODE_PART && (await isSame(download.nodePart, file))) {
      await symlink(download.nodePart, target);
      advance(file.sizeBytes);
      continue;
    }
    await fetchFile(files, file, target, (bytes) => {
      if (signal?.aborted) throw new NacreError('CANCELLED', { phase: PHASE });
      advance(bytes);
    });
  }
  return { ...list, folder, files: wanted };
};

const fetchFile = async (
  files: BootDownload['files'],
  { name, sizeBytes, sha256: wanted }: BootFile,
  target: string,
  advance: (bytes: number) => void,
): Promise<void> => {
  const hash = createHash('sha256');
  await using output = await open(target, 'wx');
  for (let offset = 0; offset < sizeBytes; offset += STEP_BYTES) {
    const bytes = await files.read(name, offset, Math.min(STEP_BYTES, sizeBytes - offset));
    hash.update(bytes);
    await output.writeFile(bytes);
    advance(bytes.length);
  }
  const found = hash.digest('hex');
  if (found !== wanted) throw damaged(files.location, `${name} has the SHA-256 ${found}`);
};
