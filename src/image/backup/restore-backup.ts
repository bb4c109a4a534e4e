/**
 * Restores partitions of a disk from the backup partition of the same disk, without a network: what Merlin does to
 * repair, and for PI. Where the current generation is damaged, an older one is taken, and the result says so.
 */
import type { Machine } from '../../disk/machine.ts';
import { type ErrorCode, isNacreError, NacreError } from '../../errors.ts';
import { osPartitionOf } from '../layout/os-partition.ts';
import { requireMachine } from '../machine-check.ts';
import { type ApplyRestoreOptions, applyRestore, type RestoreReport } from '../restore.ts';
import { planRestore } from '../restore-plan.ts';
import { type Backup, openBackupOf } from './backup.ts';
import type { Generation } from './generations.ts';

/** A partition of the disk, and what of the image goes there. */
export interface RestoreTarget {
  /** Number in the image; default: the one partition of it that can be the active OS. */
  readonly from?: number | undefined;
  /** Number on the disk. */
  readonly to: number;
}

/** The image that is about to be restored. */
export interface ImageChosen {
  readonly name: string;
  readonly id: string;
  readonly createdAt: string;
}

export interface RestoreBackupOptions
  extends Pick<ApplyRestoreOptions, 'noCompare' | 'beforeWrite' | 'signal' | 'onProgress'> {
  /** The disk that has both: block device or image file. */
  readonly path: string;
  /** What is restored; the table stays as it is. At least one. */
  readonly partitions: readonly [RestoreTarget, ...RestoreTarget[]];
  /** Number of the backup partition; default: found by its label. */
  readonly backupPartition?: number | undefined;
  /** Only this generation, by its id; default: the current one, then older ones. */
  readonly generation?: string | undefined;
  /** Generations that are known to be of no use: taken only when no other one can be, and passed over otherwise. */
  readonly avoid?: readonly PassedGeneration[] | undefined;
  /** Public keys, PEM; a generation that none of them signed is passed over. */
  readonly trust?: readonly string[] | undefined;
  readonly sectorSize?: number | undefined;
  /** The machine that the disk is in: a generation for other ones is passed over. Default: not asked. */
  readonly machine?: Machine | undefined;
  /** Told for each generation that is tried. */
  readonly onImage?: ((image: ImageChosen) => void) | undefined;
}

/** A generation that could not be used. */
export interface PassedGeneration {
  readonly id: string;
  readonly code: ErrorCode;
  readonly reason: string;
}

export interface RestoreBackupReport extends RestoreReport {
  /** Generations that came first and were damaged, incomplete, not trusted or for another machine. */
  readonly passedOver: readonly PassedGeneration[];
}

/** The generation itself is at fault: another one may be whole. */
const GENERATION_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DISK_IO',
  'DISK_STRUCTURE',
  'IMAGE_CHUNK_DAMAGED',
  'IMAGE_CHUNK_MISSING',
  'IMAGE_FORMAT',
  'IMAGE_FORMAT_VERSION',
  'IMAGE_MANIFEST_DAMAGED',
  'IMAGE_OTHER_MACHINE',
  'IMAGE_UNTRUSTED',
  'STORE_CHUNK_MISSING',
  'STORE_FILE_LENGTH',
  'STORE_FILE_MISSING',
  'STORE_MANIFEST_MISSING',
  'STORE_PACK_DAMAGED',
  'STORE_PACK_MISSING',
]);

/** The current generation first, then the others, newest first; those to avoid last. */
const inOrder = (
  all: readonly Generation[],
  { generation: wanted, avoid = [] }: Pick<RestoreBackupOptions, 'generation' | 'avoid'>,
): readonly Generation[] => {
  if (wanted !== undefined) return all.filter(({ id }) => id === wanted);
  const current = all.filter(({ isCurrent }) => isCurrent);
  const sorted = [...current, ...all.filter(({ isCurrent }) => !isCurrent)];
  const isAvoided = ({ id }: Generation): boolean => avoid.some((one) => one.id === id);
  return [...sorted.filter((one) => !isAvoided(one)), ...sorted.filter(isAvoided)];
};

const restoreOne = async (
  backup: Backup,
  id: string,
  options: RestoreBackupOptions,
): Promise<RestoreReport> => {
  const { path, trust, sectorSize, noCompare, beforeWrite, signal, onProgress } = options;
  const where = { store: backup, image: id, path, sectorSize };
  const manifest = await backup.readManifest(id);
  if (options.machine !== undefined) requireMachine(manifest, options.machine);
  options.onImage?.({ name: manifest.name, id, createdAt: manifest.createdAt });
  const partitions = options.partitions.map(({ from, to }) => ({
    from: osPartitionOf(manifest, from).number,
    to,
  }));
  const plan = await planRestore({ ...where, partitions, trust });
  // The table stays, so that none is saved.
  return applyRestore(plan, { savedTable: '', noCompare, beforeWrite, signal, onProgress });
};

/**
 * Restores partitions from the backup partition of the same disk. Run again after any failure it ends the same.
 *
 * @throws NacreError BACKUP_UNUSABLE when no generation can be used, naming each reason; BACKUP_NO_GENERATION,
 *   BACKUP_OVERWRITES_ITSELF, LAYOUT_OS_UNCLEAR, those of `findBackup` and `planRestore`; IMAGE_TARGET_IO, IMAGE_READ_BACK, CANCELLED
 */
export const restoreFromBackup = async (
  options: RestoreBackupOptions,
): Promise<RestoreBackupReport> => {
  const { path, sectorSize, backupPartition: partition, generation } = options;
  using backup = await openBackupOf({ path, sectorSize, partition });
  const generations = inOrder(await backup.generations(), options);
  if (generations.length === 0) {
    const facts = { image: generation ?? 'generation', present: 'none' };
    throw new NacreError('BACKUP_NO_GENERATION', { location: backup.location, ...facts });
  }
  const passedOver: PassedGeneration[] = [];
  for (const { id } of generations) {
    try {
      const report = await restoreOne(backup, id, options);
      const avoided = (options.avoid ?? []).filter((one) => one.id !== id);
      return { ...report, passedOver: [...avoided, ...passedOver] };
    } catch (reason) {
      if (!isNacreError(reason) || !GENERATION_FAULTS.has(reason.code)) throw reason;
      passedOver.push({ id, code: reason.code, reason: reason.message });
    }
  }
  const reasons = passedOver.map(({ id, reason }) => `${id.slice(0, 8)}: ${reason}`).join('; ');
  throw new NacreError('BACKUP_UNUSABLE', { location: backup.location, reasons });
};
