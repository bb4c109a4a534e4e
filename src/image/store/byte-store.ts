/** Where the files of a store lie: reads are byte ranges, so that a web server can stand behind it later. */

/** Read access to the files of a store. Names use `/` and are relative to the store. */
export interface ByteStore {
  /** Folder or address, as people gave it. */
  readonly location: string;
  /** Bytes of a file; `undefined` when there is none. */
  size(name: string): Promise<number | undefined>;
  /** Exactly `length` bytes. @throws NacreError `STORE_FILE_MISSING`, `STORE_FILE_SHORT`, `STORE_IO` */
  read(name: string, offset: number, length: number): Promise<Buffer>;
  /** Names of all files below a folder, at any depth, sorted. */
  list(folder: string): Promise<readonly string[]>;
  /** Path of a file for the addon; `undefined` where files are not local. */
  localPath(name: string): string | undefined;
}
