/** Puts what a device keeps (spec A-30) into an OS that was just made anew. */
import type { KeptFile } from '../codec/kept-files.ts';
import type { OpenDisk } from '../disk/device.ts';
import type { VolumeWindow } from '../disk/fat.ts';
import { fromNative, native } from '../disk/native.ts';
import { changeFiles, type VolumeChange } from '../disk/volume-files.ts';
import { NacreError } from '../errors.ts';
import type { Backup } from '../image/backup/backup.ts';
import { placeOfKept, readKeptFiles } from '../image/backup/kept-files.ts';

export interface InjectTarget {
  /** The disk that has both, open for writing. */
  readonly disk: OpenDisk;
  /** The OS partition. */
  readonly window: VolumeWindow & { readonly number: number };
  readonly signal?: AbortSignal | undefined;
}

const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');

/** Folders that are missing are made; those that are there keep owner and mode. */
const changesOf = (
  { path, sizeBytes: length, owner, group, mode }: KeptFile,
  source: { readonly path: string; readonly offset: number },
  hasOwners: boolean,
): readonly VolumeChange[] => {
  const folder = folderOf(path);
  return [
    ...(folder === '' ? [] : [{ kind: 'make-folder', path: folder } as const]),
    { kind: 'write-file', path, content: { ...source, length } },
    ...(hasOwners ? [{ kind: 'set-owner', path, owner, group, mode } as const] : []),
  ];
};

const requireKnown = async ({ disk, window }: InjectTarget): Promise<string> => {
  const { number, startBytes, sizeBytes } = window;
  const { type } = await fromNative(native.probeFileSystem(disk.device, startBytes, sizeBytes));
  if (type === 'ntfs' || type.startsWith('ext')) return type;
  const facts = { path: disk.info.path, number, fileSystem: type };
  throw new NacreError('KEPT_FILES_UNSUPPORTED', facts);
};

/**
 * Writes the kept files into the OS partition, all in one change, read back. Without a journal: whoever calls has said
 * that the OS is not whole, so that a cut leads to the same work again.
 *
 * @returns the paths that were written
 * @throws NacreError KEPT_FILE_DAMAGED, KEPT_FILES_UNSUPPORTED, IMAGE_FORMAT, VOLUME_…; the OS is whole without them then
 */
export const injectKeptFiles = async (
  backup: Pick<Backup, 'volume' | 'location' | 'source'>,
  target: InjectTarget,
): Promise<readonly string[]> => {
  const files = await readKeptFiles(backup);
  if (files.length === 0) return [];
  const { disk, window, signal } = target;
  const { path, startBytes } = backup.source;
  const hasOwners = (await requireKnown(target)) !== 'ntfs';
  const changes: VolumeChange[] = [];
  for (const file of files) {
    const { offset } = await placeOfKept(backup, file);
    changes.push(...changesOf(file, { path, offset: startBytes + offset }, hasOwners));
  }
  await changeFiles(disk, window, changes, { unprotected: true, signal });
  return files.map(({ path }) => path);
};
