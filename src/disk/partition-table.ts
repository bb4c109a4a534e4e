/** Partition tables: read with every damage named, planned as ordered writes, applied and read back. */
import { NacreError } from '../errors.ts';
import { explained, type OpenDisk } from './device.ts';
import {
  fromNative,
  type NativeGptEntry,
  type NativeKernelPartition,
  type NativeMbrEntry,
  type NativePartitionTable,
  type NativeTableProblem,
  type NativeWriteStep,
  native,
} from './native.ts';

/** A row of an MBR; `firstLba` and `lastLba` are both inclusive. */
export type MbrEntry = NativeMbrEntry;

/** A row of a GPT; `firstLba` and `lastLba` are both inclusive. */
export type GptEntry = NativeGptEntry;

/** A row of `disk.entries` of docs/image-format.md. */
export type PartitionEntry = MbrEntry | GptEntry;

/** A partition table; `none` where a file system lies on the bare disk, or nothing. */
export type PartitionTable = NativePartitionTable;

export interface FoundTable {
  readonly table: PartitionTable;
  /** Oddities; with `allowDamaged` also fatal ones. */
  readonly problems: readonly NativeTableProblem[];
}

export interface ReadTableOptions {
  /** Gives a damaged table with its problems instead of refusing it. */
  readonly allowDamaged?: boolean | undefined;
}

/**
 * Reads the partition table of a disk.
 *
 * @throws NacreError DISK_TABLE_DAMAGED when its entries cannot be believed; DISK_IO, DISK_VANISHED
 */
export const readTable = async (
  disk: OpenDisk,
  options: ReadTableOptions = {},
): Promise<FoundTable> => {
  const { problems, ...table } = await fromNative(
    native.readPartitionTable(disk.device, disk.sectorSize),
  );
  const fatal = problems.filter((problem) => problem.isFatal);
  if (fatal.length > 0 && options.allowDamaged !== true) {
    const reason = fatal.map((problem) => problem.text).join('; ');
    throw new NacreError('DISK_TABLE_DAMAGED', { path: disk.info.path, reason });
  }
  return { table, problems };
};

const GPT_ENTRY_BYTES = 128;

/** Sectors behind the last partition that a GPT needs: entries and header. */
const tailSectors = (table: PartitionTable, sectorSize: number): number =>
  table.type === 'gpt' ? Math.ceil((table.entryCount * GPT_ENTRY_BYTES) / sectorSize) + 1 : 0;

/** Bytes a disk must have for the partitions and, with a GPT, its backup behind them. */
export const neededBytes = (table: PartitionTable, sectorSize: number): number => {
  const last = Math.max(-1, ...table.entries.map((entry) => entry.lastLba));
  return (last + 1 + tailSectors(table, sectorSize)) * sectorSize;
};

/** The writes that put a table on a disk, in their order. */
export interface TablePlan {
  readonly table: PartitionTable;
  readonly steps: readonly NativeWriteStep[];
}

export interface PlanTableOptions {
  /** Replaces up to the first 440 bytes of sector 0, which stay as they are otherwise. */
  readonly bootCode?: Uint8Array | undefined;
}

/**
 * Plans the writes of a table for this disk, which may be larger than the one it came from: the backup
 * GPT moves to the end. Every prefix of the steps leaves the old or the new table readable.
 *
 * @throws NacreError DISK_TOO_SMALL, DISK_TABLE_INVALID
 */
export const planTable = async (
  disk: OpenDisk,
  table: PartitionTable,
  options: PlanTableOptions = {},
): Promise<TablePlan> => {
  const { path, sizeBytes } = disk.info;
  const needed = neededBytes(table, disk.sectorSize);
  if (needed > sizeBytes) {
    throw new NacreError('DISK_TOO_SMALL', { path, sizeBytes, neededBytes: needed });
  }
  const { device, sectorSize } = disk;
  const steps = await fromNative(
    native.planPartitionTableWrite(device, sectorSize, table, options.bootCode),
  );
  return { table, steps };
};

const GPT_SIGNATURE = Buffer.from('EFI PART');

const isNeeded = async (disk: OpenDisk, step: NativeWriteStep): Promise<boolean> => {
  if (!step.onlyOverGptHeader) return true;
  const found = await fromNative(disk.device.read(step.offset, disk.sectorSize));
  return found.subarray(0, GPT_SIGNATURE.length).equals(GPT_SIGNATURE);
};

/**
 * Executes write steps in their order, flushes where they say so, reads back and compares.
 *
 * @throws NacreError DISK_READ_BACK; DISK_IO and DISK_VANISHED leave a prefix of the steps on the disk
 */
export const applySteps = async (
  disk: OpenDisk,
  steps: readonly NativeWriteStep[],
): Promise<void> => {
  const written: NativeWriteStep[] = [];
  for (const step of steps) {
    if (!(await isNeeded(disk, step))) continue;
    await fromNative(disk.device.write(step.offset, step.bytes));
    written.push(step);
    if (step.flushAfter) await fromNative(disk.device.flush());
  }
  for (const { offset, bytes, what } of written) {
    const found = await fromNative(disk.device.read(offset, bytes.length));
    if (!found.equals(bytes)) {
      throw new NacreError('DISK_READ_BACK', { path: disk.info.path, offset, what });
    }
  }
};

/** Puts a planned table on its disk. @throws NacreError as `applySteps` */
export const applyTable = (disk: OpenDisk, plan: TablePlan): Promise<void> =>
  applySteps(disk, plan.steps);

// The kernel shows so little of an extended partition that nobody makes a file system on it.
const EXTENDED_BYTES = 1024;

const shownSize = (entry: PartitionEntry, sectorSize: number): number => {
  const size = (entry.lastLba - entry.firstLba + 1) * sectorSize;
  const isExtended = 'kind' in entry && entry.kind === 'extended';
  return isExtended ? Math.min(size, Math.max(EXTENDED_BYTES, sectorSize)) : size;
};

/**
 * Makes the kernel show the partitions of a table; a file has none, and nothing happens.
 *
 * @returns the partitions it shows then, with their nodes
 * @throws NacreError DISK_IN_USE when a partition that must go is in use; DISK_IO
 */
export const refreshPartitions = async (
  disk: OpenDisk,
  table: PartitionTable,
): Promise<readonly NativeKernelPartition[]> => {
  const wanted = table.entries.map((entry) => ({
    number: entry.number,
    offset: entry.firstLba * disk.sectorSize,
    size: shownSize(entry, disk.sectorSize),
  }));
  return explained(disk.info.path, 'write', native.refreshPartitions(disk.info.path, wanted));
};
