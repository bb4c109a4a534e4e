/** Carries out a planned restore: data first, boot code and table last, everything read back. */
import { bootCodeWrites, readBootCode } from '../disk/boot-code.ts';
import { explainFailure, type OpenDisk, openForWrite } from '../disk/device.ts';
import { growFileSystem } from '../disk/grow.ts';
import { type NativeApplyResult, native } from '../disk/native.ts';
import {
  applySteps,
  type PartitionTable,
  planTable,
  readTable,
  refreshPartitions,
} from '../disk/partition-table.ts';
import { saveTable } from '../disk/saved-table.ts';
import type { DiskPartition } from './disk-partitions.ts';
import { awaitOperation, type OnProgress } from './operation.ts';
import { nativePartitions } from './placement.ts';
import type { RestorePlan } from './restore-plan.ts';

export interface ApplyRestoreOptions {
  /** New file that gets a copy of the table that is replaced. */
  readonly savedTable: string;
  /** Writes every block without looking at what is there. */
  readonly noCompare?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly now?: (() => Date) | undefined;
}

/** What `nacre image restore --json` prints; written + unchanged = used bytes of the partitions. */
export interface RestoreReport {
  readonly name: string;
  readonly id: string;
  readonly writtenBytes: number;
  readonly unchangedBytes: number;
  /** Bytes that were read from the medium and found right. */
  readonly verifiedBytes: number;
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
 * @throws NacreError DISK_CHANGED when the disk is not the one of the plan; DISK_…, IMAGE_CHUNK_DAMAGED,
 *   IMAGE_READ_BACK; CANCELLED. After the first write the disk holds a part of the image.
 */
export const applyRestore = async (
  plan: RestorePlan,
  options: ApplyRestoreOptions,
): Promise<RestoreReport> => {
  const packs = await plan.store.packsOf(plan.image.id);
  let result: NativeApplyResult;
  let isTableWritten = false;
  {
    using disk = await openForWrite(plan.target.path, {
      sectorSize: plan.target.kind === 'file' ? plan.sectorSize : undefined,
      neededSectorSize: plan.manifest.disk.sectorSize,
      expected: plan.target,
    });
    try {
      result = await awaitOperation(
        native.startApply({
          device: disk.device,
          partitions: nativePartitions(plan.placed, plan.sectorSize),
          packs,
          algorithm: plan.manifest.algorithm,
          compare: options.noCompare !== true,
          threads: 0,
        }),
        {
          phase: 'restore',
          partitions: plan.placed.map(({ targetNumber }) => targetNumber),
          signal: options.signal,
          onProgress: options.onProgress,
        },
      );
      if (plan.table !== undefined) {
        isTableWritten = await writeTable(disk, plan.table, plan, options);
      }
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

/** Writes boot code and table where they differ. @returns whether anything was written */
const writeTable = async (
  disk: OpenDisk,
  table: PartitionTable,
  plan: RestorePlan,
  options: ApplyRestoreOptions,
): Promise<boolean> => {
  const stale = await readBootCode(disk, table);
  const boot = bootCodeWrites(plan.manifest.bootRegions, stale);
  const { steps: tableSteps } = await planTable(disk, table, { bootCode: boot.bootCode });
  const steps = [...boot.steps, ...tableSteps];
  if (await areInPlace(disk, steps)) return false;
  await saveTable(disk, options.savedTable, { steps, now: options.now?.() ?? new Date() });
  await applySteps(disk, steps);
  return true;
};

const areInPlace = async (
  disk: OpenDisk,
  steps: Parameters<typeof applySteps>[1],
): Promise<boolean> => {
  for (const step of steps) {
    const found = await disk.device.read(step.offset, step.bytes.length);
    const isRight = step.onlyOverGptHeader
      ? found.toString('latin1', 0, GPT_SIGNATURE.length) !== GPT_SIGNATURE
      : found.equals(step.bytes);
    if (!isRight) return false;
  }
  return true;
};

const GPT_SIGNATURE = 'EFI PART';

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
    chunksWritten: sum('chunksWritten'),
    savedTable,
    grownPartition: plan.grown?.number ?? null,
    signedBy: plan.signedBy,
    partitions: plan.after,
  };
};
