/** A backup partition as a source of versions: restore and verify read from it as from a store. */
import { isDigestHex } from '../../codec/hex.ts';
import type { Manifest } from '../../codec/manifest.ts';
import type { ManifestSignature } from '../../codec/signatures.ts';
import { type OpenDisk, openForRead } from '../../disk/device.ts';
import { FatVolume, type VolumeWindow } from '../../disk/fat.ts';
import { NacreError } from '../../errors.ts';
import { placeOnWholeDisk } from '../spared-source.ts';
import type { ResolvedImage } from '../store/image-records.ts';
import { LATEST, parseImageReference } from '../store/image-reference.ts';
import type { DiskPlace, ImageSource } from '../store/image-source.ts';
import type { StoredPack } from '../store/pack-file.ts';
import { packName } from '../store/store-layout.ts';
import {
  packsOfVersion,
  readManifest,
  readManifestBytes,
  readSignatures,
} from '../store/version-files.ts';
import { type BackupChoice, findBackup } from './backup-place.ts';
import { type Generation, lookAtAll, readRecord } from './generations.ts';
import { VolumeFiles } from './volume-files.ts';

export interface OpenBackupOptions {
  /** For people; default: the disk's path. */
  readonly location?: string | undefined;
  /** Clock for the times of files that are written. */
  readonly now?: (() => Date) | undefined;
}

/** An open backup partition. Reading changes nothing. Close it, or declare it with `using`. */
export class Backup implements ImageSource, Disposable {
  readonly location: string;
  readonly diskPlace: DiskPlace;
  /** Where the volume begins in the file or device that is open. */
  readonly source: { readonly path: string; readonly startBytes: number };
  readonly files: VolumeFiles;
  readonly volume: FatVolume;
  #ownDisk: OpenDisk | undefined;

  private constructor(
    volume: FatVolume,
    files: VolumeFiles,
    { diskPlace, source }: Pick<Backup, 'diskPlace' | 'source'>,
  ) {
    this.location = files.location;
    this.diskPlace = diskPlace;
    this.source = source;
    this.volume = volume;
    this.files = files;
  }

  /** As `openBackup`. */
  static async open(
    disk: OpenDisk,
    window: VolumeWindow,
    { location = disk.info.path, now }: OpenBackupOptions,
  ): Promise<Backup> {
    const diskPlace = await placeOnWholeDisk(disk.info, window);
    const volume = await FatVolume.open(disk, window, now);
    const source = { path: disk.info.path, startBytes: window.startBytes };
    const files = new VolumeFiles(location, disk, window, volume);
    return new Backup(volume, files, { diskPlace, source });
  }

  /** Makes the disk close with it. */
  withDisk(disk: OpenDisk): this {
    this.#ownDisk = disk;
    return this;
  }

  /** What the partition holds, newest first. */
  async generations(): Promise<readonly Generation[]> {
    return lookAtAll(this.files, await readRecord(this.files));
  }

  /**
   * The generation that is meant: by its whole id, or by an IMAGE, where `latest` is the current one.
   * @throws NacreError BACKUP_NO_GENERATION, IMAGE_NAME, IMAGE_AMBIGUOUS
   */
  async resolve(image: string): Promise<ResolvedImage> {
    const all = await this.generations();
    const found = isDigestHex(image) ? all.filter(({ id }) => id === image) : meant(all, image);
    const ids = found.map(({ id }) => id).join(', ');
    const [only] = found;
    if (only !== undefined && found.length === 1)
      return { name: only.name, id: only.id, labels: only.isCurrent ? [LATEST] : [] };
    if (only !== undefined)
      throw new NacreError('IMAGE_AMBIGUOUS', { image, count: found.length, ids });
    const present = all.map(({ name, id }) => `${name}@${id.slice(0, 8)}`).join(', ') || 'none';
    throw new NacreError('BACKUP_NO_GENERATION', { location: this.location, image, present });
  }

  readManifest(id: string): Promise<Manifest> {
    return readManifest(this.files, id);
  }

  readManifestBytes(id: string): Promise<Uint8Array> {
    return readManifestBytes(this.files, id);
  }

  readSignatures(id: string): Promise<readonly ManifestSignature[]> {
    return readSignatures(this.files, id);
  }

  readPackBytes(pack: string, offset: number, length: number): Promise<Uint8Array> {
    return this.files.read(packName(pack), offset, length);
  }

  async withPacks<Result>(
    id: string,
    work: (packs: readonly StoredPack[]) => Promise<Result>,
  ): Promise<Result> {
    const { packs } = await packsOfVersion(this.files, id);
    return work(packs);
  }

  close(): void {
    this.volume.close();
    this.#ownDisk?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const meant = (all: readonly Generation[], image: string): readonly Generation[] => {
  const reference = parseImageReference(image);
  const named = all.filter(({ name, complete }) => complete && name === reference.name);
  if ('idPrefix' in reference) return named.filter(({ id }) => id.startsWith(reference.idPrefix));
  if (reference.label !== LATEST) return [];
  return [named.find(({ isCurrent }) => isCurrent) ?? named[0]].filter((one) => one !== undefined);
};

/**
 * Opens a backup volume in a window of an open disk, which must stay open.
 *
 * @throws NacreError DISK_STRUCTURE when there is no FAT volume
 */
export const openBackup = (
  disk: OpenDisk,
  window: VolumeWindow,
  options: OpenBackupOptions = {},
): Promise<Backup> => Backup.open(disk, window, options);

/** Finds and opens the backup partition of a disk to read it. @throws NacreError those of `findBackup` */
export const openBackupOf = async (choice: BackupChoice): Promise<Backup> => {
  const place = await findBackup(choice);
  const sectorSize = place.disk.kind === 'file' ? place.sectorSize : undefined;
  const disk = await openForRead(place.path, { sectorSize });
  try {
    return (await openBackup(disk, place.window, place)).withDisk(disk);
  } catch (reason) {
    disk.close();
    throw reason;
  }
};
