/**
 * Merges the changes of a write cache into their base. Idempotent: the store stays as it is until the base holds and shows all
 * of them, so that base and store together are the same at every moment; run again after a cut it does what is missing.
 */
import { explainFailure, type OpenDisk, openForWrite } from '../../disk/device.ts';
import { fromNative } from '../../disk/native.ts';
import {
  baseOf,
  changeWriteCache,
  emptyWriteCache,
  readWriteCacheStore,
  requireWriteCache,
  type WriteCachePlace,
  type WriteCacheStore,
} from '../../disk/write-cache.ts';
import { NacreError } from '../../errors.ts';
import type { OnProgress } from '../operation.ts';
import { baseHeadOf, problemOf } from './problem.ts';
import type { WriteCacheChoice } from './read-write-cache.ts';

export interface MergeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Counts every changed byte twice: compared, and read back. */
  readonly onProgress?: OnProgress | undefined;
}

export interface MergeReport {
  readonly changedChunks: number;
  /** Bytes that differed from the base. */
  readonly writtenBytes: number;
  /** Bytes that the base held already. */
  readonly unchangedBytes: number;
}

/** Bytes of a disk that have to become the same. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly lengthBytes: number;
}

const PHASE = 'merge';
const PIECE_BYTES = 2 ** 20;
const BLOCK_BYTES = 4096;

function* piecesOf(place: WriteCachePlace, { table }: WriteCacheStore): Generator<Piece> {
  const { startBytes, record } = place;
  for (const { baseOffset, storeOffset, lengthBytes } of table?.ranges() ?? [])
    for (let done = 0; done < lengthBytes; done += PIECE_BYTES)
      yield {
        from: startBytes + storeOffset + done,
        to: record.baseStart + baseOffset + done,
        lengthBytes: Math.min(PIECE_BYTES, lengthBytes - done),
      };
}

/** Reads both places of a piece. */
const readBoth = (disk: OpenDisk, { from, to, lengthBytes }: Piece) =>
  Promise.all([
    fromNative(disk.device.read(from, lengthBytes)),
    fromNative(disk.device.read(to, lengthBytes)),
  ]);

/** Writes the blocks that differ, neighbours together. @returns bytes written */
const writeDifferences = async (disk: OpenDisk, piece: Piece): Promise<number> => {
  const [wanted, found] = await readBoth(disk, piece);
  const differs = (at: number): boolean =>
    !wanted.subarray(at, at + BLOCK_BYTES).equals(found.subarray(at, at + BLOCK_BYTES));
  let writtenBytes = 0;
  for (let at = 0; at < wanted.length; at += BLOCK_BYTES) {
    const first = at;
    while (at < wanted.length && differs(at)) at += BLOCK_BYTES;
    if (at === first) continue;
    const bytes = wanted.subarray(first, Math.min(at, wanted.length));
    await fromNative(disk.device.write(piece.to + first, bytes));
    writtenBytes += bytes.length;
  }
  return writtenBytes;
};

const requireSame = async (disk: OpenDisk, piece: Piece): Promise<void> => {
  const [wanted, found] = await readBoth(disk, piece);
  if (wanted.equals(found)) return;
  const at = wanted.findIndex((byte, index) => byte !== found[index]);
  throw new NacreError('WRITE_CACHE_READ_BACK', { path: disk.info.path, offset: piece.to + at });
};

/**
 * Goes over all pieces, and stops between two when it is asked to.
 *
 * @throws NacreError CANCELLED
 */
const overPieces = async (
  pieces: Iterable<Piece>,
  { signal }: MergeOptions,
  work: (piece: Piece) => Promise<void>,
): Promise<void> => {
  for (const piece of pieces) {
    if (signal?.aborted === true) throw new NacreError('CANCELLED', { phase: PHASE });
    await work(piece);
  }
};

/** Empties the store, and only then says that the merge is over. */
const finish = async (disk: OpenDisk, place: WriteCachePlace): Promise<void> => {
  await emptyWriteCache(disk, place);
  await changeWriteCache(disk, place, {
    isMerging: false,
    baseHead: await baseHeadOf(disk, place),
  });
};

/**
 * Merges on a disk that is open for writing.
 *
 * @throws NacreError WRITE_CACHE_NOT_FOUND, WRITE_CACHE_BASE, WRITE_CACHE_NOT_WHOLE, WRITE_CACHE_FORMAT (nothing written);
 *   WRITE_CACHE_READ_BACK, DISK_IO with the changes still in the write cache
 */
export const mergeOnDisk = async (
  disk: OpenDisk,
  options: MergeOptions = {},
): Promise<MergeReport> => {
  const found = await requireWriteCache(disk);
  await baseOf(disk, found);
  const store = await readWriteCacheStore(disk, found);
  const reason = await problemOf(disk, found, store);
  if (reason !== undefined)
    throw new NacreError('WRITE_CACHE_NOT_WHOLE', { path: disk.info.path, reason });
  // Every range is looked at before the first write.
  let changedBytes = 0;
  for (const { lengthBytes } of piecesOf(found, store)) changedBytes += lengthBytes;
  const place = await changeWriteCache(disk, found, { isMerging: true });
  let [doneBytes, writtenBytes] = [0, 0];
  const progress = ({ lengthBytes }: Piece): void => {
    doneBytes += lengthBytes;
    options.onProgress?.({ doneBytes, totalBytes: 2 * changedBytes, writtenBytes, phase: PHASE });
  };
  await overPieces(piecesOf(found, store), options, async (piece) => {
    writtenBytes += await writeDifferences(disk, piece);
    progress(piece);
  });
  await fromNative(disk.device.flush());
  await overPieces(piecesOf(found, store), options, async (piece) => {
    await requireSame(disk, piece);
    progress(piece);
  });
  await finish(disk, place);
  const changedChunks = store.table?.changedChunks ?? 0;
  return { changedChunks, writtenBytes, unchangedBytes: changedBytes - writtenBytes };
};

/**
 * Merges the write cache of a disk or image file, which nobody may be using.
 *
 * @throws NacreError as `mergeOnDisk`; DISK_IN_USE
 */
export const mergeWriteCache = async (
  { path, sectorSize }: WriteCacheChoice,
  options: MergeOptions = {},
): Promise<MergeReport> => {
  using disk = await openForWrite(path, { sectorSize });
  try {
    return await mergeOnDisk(disk, options);
  } catch (reason) {
    throw await explainFailure(disk.info, reason);
  }
};
