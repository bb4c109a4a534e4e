/**
 * Carries out a planned layout. The order makes a cut harmless as early as possible: boot agent and backup partition come
 * first, with a decision block that says "Merlin, the OS is not whole"; then boot code and table; from then on the disk
 * finishes by itself. The OS follows, and last the block says so.
 */
import type { FilesWritten } from '../../disk/boot-agent.ts';
import { storeBootState } from '../../disk/boot-state.ts';
import { explainFailure, type OpenDisk, openForWrite } from '../../disk/device.ts';
import { FatVolume } from '../../disk/fat.ts';
import { canGrow, growFileSystem } from '../../disk/grow.ts';
import type { NativeApplyResult, NativeFileSystem } from '../../disk/native.ts';
import { applySteps, refreshPartitions } from '../../disk/partition-table.ts';
import { areInPlace, saveOldTable } from '../../disk/table-change.ts';
import { applyPartitions } from '../apply-partitions.ts';
import type { BackupPlace } from '../backup/backup-place.ts';
import { applyFill, type FillReport } from '../backup/fill.ts';
import { planFill } from '../backup/fill-plan.ts';
import type { DiskPartition } from '../disk-partitions.ts';
import type { OnProgress } from '../operation.ts';
import { storeOsStart } from '../os-start.ts';
import type { PlacedPartition } from '../placement.ts';
import { bootSteps } from './boot-steps.ts';
import { type LayoutPlan, rowAt, windowOf } from './layout-plan.ts';
import { prepareStart, type StartOptions, writeStartPartitions } from './start-partitions.ts';

export interface ApplyLayoutOptions extends StartOptions {
  /** New file that gets a copy of the table that is replaced. */
  readonly savedTable: string;
  /** Leaves the OS partition as it is: Merlin fills it from the backup at the first start. */
  readonly noOs?: boolean | undefined;
  /** Leaves the backup partition without a generation. */
  readonly noBackup?: boolean | undefined;
  /** Enlarges the file system of the OS to its partition. */
  readonly grow?: boolean | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What `nacre disk apply --json` prints. */
export interface LayoutReport {
  readonly name: string;
  readonly id: string;
  readonly partitions: readonly DiskPartition[];
  /** Copy of the table that was there; null when it was the same already. */
  readonly savedTable: string | null;
  /** Bytes of files, packs and OS that were written. */
  readonly writtenBytes: number;
  /** Bytes that were read from the medium and right. */
  readonly verifiedBytes: number;
  readonly signedBy: readonly string[];
}

const openTarget = ({ target, sectorSize }: LayoutPlan): Promise<OpenDisk> =>
  openForWrite(target.path, {
    sectorSize: target.kind === 'file' ? sectorSize : undefined,
    expected: target,
  });

const placedOs = (plan: LayoutPlan): PlacedPartition => {
  const window = windowOf(plan, 'os');
  return { partition: plan.os, targetNumber: rowAt(plan, window).number, ...window };
};

/** The OS, and with it the promise that the disk keeps: compared, written, read back. */
const applyOs = (disk: OpenDisk, plan: LayoutPlan, options: ApplyLayoutOptions) =>
  plan.store.withPacks(plan.image.id, (packs) =>
    applyPartitions(disk, {
      placed: [placedOs(plan)],
      packs,
      algorithm: plan.manifest.algorithm,
      signal: options.signal,
      onProgress: options.onProgress,
    }),
  );

const growOs = async (plan: LayoutPlan, { grow, signal }: ApplyLayoutOptions): Promise<void> => {
  const fileSystem = plan.os.fileSystem as NativeFileSystem['type'];
  if (grow !== true || !canGrow(fileSystem)) return;
  const { startBytes: offset, sizeBytes } = windowOf(plan, 'os');
  const { sectorSize, target } = plan;
  await growFileSystem(
    { path: target.path, offset, sizeBytes, sectorSize, fileSystem },
    { signal },
  );
};

/** The backup partition before any table names it. */
const backupPlaceOf = (plan: LayoutPlan): BackupPlace => {
  const { target, sectorSize } = plan;
  const window = windowOf(plan, 'backup');
  const { number } = rowAt(plan, window);
  return {
    disk: target,
    sectorSize,
    number,
    location: `${target.path} partition ${number}`,
    path: target.path,
    window,
  };
};

const fillBackup = async (plan: LayoutPlan, options: ApplyLayoutOptions): Promise<FillReport> => {
  const { store, image, target, sectorSize } = plan;
  const { signal, onProgress, now } = options;
  const fill = await planFill({
    source: store,
    image: `${image.name}@${image.id}`,
    path: target.path,
    sectorSize,
    place: backupPlaceOf(plan),
    // The plan said that everything on the disk goes.
    replaceOld: true,
  });
  return applyFill(fill, { signal, onProgress, now });
};

const reportOf = (plan: LayoutPlan, { savedTable, files, os, fill }: Written): LayoutReport => {
  const osWritten = os?.partitions.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0) ?? 0;
  return {
    name: plan.image.name,
    id: plan.image.id,
    partitions: plan.after,
    savedTable,
    writtenBytes: files.writtenBytes + osWritten + (fill?.copiedBytes ?? 0),
    verifiedBytes: files.verifiedBytes + (os?.verifiedBytes ?? 0) + (fill?.verifiedBytes ?? 0),
    signedBy: plan.signedBy,
  };
};

/** From now on the OS boots. */
const declareWhole = async (plan: LayoutPlan, { signal }: ApplyLayoutOptions): Promise<void> => {
  const numbered = (part: 'os' | 'boot-agent') => {
    const window = windowOf(plan, part);
    return { ...window, number: rowAt(plan, window).number };
  };
  using disk = await openTarget(plan);
  const agent = numbered('boot-agent');
  using volume = await FatVolume.open(disk, agent);
  const { layout } = plan;
  const { number } = agent;
  await storeOsStart({ disk, layout, os: numbered('os'), agent: { number, volume }, signal });
  await storeBootState(volume, { mode: 'os', isDirty: false });
  await volume.finish();
};

interface Written {
  readonly savedTable: string | null;
  readonly files: FilesWritten;
  readonly os: NativeApplyResult | undefined;
  readonly fill: FillReport | undefined;
}

const writeDisk = async (plan: LayoutPlan, options: ApplyLayoutOptions): Promise<Written> => {
  const prepared = await prepareStart(plan, options);
  let savedTable: string | null = null;
  let files: FilesWritten;
  {
    using disk = await openTarget(plan);
    const steps = await bootSteps(disk, plan, prepared.grub);
    if (!(await areInPlace(disk, steps))) {
      savedTable = options.savedTable;
      await saveOldTable(disk, steps, savedTable, options.now);
    }
    files = await writeStartPartitions(disk, plan, options, prepared);
  }
  const fill = options.noBackup === true ? undefined : await fillBackup(plan, options);
  using disk = await openTarget(plan);
  const steps = await bootSteps(disk, plan, prepared.grub);
  if (!(await areInPlace(disk, steps))) await applySteps(disk, steps);
  await refreshPartitions(disk, plan.table);
  const os = options.noOs === true ? undefined : await applyOs(disk, plan, options);
  return { savedTable, files, os, fill };
};

/**
 * Makes the disk what the plan says. Running it again after any failure, cancel or power cut ends in the same state as
 * running it once.
 *
 * @throws NacreError DISK_CHANGED, DISK_IN_USE, LAYOUT_MERLIN_NO_ROOM, LAYOUT_BOOT_FILES_NO_ROOM, LAYOUT_NO_LOADER
 *   (nothing written), SAVED_TABLE_UNWRITABLE, BACKUP_…, IMAGE_…, DISK_…, TOOL_… for `grow`, CANCELLED;
 *   OS_START_NOT_FOUND with everything written, but an OS that nothing starts
 */
export const applyLayout = async (
  plan: LayoutPlan,
  options: ApplyLayoutOptions,
): Promise<LayoutReport> => {
  let written: Written;
  try {
    written = await writeDisk(plan, options);
  } catch (reason) {
    throw await explainFailure(plan.target, reason);
  }
  if (written.os !== undefined) {
    await growOs(plan, options);
    await declareWhole(plan, options);
  }
  return reportOf(plan, written);
};
