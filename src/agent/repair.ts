/**
 * One turn of Merlin: the OS of a disk is made anew from the backup partition of the same disk (spec ). Before
 * the first write the decision block says that the OS is not whole, and only what was read back makes it say otherwise: a
 * cut at any moment leads here again.
 */
import { type DeviceLayout, parseDeviceLayout } from '../codec/device-layout.ts';
import { type GrubBlock, MOST_TRIES } from '../codec/grub-block.ts';
import { parseTrustAnchors, type TrustAnchors } from '../codec/trust-anchors.ts';
import { BOOT_AGENT_FILES, BOOT_AGENT_LABEL } from '../disk/boot-places.ts';
import { type BootStateChange, readBootState, storeBootState } from '../disk/boot-state.ts';
import { type OpenDisk, openForRead, openForWrite } from '../disk/device.ts';
import { FatVolume } from '../disk/fat.ts';
import { findLabelledPartition, findPartition } from '../disk/labelled-partition.ts';
import { isNacreError, type NacreError } from '../errors.ts';
import { openBackupOf } from '../image/backup/backup.ts';
import {
  type RestoreBackupOptions,
  type RestoreBackupReport,
  restoreFromBackup,
} from '../image/backup/restore-backup.ts';
import type { OnProgress } from '../image/operation.ts';
import { storeOsStart } from '../image/os-start.ts';
import { injectKeptFiles } from './inject.ts';

export interface RepairOptions {
  /** The whole disk, or an image file of one. */
  readonly path: string;
  /** The machine that it is in; default: not asked. */
  readonly machine?: RestoreBackupOptions['machine'];
  readonly onImage?: RestoreBackupOptions['onImage'];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What `status` of the block says after a turn that was not asked for by a job. */
export const REPAIRED = 'repaired';
/** What it says after a job (spec A-37). */
export const JOB_DONE = '0';

interface Device {
  readonly layout: DeviceLayout;
  readonly trust: TrustAnchors;
  readonly block: GrubBlock | undefined;
}

const withBootAgent = async <Result>(
  disk: OpenDisk,
  work: (volume: FatVolume) => Promise<Result>,
): Promise<Result> => {
  using volume = await FatVolume.open(disk, await findLabelledPartition(disk, BOOT_AGENT_LABEL));
  return await work(volume);
};

const readDevice = async (path: string): Promise<Device> => {
  using disk = await openForRead(path);
  return await withBootAgent(disk, async (volume) => ({
    layout: parseDeviceLayout(await volume.read(BOOT_AGENT_FILES.device)),
    trust: parseTrustAnchors(await volume.read(BOOT_AGENT_FILES.trust)),
    block: (await readBootState(volume))?.block,
  }));
};

const store = (disk: OpenDisk, change: BootStateChange): Promise<void> =>
  withBootAgent(disk, async (volume) => {
    await storeBootState(volume, change);
    await volume.finish();
  });

const storeOn = async (path: string, change: BootStateChange): Promise<void> => {
  using disk = await openForWrite(path);
  await store(disk, change);
};

/** Leaves word for whoever looks next; a disk that fails now has its failure told already. */
const tell = async (path: string, status: string): Promise<void> => {
  try {
    await storeOn(path, { status });
  } catch (reason) {
    if (!isNacreError(reason)) throw reason;
  }
};

const FAILED = 'failed:';

/** The next start is the OS, with all tries, counted if it was counted before. */
const wholeAgain = (block: GrubBlock | undefined, fault: NacreError | null): BootStateChange => {
  const done = (block?.cmdid ?? '') === '' ? REPAIRED : JOB_DONE;
  return {
    mode: 'os',
    isDirty: false,
    merlinTries: MOST_TRIES,
    osTries: block?.osTries === undefined ? undefined : MOST_TRIES,
    status: fault === null ? done : `${FAILED}${fault.code}`,
  };
};

interface Kept {
  readonly keptFiles: readonly string[];
  readonly keptFault: NacreError | null;
}

/** A device that lost its host name still has to start: what goes wrong here is told, and stops nothing else. */
const injectKept = async (
  path: string,
  { osPartition }: DeviceLayout,
  signal: AbortSignal | undefined,
): Promise<Kept> => {
  try {
    using backup = await openBackupOf({ path });
    using disk = await openForWrite(path);
    const window = await findPartition(disk, osPartition);
    const keptFiles = await injectKeptFiles(backup, { disk, window, signal });
    return { keptFiles, keptFault: null };
  } catch (reason) {
    if (!isNacreError(reason) || reason.code === 'CANCELLED') throw reason;
    return { keptFiles: [], keptFault: reason };
  }
};

/** GRUB starts the new OS as it wants to be started. */
const learnStart = async (
  path: string,
  { layout, osPartition }: DeviceLayout,
  signal: AbortSignal | undefined,
): Promise<void> => {
  using disk = await openForWrite(path);
  const os = await findPartition(disk, osPartition);
  const found = await findLabelledPartition(disk, BOOT_AGENT_LABEL);
  using volume = await FatVolume.open(disk, found);
  await storeOsStart({ disk, layout, os, agent: { number: found.number, volume }, signal });
  await volume.finish();
};

/** What a repair did. */
export interface RepairReport extends RestoreBackupReport, Kept {}

/**
 * Restores the OS, and says so in the decision block. After a failure the block has its code in `status`; it says that the
 * OS is not whole only if something was written.
 *
 * @throws NacreError BOOT_PARTITION_NOT_FOUND, BOOT_TRUST_INVALID, IMAGE_FORMAT for what the boot agent partition lacks;
 *   BACKUP_…, DISK_…, IMAGE_…, CANCELLED; OS_START_NOT_FOUND for an image with nothing that GRUB could start
 */
export const repairDisk = async ({
  path,
  machine,
  onImage,
  signal,
  onProgress,
}: RepairOptions): Promise<RepairReport> => {
  const { layout, trust, block } = await readDevice(path);
  try {
    const report = await restoreFromBackup({
      path,
      partitions: [{ from: layout.imagePartition, to: layout.osPartition }],
      trust: trust.allowsUnsigned ? undefined : trust.keys,
      machine,
      beforeWrite: (disk) => store(disk, { mode: 'merlin', isDirty: true }),
      onImage,
      signal,
      onProgress,
    });
    const kept = await injectKept(path, layout, signal);
    await learnStart(path, layout, signal);
    await storeOn(path, wholeAgain(block, kept.keptFault));
    return { ...report, ...kept };
  } catch (reason) {
    if (isNacreError(reason)) await tell(path, `${FAILED}${reason.code}`);
    throw reason;
  }
};
