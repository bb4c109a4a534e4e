/** Plans the filling of a backup partition: what is copied, what is given up, whether there is room. */
import { PACK_LIMIT_BYTES } from '../../codec/image-limits.ts';
import { serializeLocator } from '../../codec/locator.ts';
import type { Manifest } from '../../codec/manifest.ts';
import { type ManifestSignature, serializeSignatures } from '../../codec/signatures.ts';
import {
  checkWritable,
  type DeviceInfo,
  inspectDisk,
  openForRead,
  requireSectorSize,
} from '../../disk/device.ts';
import { checkFat } from '../../disk/fat.ts';
import { thisMachine } from '../../disk/machine.ts';
import type { FatCheck, FatProblem } from '../../disk/native-fat.ts';
import { readTable } from '../../disk/partition-table.ts';
import { NacreError } from '../../errors.ts';
import { type DiskPartition, describePartitions } from '../disk-partitions.ts';
import { judgeSignatures } from '../image-trust.ts';
import { requireMachine } from '../machine-check.ts';
import { DigestIndex } from '../store/digest-index.ts';
import type { ResolvedImage } from '../store/image-records.ts';
import type { ImageSource } from '../store/image-source.ts';
import { digestsOf } from '../store/version-files.ts';
import { openBackup } from './backup.ts';
import { type BackupChoice, type BackupPlace, findBackup } from './backup-place.ts';
import { chooseFill, type FillChoice, type FillWish } from './fill-choice.ts';
import { packBytesOf } from './fill-frames.ts';
import type { Generation } from './generations.ts';
import { readContent } from './partition-content.ts';

export interface FillOptions extends BackupChoice {
  readonly source: ImageSource;
  /** The partition, where no table names it yet; default: found on the disk. */
  readonly place?: BackupPlace | undefined;
  /** IMAGE of cli.md. */
  readonly image: string;
  /** The current generation may be given up where there is no room for both. */
  readonly replaceOld?: boolean | undefined;
  /** Public keys, PEM; only an image that one of them signed is taken. */
  readonly trust?: readonly string[] | undefined;
}

/** What is copied besides the packs. */
export interface VersionText {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly signatures: readonly ManifestSignature[];
}

/** What a fill would do. */
export interface FillPlan extends VersionText {
  readonly source: ImageSource;
  readonly image: ResolvedImage;
  readonly place: BackupPlace;
  /** The device or file that is written to: the partition's own node where there is one. */
  readonly target: DeviceInfo;
  readonly before: readonly DiskPartition[];
  /** The same: no partition changes its place. */
  readonly after: readonly DiskPartition[];
  /** Generations that go because the room is not enough with them. */
  readonly givenUp: readonly Generation[];
  /** One phrase for each of them. */
  readonly lost: readonly string[];
  /** Bytes of packs and manifest that are copied. */
  readonly writeBytes: number;
  /** Bytes of clusters that it takes, and that are free for it. */
  readonly neededBytes: number;
  readonly availableBytes: number;
}

/** What a cut leaves behind, and a fill puts right before it begins. */
const MENDED: readonly FatProblem['kind'][] = [
  'fats-differ',
  'lost-clusters',
  'orphaned-name',
  'not-unmounted',
  'free-count',
];

/** @throws NacreError BACKUP_VOLUME_DAMAGED for damage that no cut explains */
export const requireSound = (location: string, { problems }: FatCheck): void => {
  const bad = problems.filter(({ kind, isMended }) => !isMended && !MENDED.includes(kind));
  if (bad.length === 0) return;
  const found = bad.slice(0, 5).map(({ kind, path }) => (path === '' ? kind : `${kind} (${path})`));
  const more = bad.length > found.length ? ', …' : '';
  throw new NacreError('BACKUP_VOLUME_DAMAGED', { location, problems: found.join(', ') + more });
};

const lostBytes = ({ problems }: FatCheck, clusterBytes: number): number =>
  problems.reduce(
    (sum, { kind, count }) => sum + (kind === 'lost-clusters' ? count * clusterBytes : 0),
    0,
  );

/** Reads a version's manifest and signatures for a copy. */
const readText = async ({ source, trust }: FillOptions, id: string): Promise<VersionText> => {
  await judgeSignatures(source, id, trust);
  const signatures = await source.readSignatures(id);
  const manifest = await source.readManifest(id);
  const manifestBytes = await source.readManifestBytes(id);
  // FAT would take 4 GiB; files of this partition stay below what packs have.
  if (manifestBytes.length > PACK_LIMIT_BYTES) {
    const facts = { neededBytes: manifestBytes.length, mostBytes: PACK_LIMIT_BYTES };
    throw new NacreError('FAT_FILE_TOO_LARGE', facts);
  }
  return { manifest, manifestBytes, signatures };
};

/** What a fill asks of the partition; `source` are the packs of the version. */
export const wishOf = (
  plan: VersionText & { readonly image: ResolvedImage; readonly place: BackupPlace },
  source: FillWish['source'],
  mayGiveUp: FillWish['mayGiveUp'],
): FillWish => {
  const names = { packs: source.map(({ id }) => id) };
  return {
    location: plan.place.location,
    id: plan.image.id,
    wanted: new DigestIndex(digestsOf(plan.manifest)),
    source,
    otherFiles: [
      plan.manifestBytes.length,
      serializeSignatures(plan.signatures).length,
      // Packs on the partition are smaller, and so there are more of them.
      serializeLocator(names).length * 16,
    ],
    mayGiveUp,
  };
};

const describeLost = ({ name, id, sizeBytes }: Generation): string =>
  `generation ${name}@${id.slice(0, 8)} (${sizeBytes} bytes)`;

/**
 * Plans a fill after every check that can be made without writing.
 *
 * @throws NacreError (exit 3) BACKUP_NO_SPACE, BACKUP_VOLUME_DAMAGED, BACKUP_NOT_FAT32, DISK_IN_USE,
 *   DISK_READ_ONLY, DISK_SECTOR_SIZE, IMAGE_UNTRUSTED, IMAGE_OTHER_MACHINE; (exit 1 or 2) BACKUP_NOT_FOUND, BACKUP_SEVERAL, IMAGE_NOT_FOUND, STORE_…
 */
export const planFill = async (options: FillOptions): Promise<FillPlan> => {
  const { source, replaceOld = false } = options;
  const image = await source.resolve(options.image);
  const text = await readText(options, image.id);
  const place = options.place ?? (await findBackup(options));
  const target = await inspectDisk(place.path);
  checkWritable(place.path, target);
  // Elsewhere the disk may be meant for any machine.
  if (holdsSystem(place.disk)) requireMachine(text.manifest, await thisMachine());
  const sectorSize = target.kind === 'file' ? place.sectorSize : undefined;
  using disk = await openForRead(place.path, { sectorSize });
  // It could not be restored here.
  requireSectorSize(disk, text.manifest.disk.sectorSize);
  const check = await checkFat(disk, place.window);
  requireSound(place.location, check);
  using backup = await openBackup(disk, place.window, place);
  const content = await readContent(backup, text.manifest.algorithm);
  const { space } = content;
  const freeBytes = space.freeBytes + lostBytes(check, space.clusterBytes);
  const choice = await source.withPacks(image.id, async (packs): Promise<FillChoice> => {
    const mayGiveUp = (one: Generation): boolean =>
      replaceOld || !isNeeded(one, content.generations);
    const wish = wishOf({ ...text, image, place }, packs, mayGiveUp);
    return chooseFill({ ...content, space: { ...space, freeBytes } }, wish);
  });
  const before = await partitionsOf(options);
  return {
    ...text,
    source,
    image,
    place,
    target,
    before,
    after: before,
    givenUp: choice.givenUp,
    lost: choice.givenUp.map(describeLost),
    writeBytes: packBytesOf(choice.frames) + text.manifestBytes.length,
    neededBytes: choice.neededBytes,
    availableBytes: choice.availableBytes,
  };
};

/** True on a device that fills its own backup partition. */
const holdsSystem = ({ uses }: DeviceInfo): boolean => uses.some(({ kind }) => kind === 'system');

/** True for the generation that would be restored now: the current one, or the newest that is whole. */
const isNeeded = (generation: Generation, all: readonly Generation[]): boolean => {
  const whole = all.filter(({ complete }) => complete);
  return generation === (whole.find(({ isCurrent }) => isCurrent) ?? whole[0]);
};

const partitionsOf = async ({
  path,
  sectorSize,
}: BackupChoice): Promise<readonly DiskPartition[]> => {
  using disk = await openForRead(path, { sectorSize, allowInUse: true });
  const { table } = await readTable(disk, { allowDamaged: true });
  return await describePartitions(disk, table);
};
