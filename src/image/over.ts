/** `restore --over IMAGE`: leaves out what the disk has already when it holds another image unchanged. */
import { CHUNK_BYTES, DIGEST_BYTES } from '../codec/image-limits.ts';
import type { Manifest, ManifestPartition } from '../codec/manifest.ts';
import { maskedBytes } from '../codec/run-records.ts';
import { RunRecordsWriter } from '../codec/run-records-writer.ts';
import type { DiskPartition } from './disk-partitions.ts';
import type { PlacedPartition } from './placement.ts';
import { compareChunks, requireSameDigests } from './store/image-diff.ts';

/** The chunks that are left to compare and write, and the used bytes of the others. */
export interface Remainder {
  readonly placed: readonly PlacedPartition[];
  readonly trustedBytes: number;
}

/**
 * What remains to do of `placed`, parts of `to`, on a disk that is said to hold `base`. A partition counts as base's
 * only where one of the disk begins at its place now and has the size that base gave it: a partition of another
 * size may have been grown, and its file system with it. Chunks with boot fields remain in any case: they depend on
 * where base was restored to.
 *
 * @throws NacreError IMAGE_DIGESTS_DIFFER
 */
export const remainderOver = (
  base: Manifest,
  to: Manifest,
  placed: readonly PlacedPartition[],
  before: readonly DiskPartition[],
): Remainder => {
  requireSameDigests(base, to);
  let trustedBytes = 0;
  const remaining = placed.map((place) => {
    const { partition, startBytes } = place;
    const had = base.partitions.find(({ number }) => number === partition.number);
    const there = before.find((partition) => partition.startBytes === startBytes);
    if (had === undefined || there === undefined || !canHold(there, had)) return place;
    const { records, bytes } = differingRecords(had, partition);
    trustedBytes += partition.usedBytes - bytes;
    return { ...place, partition: { ...partition, ...records, usedBytes: bytes } };
  });
  return { placed: remaining, trustedBytes };
};

// A volume on the bare disk is never grown, so a larger disk around it says nothing.
const canHold = (there: DiskPartition, had: ManifestPartition): boolean =>
  there.sizeBytes === had.sizeBytes || (there.number === 0 && had.number === 0);

const differingRecords = (had: ManifestPartition, wanted: ManifestPartition) => {
  const fieldChunks = new Set(
    wanted.positionalFields.map(({ offset }) => Math.floor(offset / CHUNK_BYTES)),
  );
  const writer = new RunRecordsWriter(wanted.sizeBytes);
  let bytes = 0;
  compareChunks(had, wanted, ({ chunk, mask, isZero, digestOffset }, isThere) => {
    if (isThere && !fieldChunks.has(chunk)) return;
    const digest = wanted.digests.subarray(digestOffset, digestOffset + DIGEST_BYTES);
    writer.add({ chunk, mask, digest: isZero ? undefined : digest });
    bytes += maskedBytes(mask, chunk, wanted.sizeBytes);
  });
  return { records: writer.records(), bytes };
};
