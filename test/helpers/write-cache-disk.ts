/** A disk file with an OS partition and a write cache, whose store holds what a kernel would have written. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import {
  serializeWriteCacheRecord,
  WRITE_CACHE_BLOCK_BYTES,
  type WriteCacheRecord,
} from '../../src/codec/write-cache-record.ts';
import { blake3, storeBytesOf } from '../../src/disk/write-cache.ts';
import { composed } from './read-snapshot.ts';
import { makeSnapshotStore, type StoreContent } from './snapshot-store.ts';
import { emptyFile } from './volumes.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

/** Where things lie on such a disk, in bytes. */
export interface WriteCacheDisk {
  readonly file: string;
  readonly record: WriteCacheRecord;
  readonly base: { readonly start: number; readonly bytes: number };
  readonly cache: { readonly start: number; readonly bytes: number };
}

export interface WriteCacheDiskOptions {
  readonly baseSectors: number;
  readonly cacheMib: number;
  readonly chunkBytes?: number;
  readonly mode?: WriteCacheRecord['mode'];
  readonly baseHead?: string;
}

/** Puts bytes into a file. */
export const putBytes = (file: string, offset: number, bytes: Uint8Array): void => {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, offset);
  closeSync(handle);
};

export const bytesAt = (file: string, offset: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  const handle = openSync(file, 'r');
  readSync(handle, bytes, 0, length, offset);
  closeSync(handle);
  return bytes;
};

/** Writes a record into one of its places, 0 or 1. */
export const putRecord = (disk: WriteCacheDisk, copy: 0 | 1, record: WriteCacheRecord): void => {
  const block = Buffer.alloc(WRITE_CACHE_BLOCK_BYTES);
  block.set(serializeWriteCacheRecord(record, blake3));
  const tail = disk.cache.start + storeBytesOf(disk.cache.bytes);
  putBytes(disk.file, tail + (copy * MIB) / 2, block);
};

/** A GPT disk: OS partition, write cache with an empty store and both records. */
export const makeWriteCacheDisk = (
  file: string,
  {
    baseSectors,
    cacheMib,
    chunkBytes = 65_536,
    mode = 'non-restore',
    baseHead,
  }: WriteCacheDiskOptions,
): WriteCacheDisk => {
  const cacheFirst = Math.ceil((2048 + baseSectors) / 2048) * 2048;
  emptyFile(file, cacheFirst / 2048 + cacheMib + 1);
  execFileSync('/usr/sbin/sfdisk', ['-q', file], {
    input: `label: gpt\nstart=2048, size=${baseSectors}\nstart=${cacheFirst}, size=${cacheMib}MiB\n`,
  });
  const base = { start: 2048 * SECTOR, bytes: baseSectors * SECTOR };
  const cache = { start: cacheFirst * SECTOR, bytes: cacheMib * MIB };
  const record = {
    ...{ sequence: 1, mode, isMerging: false, isLost: false, chunkBytes, baseHead },
    ...{ baseStart: base.start, baseBytes: base.bytes, storeBytes: storeBytesOf(cache.bytes) },
  };
  const disk = { file, record, base, cache };
  putRecord(disk, 0, record);
  putRecord(disk, 1, record);
  return disk;
};

/** Puts a store into the write cache. */
export const putStore = (disk: WriteCacheDisk, content: StoreContent): void => {
  putBytes(disk.file, disk.cache.start, makeSnapshotStore(content, disk.record.storeBytes));
};

export const baseBytesOf = ({ file, base }: WriteCacheDisk): Buffer =>
  bytesAt(file, base.start, base.bytes);

/** What the OS would see. */
export const composedOf = (disk: WriteCacheDisk): Buffer =>
  composed(
    baseBytesOf(disk),
    readFileSync(disk.file).subarray(disk.cache.start, disk.cache.start + disk.record.storeBytes),
  );
