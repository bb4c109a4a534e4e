/** Where the files of a store lie: reads are byte ranges, so that a web server can stand behind it. */

import type { NativePack } from '../../disk/native.ts';

/** Where the addon finds the bytes of a pack. */
export type PackPlace = Pick<NativePack, 'path' | 'device' | 'ranges' | 'read'>;

/** Read access to the files of a store. Names use `/` and are relative to the store. */
export interface ByteStore {
  /** Folder or address, as people gave it. */
  readonly location: string;
  /** Bytes of a file; `undefined` when there is none. */
  size(name: string): Promise<number | undefined>;
  /** Exactly `length` bytes. @throws NacreError `STORE_FILE_MISSING`, `STORE_FILE_SHORT`, `STORE_IO` */
  read(name: string, offset: number, length: number): Promise<Buffer>;
  /**
   * A small file as it stood at one moment, also while it is replaced: asking for its size first would mix two
   * versions of it. `undefined` when there is none; of a larger one the first `limitBytes` + 1 bytes.
   */
  readSmall(name: string, limitBytes: number): Promise<Buffer | undefined>;
  /** Names of all files below a folder, at any depth, sorted. @throws NacreError `STORE_WEB_NO_LIST` */
  list(folder: string): Promise<readonly string[]>;
  /** Where a pack of so many bytes lies for the addon, which reads packs by itself. */
  packPlace(name: string, sizeBytes: number): Promise<PackPlace>;
  /** The same files, whose reads end when the signal is aborted; only where a read can take for ever. */
  until?(signal: AbortSignal): ByteStore;
}
