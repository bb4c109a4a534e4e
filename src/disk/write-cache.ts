/**
 * The write cache of a disk: found by its record, read from the disk alone, and its record changed. What the parts mean is
 * in docs/write-cache.md.
 */
import { readdir } from 'node:fs/promises';
import {
  parseSnapshotHeader,
  SNAPSHOT_HEADER_BYTES,
  type SnapshotHeader,
  SnapshotTable,
} from '../codec/snapshot-store.ts';
import {
  type Blake3,
  newestWriteCacheRecord,
  STORE_HEAD_BYTES,
  serializeWriteCacheRecord,
  WRITE_CACHE_BLOCK_BYTES,
  WRITE_CACHE_TAIL_BYTES,
  type WriteCacheRecord,
} from '../codec/write-cache-record.ts';
import { NacreError } from '../errors.ts';
import type { OpenDisk } from './device.ts';
import type { VolumeWindow } from './fat.ts';
import type { FoundPartition } from './labelled-partition.ts';
import { isUntold, kernelText } from './machine.ts';
import { fromNative, native } from './native.ts';
import { readTable } from './partition-table.ts';

/** A write-cache partition with its record. */
export interface WriteCachePlace extends FoundPartition {
  readonly record: WriteCacheRecord;
}

/** What a store holds; both undefined when it is empty. */
export interface WriteCacheStore {
  readonly header: SnapshotHeader | undefined;
  readonly table: SnapshotTable | undefined;
}

/** What of a record may be changed. */
export type WriteCacheChange = Partial<
  Pick<WriteCacheRecord, 'mode' | 'isMerging' | 'isLost' | 'baseHead'>
>;

const BLAKE3 = 1;
/** Bytes are read a sector at a time at least. */
const HEAD_READ_BYTES = 4096;
const TWIN_BYTES = WRITE_CACHE_TAIL_BYTES / 2;

export const blake3: Blake3 = (bytes) => native.digest(BLAKE3, bytes);

/** Length of the store of a partition: all but the last whole MiB, which holds the records; 0 where that leaves nothing. */
export const storeBytesOf = (partitionBytes: number): number =>
  Math.max(0, (Math.floor(partitionBytes / WRITE_CACHE_TAIL_BYTES) - 1) * WRITE_CACHE_TAIL_BYTES);

const readRecord = async (disk: OpenDisk, tailAt: number) => {
  const read = (at: number) => fromNative(disk.device.read(at, WRITE_CACHE_BLOCK_BYTES));
  return newestWriteCacheRecord([await read(tailAt), await read(tailAt + TWIN_BYTES)], blake3);
};

/** All write-cache partitions of a disk that have a record for their own length. */
const findAll = async (disk: OpenDisk): Promise<readonly WriteCachePlace[]> => {
  const { table } = await readTable(disk);
  const found: WriteCachePlace[] = [];
  for (const { number, firstLba, lastLba } of table.entries) {
    const startBytes = firstLba * disk.sectorSize;
    const sizeBytes = (lastLba - firstLba + 1) * disk.sectorSize;
    const storeBytes = storeBytesOf(sizeBytes);
    if (storeBytes === 0 || startBytes + sizeBytes > disk.info.sizeBytes) continue;
    const newest = await readRecord(disk, startBytes + storeBytes);
    if (newest?.record.storeBytes === storeBytes)
      found.push({ number, startBytes, sizeBytes, record: newest.record });
  }
  return found;
};

/**
 * The write cache of a disk; undefined when it has none.
 *
 * @throws NacreError WRITE_CACHE_SEVERAL: which one is meant is not guessed; DISK_TABLE_DAMAGED
 */
export const findWriteCache = async (disk: OpenDisk): Promise<WriteCachePlace | undefined> => {
  const found = await findAll(disk);
  if (found.length <= 1) return found[0];
  throw new NacreError('WRITE_CACHE_SEVERAL', { path: disk.info.path, count: found.length });
};

/** @throws NacreError WRITE_CACHE_NOT_FOUND, WRITE_CACHE_SEVERAL */
export const requireWriteCache = async (disk: OpenDisk): Promise<WriteCachePlace> => {
  const place = await findWriteCache(disk);
  if (place === undefined) throw new NacreError('WRITE_CACHE_NOT_FOUND', { path: disk.info.path });
  return place;
};

/** Where the base of a write cache lies. @throws NacreError WRITE_CACHE_BASE when the table has no such partition */
export const baseOf = async (disk: OpenDisk, place: WriteCachePlace): Promise<FoundPartition> => {
  const { baseStart: startBytes, baseBytes: sizeBytes } = place.record;
  const { table } = await readTable(disk);
  const ends = (first: number, length: number): string => `${first} to ${first + length}`;
  const rows = table.entries.map(({ number, firstLba, lastLba }) => ({
    number,
    startBytes: firstLba * disk.sectorSize,
    sizeBytes: (lastLba - firstLba + 1) * disk.sectorSize,
  }));
  const base = rows.find((row) => row.startBytes === startBytes && row.sizeBytes === sizeBytes);
  if (base !== undefined) return base;
  const found = rows.map((row) => ends(row.startBytes, row.sizeBytes)).join('; ') || 'none';
  const facts = { path: disk.info.path, expected: ends(startBytes, sizeBytes), found };
  throw new NacreError('WRITE_CACHE_BASE', facts);
};

/**
 * Reads the table of a store from the disk: a few reads, whatever the size of the disk.
 *
 * @throws NacreError WRITE_CACHE_FORMAT when it cannot be read
 */
export const readWriteCacheStore = async (
  disk: OpenDisk,
  { startBytes, record: { baseBytes, storeBytes } }: WriteCachePlace,
): Promise<WriteCacheStore> => {
  const read = (at: number, length: number) =>
    fromNative(disk.device.read(startBytes + at, length));
  const header = parseSnapshotHeader(
    (await read(0, HEAD_READ_BYTES)).subarray(0, SNAPSHOT_HEADER_BYTES),
  );
  if (header === undefined) return { header, table: undefined };
  const table = new SnapshotTable(header.chunkBytes, { baseBytes, storeBytes });
  for (let at = table.nextAreaOffset; at !== undefined; at = table.nextAreaOffset)
    table.addArea(await read(at, header.chunkBytes));
  return { header, table };
};

const writeBack = async (disk: OpenDisk, offset: number, bytes: Uint8Array): Promise<void> => {
  await fromNative(disk.device.write(offset, bytes));
  await fromNative(disk.device.flush());
  const found = await fromNative(disk.device.read(offset, bytes.length));
  if (!found.equals(bytes))
    throw new NacreError('WRITE_CACHE_READ_BACK', { path: disk.info.path, offset });
};

/**
 * Stores a record in both places, the one that counts last: a cut leaves the old or the new one.
 *
 * @param tailAt where the first of them lies on the open disk or device
 * @throws NacreError WRITE_CACHE_READ_BACK
 */
export const storeRecordAt = async (
  disk: OpenDisk,
  tailAt: number,
  record: WriteCacheRecord,
): Promise<void> => {
  const block = Buffer.alloc(WRITE_CACHE_BLOCK_BYTES);
  block.set(serializeWriteCacheRecord(record, blake3));
  const counts = (await readRecord(disk, tailAt))?.copy ?? 1;
  const [first, last] = counts === 0 ? [TWIN_BYTES, 0] : [0, TWIN_BYTES];
  await writeBack(disk, tailAt + first, block);
  await writeBack(disk, tailAt + last, block);
};

/** The record that a change makes of another one. */
export const followingRecord = (
  record: WriteCacheRecord,
  change: WriteCacheChange,
): WriteCacheRecord => ({ ...record, ...change, sequence: record.sequence + 1 });

/** Changes the record of a write cache on a disk that is open for writing. */
export const changeWriteCache = async (
  disk: OpenDisk,
  place: WriteCachePlace,
  change: WriteCacheChange,
): Promise<WriteCachePlace> => {
  const record = followingRecord(place.record, change);
  await storeRecordAt(disk, place.startBytes + record.storeBytes, record);
  return { ...place, record };
};

/** Chunk size of new stores: a change costs 9 % more than with 4 KiB, and tables stay small. */
const CHUNK_BYTES = 64 * 2 ** 10;
/** Smallest write cache: below it a store fills within minutes. */
export const LEAST_WRITE_CACHE_BYTES = 16 * 2 ** 20;

const NEW_RECORD = { sequence: 0, mode: 'restore', chunkBytes: CHUNK_BYTES } as const;

/**
 * Makes a partition the empty write cache of a base whose content is about to be written. One that was the write cache of the
 * same base before keeps its mode.
 */
export const makeWriteCache = async (
  disk: OpenDisk,
  { startBytes, sizeBytes }: VolumeWindow,
  base: VolumeWindow,
): Promise<void> => {
  const storeBytes = storeBytesOf(sizeBytes);
  const before = (await readRecord(disk, startBytes + storeBytes))?.record ?? NEW_RECORD;
  await writeBack(disk, startBytes, Buffer.alloc(STORE_HEAD_BYTES));
  await storeRecordAt(disk, startBytes + storeBytes, {
    ...{ mode: before.mode, chunkBytes: before.chunkBytes, sequence: before.sequence + 1 },
    ...{ isMerging: false, isLost: false, baseHead: undefined },
    ...{ baseStart: base.startBytes, baseBytes: base.sizeBytes, storeBytes },
  });
};

/** Drops all changes: the kernel finds an empty store. The mode stays. */
export const emptyWriteCache = async (disk: OpenDisk, place: WriteCachePlace): Promise<void> => {
  await writeBack(disk, place.startBytes, Buffer.alloc(STORE_HEAD_BYTES));
};

/**
 * Drops the changes over each base that is about to be written: they are for the content that it has now. Modes stay.
 *
 * @param starts first bytes of the partitions that are written
 */
export const dropWriteCachesOver = async (
  disk: OpenDisk,
  starts: readonly number[],
): Promise<void> => {
  for (const place of await findAll(disk)) {
    if (!starts.includes(place.record.baseStart)) continue;
    await emptyWriteCache(disk, place);
    await changeWriteCache(disk, place, { isMerging: false, isLost: false, baseHead: undefined });
  }
};

const MODE_NAME = 'nacre-mode';
const BLOCK_CLASS = '/sys/class/block';

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return await readdir(folder);
  } catch (reason) {
    if (isUntold(reason)) return [];
    throw reason;
  }
};

/**
 * The mapped device over the records of a partition that the running system has open; undefined when none has. The
 * program in the initramfs makes it, because the partition itself is held then.
 *
 * @param node of the partition: `/dev/sda3`
 */
export const findModeDevice = async (node: string): Promise<string | undefined> => {
  for (const name of await namesIn(BLOCK_CLASS)) {
    if ((await kernelText(`${BLOCK_CLASS}/${name}/dm/name`)) !== MODE_NAME) continue;
    const below = await namesIn(`${BLOCK_CLASS}/${name}/slaves`);
    if (below.some((slave) => `/dev/${slave}` === node)) return `/dev/${name}`;
  }
  return undefined;
};
