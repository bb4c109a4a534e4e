/** What a write cache is and holds, from the disk alone: no kernel that maps it has to be asked. */
import type { WriteCacheMode } from '../../codec/write-cache-record.ts';
import { type OpenDisk, openForRead, openForWrite } from '../../disk/device.ts';
import type { FoundPartition } from '../../disk/labelled-partition.ts';
import { nodeOf } from '../../disk/partition-node.ts';
import {
  baseOf,
  changeWriteCache,
  findModeDevice,
  findWriteCache,
  followingRecord,
  readWriteCacheStore,
  requireWriteCache,
  storeRecordAt,
  type WriteCachePlace,
} from '../../disk/write-cache.ts';
import { isNacreError } from '../../errors.ts';
import { problemOf, type WriteCacheProblem } from './problem.ts';

export interface WriteCacheChoice {
  /** The whole disk, which may be in use, or an image file of one. */
  readonly path: string;
  /** Sector size of an image file. */
  readonly sectorSize?: number | undefined;
}

export interface WriteCacheFacts {
  readonly mode: WriteCacheMode;
  /** Header, tables and data, as the kernel counts; 0 when it is empty. */
  readonly usedBytes: number;
  readonly totalBytes: number;
  /** Changes were lost, or may have been: an update must not finish. */
  readonly overflowed: boolean;
  /** Why `overflowed` is true. */
  readonly problem: WriteCacheProblem | undefined;
  readonly changedChunks: number;
  readonly chunkBytes: number;
  /** Its changes are half merged into the base. */
  readonly merging: boolean;
  readonly base: FoundPartition;
  readonly store: FoundPartition;
}

/** `filling` from 80 %, `nearly-full` from 95 % (spec T-26); `full` when changes are not whole. */
export type WriteCacheLevel = 'ok' | 'filling' | 'nearly-full' | 'full';

const FILLING = 0.8;
const NEARLY_FULL = 0.95;

/** How near a write cache is to losing changes. */
export const writeCacheLevel = ({
  usedBytes,
  totalBytes,
  overflowed,
}: Pick<WriteCacheFacts, 'usedBytes' | 'totalBytes' | 'overflowed'>): WriteCacheLevel => {
  if (overflowed) return 'full';
  if (usedBytes >= NEARLY_FULL * totalBytes) return 'nearly-full';
  return usedBytes >= FILLING * totalBytes ? 'filling' : 'ok';
};

const contentOf = async (disk: OpenDisk, place: WriteCachePlace) => {
  try {
    const store = await readWriteCacheStore(disk, place);
    return {
      usedBytes: store.table?.usedBytes ?? 0,
      changedChunks: store.table?.changedChunks ?? 0,
      chunkBytes: store.header?.chunkBytes ?? place.record.chunkBytes,
      problem: await problemOf(disk, place, store),
    };
  } catch (reason) {
    if (!isNacreError(reason, 'WRITE_CACHE_FORMAT')) throw reason;
    const { storeBytes: usedBytes, chunkBytes } = place.record;
    return { usedBytes, changedChunks: 0, chunkBytes, problem: 'unreadable' as const };
  }
};

/** What a write cache that was found holds. @throws NacreError WRITE_CACHE_BASE */
export const describeWriteCache = async (
  disk: OpenDisk,
  place: WriteCachePlace,
): Promise<WriteCacheFacts> => {
  const { record, number, startBytes, sizeBytes } = place;
  const content = await contentOf(disk, place);
  return {
    ...content,
    mode: record.mode,
    totalBytes: record.storeBytes,
    overflowed: content.problem !== undefined,
    merging: record.isMerging,
    base: await baseOf(disk, place),
    store: { number, startBytes, sizeBytes },
  };
};

/**
 * Reads the write cache of a disk; undefined when the disk has none. Works on the running system too: what it says is then
 * a moment old.
 *
 * @throws NacreError WRITE_CACHE_SEVERAL, WRITE_CACHE_BASE, DISK_…
 */
export const readWriteCache = async ({
  path,
  sectorSize,
}: WriteCacheChoice): Promise<WriteCacheFacts | undefined> => {
  using disk = await openForRead(path, { sectorSize, allowInUse: true });
  const place = await findWriteCache(disk);
  return place === undefined ? undefined : await describeWriteCache(disk, place);
};

const placeOf = async ({ path, sectorSize }: WriteCacheChoice) => {
  using disk = await openForRead(path, { sectorSize, allowInUse: true });
  const place = await requireWriteCache(disk);
  const { path: node } = nodeOf(disk.info, place);
  return { place, node, isFile: disk.info.kind === 'file' };
};

/**
 * Sets what happens to changes at the next start. Works on the running system, where it is stored through a device of its
 * own; a cut leaves the old mode or the new one. Choosing a mode also forgets that changes were lost.
 *
 * @returns the mode before
 * @throws NacreError WRITE_CACHE_NOT_FOUND, WRITE_CACHE_SEVERAL, WRITE_CACHE_READ_BACK, DISK_IN_USE
 */
export const setWriteCacheMode = async (
  choice: WriteCacheChoice,
  mode: WriteCacheMode,
): Promise<WriteCacheMode> => {
  const { place, node, isFile } = await placeOf(choice);
  const before = place.record.mode;
  const change = { mode, isLost: false };
  const modeDevice = isFile ? undefined : await findModeDevice(node);
  if (modeDevice !== undefined) {
    using disk = await openForWrite(modeDevice);
    await storeRecordAt(disk, 0, followingRecord(place.record, change));
    return before;
  }
  using disk = await openForWrite(node, { sectorSize: choice.sectorSize });
  const startBytes = isFile ? place.startBytes : 0;
  await changeWriteCache(disk, { ...place, startBytes }, change);
  return before;
};
