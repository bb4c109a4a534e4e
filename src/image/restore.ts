/** Carries out a planned restore: data first, boot code and table last, everything read back. */
import { bootCodeWrites, readBootCode } from '../disk/boot-code.ts';
import { explainFailure, type OpenDisk, openForWrite } from '../disk/device.ts';
import { growFileSystem } from '../disk/grow.ts';
import type { NativeApplyResult, NativeWriteStep } from '../disk/native.ts';
import { applySteps, planTable, readTable, refreshPartitions } from '../disk/partition-table.ts';
import { areInPlace, saveOldTable } from '../disk/table-change.ts';
import { dropWriteCachesOver } from '../disk/write-cache.ts';
import { applyPartitions } from './apply-partitions.ts';
import type { DiskPartition } from './disk-partitions.ts';
import type { OnProgress } from './operation.ts';
import type { RestorePlan } from './restore-plan.ts';
import type { StoredPack } from './store/pack-file.ts';

export interface ApplyRestoreOptions {
  /** New file that gets a copy of the table that is replaced, before the first write. */
  readonly savedTable: string;
  /** Writes every block without looking at what is there. */
  readonly noCompare?: boolean | undefined;
  /** Called with the open disk when all is checked that can be, before the first write to a partition. */
  readonly beforeWrite?: ((disk: OpenDisk) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly now?: (() => Date) | undefined;
}

/** What `nacre image restore --json` prints; written + unchanged + trusted = used bytes of the partitions. */
export interface RestoreReport {
  readonly name: string;
  readonly id: string;
  readonly writtenBytes: number;
  readonly unchangedBytes: number;
  /** Bytes that were read from the medium and found right. */
  readonly verifiedBytes: number;
  /** Used bytes that were not looked at, because the version of `--over` has them. */
  readonly trustedBytes: number;
  readonly chunksWritten: number;
  /** Copy of the table that was there; null when the table stayed. */
  readonly savedTable: string | null;
  /** Number of the partition that was enlarged; null without. */
  readonly grownPartition: number | null;
  readonly signedBy: readonly string[];
  readonly partitions: readonly DiskPartition[];
}

/**
 * Restores an image as planned. Running it again after any failure, cancel or power cut ends in the same
 * state as running it once: what is right already is found and kept.
 *
 * @throws NacreError DISK_CHANGED when the disk is not the one of the plan; SAVED_TABLE_UNWRITABLE before the
 *   first write; DISK_…, IMAGE_CHUNK_DAMAGED, IMAGE_TARGET_IO, IMAGE_READ_BACK; CANCELLED. After the first write the disk
 *   holds a part of the image.
 */
export const applyRestore = (
  plan: RestorePlan,
  options: ApplyRestoreOptions,
): Promise<RestoreReport> =>
  plan.store.withPacks(plan.image.id, (packs) => writeImage(plan, packs, options));

const writeImage = async (
  plan: RestorePlan,
  packs: readonly StoredPack[],
  options: ApplyRestoreOptions,
): Promise<RestoreReport> => {
  let result: NativeApplyResult;
  let isTableWritten = false;
  {
    using disk = await openForWrite(plan.target.path, {
      sectorSize: plan.target.kind === 'file' ? plan.sectorSize : undefined,
      neededSectorSize: plan.manifest.disk.sectorSize,
      expected: plan.target,
    });
    try {
      const steps = await planTableSteps(disk, plan);
      isTableWritten = !(await areInPlace(disk, steps));
      // Before the first write: without a saved table nothing is written, and the data may go over boot
      // records of the old table.
      if (isTableWritten) await saveOldTable(disk, steps, options.savedTable, options.now);
      await options.beforeWrite?.(disk);
      // A new table has nothing to do with the write cache of the old one.
      if (plan.table === undefined) {
        const starts = plan.remaining.map(({ startBytes }) => startBytes);
        await dropWriteCachesOver(disk, starts);
      }
      result = await applyPartitions(disk, {
        placed: plan.remaining,
        packs,
        algorithm: plan.manifest.algorithm,
        noCompare: options.noCompare,
        signal: options.signal,
        onProgress: options.onProgress,
      });
      if (isTableWritten) await applySteps(disk, steps);
      // Also where no entry changed: what the kernel has cached of the partitions is old now.
      const { table } = await readTable(disk, { allowDamaged: true });
      await refreshPartitions(disk, table);
    } catch (reason) {
      throw await explainFailure(plan.target, reason);
    }
  }
  if (plan.grown !== undefined) {
    const place = { path: plan.target.path, offset: plan.grown.startBytes, ...plan.grown };
    await growFileSystem({ ...place, sectorSize: plan.sectorSize }, { signal: options.signal });
  }
  return reportOf(plan, result, isTableWritten ? options.savedTable : null);
};

/** Writes of boot code and table, in their order; none when the disk keeps its table. */
const planTableSteps = async (
  disk: OpenDisk,
  { table, manifest }: RestorePlan,
): Promise<readonly NativeWriteStep[]> => {
  if (table === undefined) return [];
  const boot = bootCodeWrites(manifest.bootRegions, await readBootCode(disk, table));
  const { steps } = await planTable(disk, table, { bootCode: boot.bootCode });
  return [...boot.steps, ...steps];
};

const reportOf = (
  plan: RestorePlan,
  result: NativeApplyResult,
  savedTable: string | null,
): RestoreReport => {
  const sum = (field: 'writtenBytes' | 'unchangedBytes' | 'chunksWritten'): number =>
    result.partitions.reduce((total, partition) => total + partition[field], 0);
  return {
    name: plan.image.name,
    id: plan.image.id,
    writtenBytes: sum('writtenBytes'),
    unchangedBytes: sum('unchangedBytes'),
    verifiedBytes: result.verifiedBytes,
    trustedBytes: plan.trustedBytes,
    chunksWritten: sum('chunksWritten'),
    savedTable,
    grownPartition: plan.grown?.number ?? null,
    signedBy: plan.signedBy,
    partitions: plan.after,
  };
};
