/** FAT volumes in a window of a disk: format, files, check. Nothing is mounted. */
import type { OpenDisk } from './device.ts';
import { fromNative, native } from './native.ts';
import type {
  FatCheck,
  FatItem,
  FatRange,
  FatSpace,
  NativeFatGeometry,
  NativeFatOptions,
  NativeFatVolume,
} from './native-fat.ts';

/** Where a volume lies on its disk, in bytes. */
export interface VolumeWindow {
  readonly startBytes: number;
  readonly sizeBytes: number;
}

export type FatFormatOptions = Partial<
  Omit<NativeFatOptions, 'sectorSize' | 'hiddenSectors' | 'type'>
> & { readonly type?: NativeFatGeometry['type'] | undefined };

/**
 * Makes an empty FAT volume; the partition's place and the disk's sector size go into its boot sector.
 *
 * @throws NacreError FAT_SIZE_UNFIT before anything is written, FAT_NAME_INVALID for the label, DISK_…
 */
export const formatFat = (
  disk: OpenDisk,
  { startBytes, sizeBytes }: VolumeWindow,
  options: FatFormatOptions = {},
): Promise<NativeFatGeometry> =>
  fromNative(
    native.formatFat(disk.device, startBytes, sizeBytes, {
      clusterBytes: 0,
      reservedSectors: 0,
      label: '',
      serial: 0,
      allowFewClusters: false,
      ...options,
      type: options.type ?? '',
      sectorSize: disk.sectorSize,
      hiddenSectors: startBytes / disk.sectorSize,
    }),
  );

/**
 * Checks a volume. With `mend`, what a cut in the middle of a change leaves behind is put right.
 *
 * @throws NacreError DISK_STRUCTURE when there is no FAT volume
 */
export const checkFat = (
  disk: OpenDisk,
  { startBytes, sizeBytes }: VolumeWindow,
  options: { readonly mend?: boolean } = {},
): Promise<FatCheck> =>
  fromNative(native.checkFat(disk.device, startBytes, sizeBytes, options.mend === true));

/**
 * An open FAT volume; changes are whole or absent after a cut at any write, `finish` ends a series of them. It holds
 * its disk open: close it, or declare it with `using`.
 */
export class FatVolume implements Disposable {
  readonly #volume: NativeFatVolume;
  readonly #now: () => Date;

  private constructor(volume: NativeFatVolume, now: () => Date) {
    this.#volume = volume;
    this.#now = now;
  }

  /** @throws NacreError DISK_STRUCTURE when there is no FAT volume */
  static async open(
    disk: OpenDisk,
    { startBytes, sizeBytes }: VolumeWindow,
    now: () => Date = () => new Date(),
  ): Promise<FatVolume> {
    return new FatVolume(await fromNative(native.openFat(disk.device, startBytes, sizeBytes)), now);
  }

  space(): Promise<FatSpace> {
    return fromNative(this.#volume.space());
  }

  /** @throws NacreError FAT_NOT_FOUND, FAT_NOT_A_FOLDER */
  list(path: string): Promise<readonly FatItem[]> {
    return fromNative(this.#volume.list(path));
  }

  /** Undefined when there is no such file or folder. */
  find(path: string): Promise<FatItem | undefined> {
    return fromNative(this.#volume.find(path));
  }

  /** Bytes of a file, at most `length` from `offset` on. @throws NacreError FAT_NOT_FOUND, FAT_NOT_A_FILE */
  read(path: string, offset = 0, length = 2 ** 31): Promise<Buffer> {
    return fromNative(this.#volume.read(path, offset, length));
  }

  /** Where the bytes of a file lie on the volume. */
  ranges(path: string): Promise<readonly FatRange[]> {
    return fromNative(this.#volume.ranges(path));
  }

  /** Makes a file or replaces its content. @throws NacreError FAT_FULL, FAT_DIRECTORY_FULL, FAT_NAME_INVALID, FAT_NOT_FOUND for its folder */
  write(path: string, content: Uint8Array): Promise<void> {
    return fromNative(this.#volume.write(path, content, this.#seconds()));
  }

  /** Free clusters beside each other, to be filled before `publish`. @throws NacreError FAT_FULL */
  reserve(length: number): Promise<FatRange> {
    return fromNative(this.#volume.reserve(length));
  }

  /** Makes reserved bytes, flushed, the content of a file. */
  publish(path: string, reserved: FatRange): Promise<void> {
    return fromNative(this.#volume.publish(path, reserved, this.#seconds()));
  }

  /** Overwrites bytes inside one sector of a file, in one write. */
  overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    return fromNative(this.#volume.overwrite(path, offset, bytes));
  }

  makeFolder(path: string): Promise<void> {
    return fromNative(this.#volume.makeFolder(path, this.#seconds()));
  }

  /** Removes a file or an empty folder, if it is there. @throws NacreError FAT_FOLDER_NOT_EMPTY */
  remove(path: string): Promise<void> {
    return fromNative(this.#volume.remove(path));
  }

  /** Ends a series of changes: the volume counts as unmounted again. */
  finish(): Promise<void> {
    return fromNative(this.#volume.finish());
  }

  close(): void {
    this.#volume.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #seconds(): number {
    return Math.floor(this.#now().getTime() / 1000);
  }
}
