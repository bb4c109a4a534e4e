/** The files of a backup partition, under the names that a store gives them, in one folder of a FAT volume. */
import type { OpenDisk } from '../../disk/device.ts';
import type { FatVolume, VolumeWindow } from '../../disk/fat.ts';
import { fromNative, type NativeRange } from '../../disk/native.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { ByteStore, PackPlace } from '../store/byte-store.ts';

/** Folder of everything that belongs to generations; what lies beside it belongs to others. */
export const BACKUP_FOLDER = 'nacre';

const READ_BYTES = 16 * 2 ** 20;
/** Whole pages are read past the page cache, so that what is read was on the medium. */
const PAGE_BYTES = 4096;

/** What a volume says of a path where no file is. */
const NO_FILE: ReadonlySet<string> = new Set([
  'FAT_NOT_FOUND',
  'FAT_NOT_A_FOLDER',
  'FAT_NOT_A_FILE',
]);

/** The part of some ranges that begins `offset` bytes into them and has `length` bytes, or what there is of it. */
const cut = (
  ranges: readonly NativeRange[],
  offset: number,
  length: number,
): readonly NativeRange[] => {
  const parts: NativeRange[] = [];
  let before = 0;
  for (const range of ranges) {
    const from = Math.max(offset, before);
    const to = Math.min(offset + length, before + range.length);
    if (from < to) parts.push({ offset: range.offset + (from - before), length: to - from });
    before += range.length;
  }
  return parts;
};

/** Read access to the files of a volume, which changes beside it. */
export class VolumeFiles implements ByteStore {
  readonly location: string;
  readonly #disk: OpenDisk;
  readonly #window: VolumeWindow;
  readonly #volume: FatVolume;

  constructor(location: string, disk: OpenDisk, window: VolumeWindow, volume: FatVolume) {
    this.location = location;
    this.#disk = disk;
    this.#window = window;
    this.#volume = volume;
  }

  async size(name: string): Promise<number | undefined> {
    const item = await this.#volume.find(`${BACKUP_FOLDER}/${name}`);
    return item === undefined || item.isFolder ? undefined : item.sizeBytes;
  }

  async read(name: string, offset: number, length: number): Promise<Buffer> {
    const parts = cut(await this.#rangesOf(name), offset, length);
    const found = parts.reduce((sum, part) => sum + part.length, 0);
    if (found !== length) {
      const facts = { path: this.#pathOf(name), found: offset + found, needed: offset + length };
      throw new NacreError('STORE_FILE_LENGTH', facts);
    }
    const pieces: Buffer[] = [];
    for (const part of parts) pieces.push(...(await this.#readRange(part)));
    return pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
  }

  /** The volume has one user at a time: nobody replaces a file in between. */
  async readSmall(name: string, limitBytes: number): Promise<Buffer | undefined> {
    const size = await this.size(name);
    return size === undefined ? undefined : this.read(name, 0, Math.min(size, limitBytes + 1));
  }

  async list(folder: string): Promise<readonly string[]> {
    const path = folder === '' ? BACKUP_FOLDER : `${BACKUP_FOLDER}/${folder}`;
    const found = await this.#volume.find(path);
    if (found?.isFolder !== true) return [];
    const names: string[] = [];
    for (const item of await this.#volume.list(path)) {
      const name = folder === '' ? item.name : `${folder}/${item.name}`;
      if (item.isFolder) names.push(...(await this.list(name)));
      else names.push(name);
    }
    return names.sort();
  }

  async packPlace(name: string): Promise<PackPlace> {
    const ranges = await this.#rangesOf(name);
    return { path: this.#pathOf(name), device: this.#disk.device, ranges };
  }

  /** On the disk. @throws NacreError `STORE_FILE_MISSING` */
  async #rangesOf(name: string): Promise<readonly NativeRange[]> {
    try {
      const ranges = await this.#volume.ranges(`${BACKUP_FOLDER}/${name}`);
      const { startBytes } = this.#window;
      return ranges.map(({ offset, length }) => ({ offset: startBytes + offset, length }));
    } catch (reason) {
      if (!isNacreError(reason) || !NO_FILE.has(reason.code)) throw reason;
      throw new NacreError('STORE_FILE_MISSING', { path: this.#pathOf(name) });
    }
  }

  async #readRange({ offset, length }: NativeRange): Promise<readonly Buffer[]> {
    const pieces: Buffer[] = [];
    for (let at = offset; at < offset + length; ) {
      const first = Math.floor(at / PAGE_BYTES) * PAGE_BYTES;
      const end = Math.min(offset + length, first + READ_BYTES);
      const { sizeBytes } = this.#disk.info;
      const last = Math.min(Math.ceil(end / PAGE_BYTES) * PAGE_BYTES, sizeBytes);
      const bytes = await fromNative(this.#disk.device.read(first, last - first));
      pieces.push(bytes.subarray(at - first, end - first));
      at = end;
    }
    return pieces;
  }

  #pathOf(name: string): string {
    return `${this.location}: ${BACKUP_FOLDER}/${name}`;
  }
}
