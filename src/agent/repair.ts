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
import { isNacreError, NacreError } from '../errors.ts';
import { openBackupOf } from '../image/backup/backup.ts';
import {
  type PassedGeneration,
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
/** What it says of a job whose OS started as often as it may, and never reported. */
const NEVER_REPORTED = 'OS_NEVER_REPORTED';

/** The image of the job is whole, and of no use: its OS does not get as far as its agent. A cut in between leaves the same in `status`. */
const wasSilent = (block: GrubBlock | undefined): boolean => {
  if (block === undefined || block.cmdid === '') return false;
  if (block.status === `${FAILED}${NEVER_REPORTED}`) return true;
  // GRUB stores mode=merlin when it could not load what it was to start.
  const isGivenUp = block.osTries === 0 || block.mode === 'merlin';
  return isGivenUp && !block.isDirty && block.status === JOB_DONE;
};

/** Why the job did not do what it names; undefined when it did. */
const faultOf = (
  { passedOver: [first] }: Pick<RestoreBackupReport, 'passedOver'>,
  kept: NacreError | null,
  isSilent: boolean,
): string | undefined => first?.code ?? (isSilent ? NEVER_REPORTED : kept?.code);

/** The next start is the OS, with all tries, counted if it was counted before, and not once more when nothing helped. */
const wholeAgain = (
  block: GrubBlock | undefined,
  report: Pick<RestoreBackupReport, 'passedOver'>,
  kept: NacreError | null,
): BootStateChange => {
  const isJob = (block?.cmdid ?? '') !== '';
  const isSilent = wasSilent(block);
  const fault = isJob ? faultOf(report, kept, isSilent) : kept?.code;
  const wasTriedBefore = block?.status === `${FAILED}${NEVER_REPORTED}`;
  const isHelpless = isSilent && (wasTriedBefore || report.passedOver.length === 0);
  const isCounted = block?.osTries !== undefined && !isHelpless;
  return {
    mode: 'os',
    isDirty: false,
    merlinTries: MOST_TRIES,
    osTries: isCounted ? MOST_TRIES : undefined,
    status: fault === undefined ? (isJob ? JOB_DONE : REPAIRED) : `${FAILED}${fault}`,
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

/** The generation that would be restored first, as one that is of no use. */
const silentGeneration = async (
  path: string,
  block: GrubBlock | undefined,
): Promise<readonly PassedGeneration[]> => {
  if (!wasSilent(block)) return [];
  using backup = await openBackupOf({ path });
  const current = (await backup.generations()).find(({ isCurrent }) => isCurrent);
  if (current === undefined) return [];
  const { id, name } = current;
  const error = new NacreError(NEVER_REPORTED, { image: `${name}@${id.slice(0, 8)}` });
  return [{ id, code: error.code, reason: error.message }];
};

/** Restores a generation whose OS GRUB can start; one with nothing to start is left for an older one. */
const restoreStarting = async (
  { path, machine, onImage, signal, onProgress }: RepairOptions,
  { layout, trust, block }: Device,
): Promise<RepairReport> => {
  const avoid = [...(await silentGeneration(path, block))];
  const status = wasSilent(block) ? { status: `${FAILED}${NEVER_REPORTED}` } : {};
  for (;;) {
    const report = await restoreFromBackup({
      path,
      partitions: [{ from: layout.imagePartition, to: layout.osPartition }],
      avoid,
      trust: trust.allowsUnsigned ? undefined : trust.keys,
      machine,
      beforeWrite: (disk) => store(disk, { mode: 'merlin', isDirty: true, ...status }),
      onImage,
      signal,
      onProgress,
    });
    const kept = await injectKept(path, layout, signal);
    try {
      await learnStart(path, layout, signal);
      return { ...report, ...kept };
    } catch (reason) {
      const { id } = report;
      const isKnown = avoid.some((one) => one.id === id);
      if (!isNacreError(reason, 'OS_START_NOT_FOUND') || isKnown) throw reason;
      avoid.push({ id, code: reason.code, reason: reason.message });
    }
  }
};

/**
 * Restores the OS, and says so in the decision block. After a failure the block has its code in `status`; it says that the
 * OS is not whole only if something was written. A job that ended with another generation than its own has failed, and says why.
 *
 * @throws NacreError BOOT_PARTITION_NOT_FOUND, BOOT_TRUST_INVALID, IMAGE_FORMAT for what the boot agent partition lacks;
 *   BACKUP_…, DISK_…, IMAGE_…, CANCELLED; OS_START_NOT_FOUND for images with nothing that GRUB could start
 */
export const repairDisk = async (options: RepairOptions): Promise<RepairReport> => {
  const { path } = options;
  const device = await readDevice(path);
  try {
    const report = await restoreStarting(options, device);
    await storeOn(path, wholeAgain(device.block, report, report.keptFault));
    return report;
  } catch (reason) {
    // What the next turn has to know of a silent OS stays.
    if (isNacreError(reason) && !wasSilent(device.block))
      await tell(path, `${FAILED}${reason.code}`);
    throw reason;
  }
};
