/**
 * A store in a folder. Everything that becomes visible is complete and on the medium before: a file is
 * written under `tmp/`, flushed, renamed to its place, and the folder is flushed.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { isNacreError, NacreError } from '../../errors.ts';
import type { ByteStore, PackPlace } from './byte-store.ts';
import { hasErrorCode, writing } from './store-error.ts';

const READ_BYTES = 16 * 2 ** 20;

const readAll = async (handle: FileHandle, offset: number, target: Buffer): Promise<number> => {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(READ_BYTES, target.length - done);
    const { bytesRead } = await handle.read(target, done, length, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
};

/** Writes all bytes at an offset of an open file. */
export const writeAt = async (
  handle: FileHandle,
  bytes: Uint8Array,
  offset: number,
): Promise<void> => {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(READ_BYTES, bytes.length - done);
    const { bytesWritten } = await handle.write(bytes, done, length, offset + done);
    done += bytesWritten;
  }
};

/** Flushes a folder, so that names in it survive a power cut. */
export const flushFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Makes a folder where there is none. Not by `recursive`: that says ENOENT on a full file system. */
export const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder);
  } catch (reason) {
    if (hasErrorCode(reason, 'EEXIST')) return;
    if (!hasErrorCode(reason, 'ENOENT')) throw reason;
    await makeFolder(path.dirname(folder));
    await mkdir(folder);
  }
};

/** Writes a new file and flushes it. */
export const writeFlushed = async (file: string, bytes: Uint8Array): Promise<void> => {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Files of a store below one folder of this machine. */
export class FolderStore implements ByteStore {
  readonly location: string;
  readonly #root: string;

  constructor(location: string) {
    this.location = location;
    this.#root = path.resolve(location);
  }

  localPath(name: string): string {
    return path.join(this.#root, name);
  }

  packPlace(name: string): Promise<PackPlace> {
    return Promise.resolve({ path: this.localPath(name) });
  }

  async size(name: string): Promise<number | undefined> {
    try {
      const { size } = await stat(this.localPath(name));
      return size;
    } catch (reason) {
      if (hasErrorCode(reason, 'ENOENT')) return undefined;
      throw this.#readError(reason, name);
    }
  }

  async read(name: string, offset: number, length: number): Promise<Buffer> {
    const target = Buffer.allocUnsafeSlow(length);
    const found = await this.#withFile(name, (handle) => readAll(handle, offset, target));
    if (found !== length) {
      const facts = { path: this.localPath(name), found: offset + found, needed: offset + length };
      throw new NacreError('STORE_FILE_LENGTH', facts);
    }
    return target;
  }

  async readSmall(name: string, limitBytes: number): Promise<Buffer | undefined> {
    try {
      return await this.#withFile(name, async (handle) => {
        const { size } = await handle.stat();
        const target = Buffer.allocUnsafeSlow(Math.min(size, limitBytes + 1));
        return target.subarray(0, await readAll(handle, 0, target));
      });
    } catch (reason) {
      if (isNacreError(reason, 'STORE_FILE_MISSING')) return undefined;
      throw reason;
    }
  }

  async list(folder: string): Promise<readonly string[]> {
    try {
      const entries = await readdir(this.localPath(folder), {
        recursive: true,
        withFileTypes: true,
      });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.relative(this.#root, path.join(entry.parentPath, entry.name)))
        .sort();
    } catch (reason) {
      if (hasErrorCode(reason, 'ENOENT')) return [];
      throw this.#readError(reason, folder);
    }
  }

  /** Puts a file in place at once, over an older one. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = this.localPath(`tmp/${randomUUID()}`);
    await writing(this.localPath(name), async () => {
      try {
        await writeFlushed(temporary, bytes);
      } catch (reason) {
        await rm(temporary, { recursive: true, force: true });
        throw reason;
      }
    });
    await this.moveIn(temporary, name);
  }

  /** Renames a flushed file of this file system to its place, over an older one. */
  async moveIn(file: string, name: string): Promise<void> {
    const target = this.localPath(name);
    await writing(target, async () => {
      const folder = path.dirname(target);
      if ((await this.size(path.dirname(name))) === undefined) {
        await makeFolder(folder);
        await flushFolder(path.dirname(folder));
      }
      await rename(file, target);
      await flushFolder(folder);
    });
  }

  /** Deletes a file; one that is gone already is no failure. */
  async delete(name: string): Promise<void> {
    const target = this.localPath(name);
    await writing(target, async () => {
      try {
        await unlink(target);
      } catch (reason) {
        if (!hasErrorCode(reason, 'ENOENT')) throw reason;
      }
    });
  }

  async #withFile<Result>(
    name: string,
    work: (handle: FileHandle) => Promise<Result>,
  ): Promise<Result> {
    try {
      const handle = await open(this.localPath(name), 'r');
      try {
        return await work(handle);
      } finally {
        await handle.close();
      }
    } catch (reason) {
      throw this.#readError(reason, name);
    }
  }

  #readError(reason: unknown, name: string): unknown {
    const file = this.localPath(name);
    if (hasErrorCode(reason, 'ENOENT')) {
      return new NacreError('STORE_FILE_MISSING', { path: file }, { cause: reason });
    }
    if (reason instanceof Error && 'code' in reason) {
      return new NacreError(
        'STORE_IO',
        { path: file, reason: String(reason.code) },
        { cause: reason },
      );
    }
    return reason;
  }
}
