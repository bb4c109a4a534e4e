/**
 * Files that a device keeps when its OS is made anew (spec A-30): its identity, its host name, its agent. They lie on
 * the backup partition, each content in one piece, so that the OS partition can be filled from there.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
  KEPT_LIST_LIMIT_BYTES,
  type KeptFile,
  parseKeptFiles,
  serializeKeptFiles,
} from '../../codec/kept-files.ts';
import { BACKUP_FILES } from '../../disk/boot-places.ts';
import { type OpenDisk, openForWrite } from '../../disk/device.ts';
import { checkFat, FatVolume } from '../../disk/fat.ts';
import { fromNative } from '../../disk/native.ts';
import type { FatRange } from '../../disk/native-fat.ts';
import { NacreError } from '../../errors.ts';
import type { Backup } from './backup.ts';
import type { BackupPlace } from './backup-place.ts';
import { requireSound } from './fill-plan.ts';

/** A file of this machine that becomes a kept one. */
export interface KeptSource extends Pick<KeptFile, 'path' | 'mode' | 'owner' | 'group'> {
  /** Path on this machine. */
  readonly from: string;
}

const PIECE_BYTES = 2 ** 20;

const contentPath = (sha256: string): string => `${BACKUP_FILES.keptFolder}/${sha256}`;

const describeSource = async ({ from, ...place }: KeptSource): Promise<KeptFile> => {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await using file = await open(from);
  for await (const piece of file.createReadStream({ highWaterMark: PIECE_BYTES })) {
    hash.update(piece);
    sizeBytes += piece.length;
  }
  return { ...place, sizeBytes, sha256: hash.digest('hex') };
};

/** SHA-256 of a file on the volume, read from the medium. */
const digestOf = async (
  { volume }: Pick<Backup, 'volume'>,
  name: string,
  sizeBytes: number,
): Promise<string> => {
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES)
    hash.update(await volume.read(name, at, PIECE_BYTES));
  return hash.digest('hex');
};

/** Why a content is not what the list says; undefined when it is. */
const faultOf = async (
  backup: Pick<Backup, 'volume'>,
  { sha256, sizeBytes }: KeptFile,
): Promise<string | undefined> => {
  const name = contentPath(sha256);
  const item = await backup.volume.find(name);
  if (item === undefined || item.isFolder) return 'it is missing';
  if (item.sizeBytes !== sizeBytes) return `it has ${item.sizeBytes} bytes, expected ${sizeBytes}`;
  const found = await digestOf(backup, name, sizeBytes);
  return found === sha256 ? undefined : `its SHA-256 is ${found}`;
};

/** Never more than was reserved: a source that has grown meanwhile is found out when it is read back. */
const fillRange = async (
  disk: OpenDisk,
  { offset, length }: FatRange,
  from: string,
): Promise<void> => {
  await using file = await open(from);
  for (let at = 0; at < length; at += PIECE_BYTES) {
    const wanted = Math.min(PIECE_BYTES, length - at);
    const piece = Buffer.alloc(Math.ceil(wanted / disk.sectorSize) * disk.sectorSize);
    await file.read(piece, 0, wanted, at);
    await fromNative(disk.device.write(offset + at, piece));
  }
  await fromNative(disk.device.flush());
};

export interface StoreKeptOptions {
  /** Files of the old list that stay although `sources` does not name them; none by default. */
  readonly staying?: ((file: KeptFile) => boolean) | undefined;
}

export interface KeptTarget extends Pick<Backup, 'volume'> {
  readonly disk: OpenDisk;
  /** Where the volume begins on the disk. */
  readonly startBytes: number;
}

const storeContent = async (target: KeptTarget, file: KeptFile, from: string): Promise<void> => {
  const { volume, disk, startBytes } = target;
  if ((await faultOf(target, file)) === undefined) return;
  const name = contentPath(file.sha256);
  await volume.remove(name);
  if (file.sizeBytes === 0) {
    await volume.write(name, Buffer.alloc(0));
    return;
  }
  const reserved = await volume.reserve(file.sizeBytes);
  const range = { offset: startBytes + reserved.offset, length: file.sizeBytes };
  await fillRange(disk, range, from);
  await volume.publish(name, reserved);
  const reason = await faultOf(target, file);
  if (reason !== undefined)
    throw new NacreError('KEPT_FILE_DAMAGED', {
      path: file.path,
      location: disk.info.path,
      reason,
    });
};

const removeOthers = async ({ volume }: KeptTarget, files: readonly KeptFile[]): Promise<void> => {
  const needed = new Set(files.map(({ sha256 }) => contentPath(sha256)));
  for (const { name, isFolder } of await volume.list(BACKUP_FILES.keptFolder)) {
    const full = `${BACKUP_FILES.keptFolder}/${name}`;
    if (!isFolder && full !== BACKUP_FILES.keptList && !needed.has(full)) await volume.remove(full);
  }
};

/**
 * Makes `sources` what the device keeps, in place of what it kept before and does not stay. A cut at any write leaves the old list or the
 * new one, each with all its contents.
 *
 * @throws NacreError IMAGE_FORMAT for a path that no OS has, FAT_FULL, KEPT_FILE_DAMAGED when a content does not read back right
 */
export const storeKeptFiles = async (
  target: KeptTarget,
  sources: readonly KeptSource[],
  { staying = () => false }: StoreKeptOptions = {},
): Promise<readonly KeptFile[]> => {
  const described: KeptFile[] = [];
  for (const source of sources) described.push(await describeSource(source));
  const named = new Set(described.map(({ path }) => path));
  const old = (await readKeptFiles(target)).filter(
    (file) => !named.has(file.path) && staying(file),
  );
  const files = [...old, ...described];
  const list = serializeKeptFiles(files);
  await target.volume.makeFolder(BACKUP_FILES.keptFolder);
  for (const [index, file] of described.entries())
    await storeContent(target, file, sources[index]?.from ?? '');
  await target.volume.write(BACKUP_FILES.keptList, list);
  await removeOthers(target, files);
  await target.volume.finish();
  return files;
};

/** The list; empty when nothing was ever kept. @throws NacreError IMAGE_FORMAT */
export const readKeptFiles = async ({
  volume,
}: Pick<Backup, 'volume'>): Promise<readonly KeptFile[]> => {
  const item = await volume.find(BACKUP_FILES.keptList);
  if (item === undefined || item.isFolder) return [];
  return parseKeptFiles(await volume.read(BACKUP_FILES.keptList, 0, KEPT_LIST_LIMIT_BYTES + 1));
};

/**
 * Proves a content, and says where it lies on the volume.
 *
 * @throws NacreError KEPT_FILE_DAMAGED, also for a content in several pieces: nobody but us writes there
 */
export const placeOfKept = async (
  backup: Pick<Backup, 'volume' | 'location'>,
  file: KeptFile,
): Promise<FatRange> => {
  const { path, sizeBytes, sha256 } = file;
  const fault = await faultOf(backup, file);
  const [range, more] = fault === undefined ? await backup.volume.ranges(contentPath(sha256)) : [];
  const reason = fault ?? (more === undefined ? undefined : 'it lies in several pieces');
  if (reason !== undefined)
    throw new NacreError('KEPT_FILE_DAMAGED', { path, location: backup.location, reason });
  return { offset: range?.offset ?? 0, length: sizeBytes };
};

/**
 * `storeKeptFiles` on the backup partition of a disk.
 *
 * @throws NacreError those of `storeKeptFiles`; (nothing written) BACKUP_VOLUME_DAMAGED, DISK_CHANGED, DISK_IN_USE
 */
export const changeKeptFiles = async (
  place: BackupPlace,
  sources: readonly KeptSource[],
  options: StoreKeptOptions = {},
): Promise<readonly KeptFile[]> => {
  const { sectorSize, path, window } = place;
  using disk = await openForWrite(path, {
    sectorSize: place.disk.kind === 'file' ? sectorSize : undefined,
  });
  requireSound(place.location, await checkFat(disk, window, { mend: true }));
  using volume = await FatVolume.open(disk, window);
  const target = { disk, volume, startBytes: window.startBytes };
  return await storeKeptFiles(target, sources, options);
};
