/** Plans a restore: what the disk is, what it becomes, what is lost. Nothing is written. */
import type { Manifest } from '../codec/manifest.ts';
import {
  checkWritable,
  type DeviceInfo,
  inspectDisk,
  type OpenDisk,
  openForRead,
  requireSectorSize,
} from '../disk/device.ts';
import { neededBytes, type PartitionTable, planTable, readTable } from '../disk/partition-table.ts';
import { NacreError } from '../errors.ts';
import {
  type DiskPartition,
  describePartitions,
  imagePartitions,
  type PartitionPlace,
  partitionPlaces,
} from './disk-partitions.ts';
import { type GrownTable, growTable, tableOf } from './disk-table.ts';
import { judgeSignatures } from './image-trust.ts';
import { describeLost } from './lost-content.ts';
import { remainderOver } from './over.ts';
import {
  type PartitionChoice,
  type PlacedPartition,
  placeAsCaptured,
  placeChosen,
} from './placement.ts';
import { requireSourceSpared } from './spared-source.ts';
import type { ImageSource } from './store/image-source.ts';

export interface RestoreOptions {
  readonly store: ImageSource;
  /** IMAGE of cli.md. */
  readonly image: string;
  /** Block device or image file. */
  readonly path: string;
  /** Partitions to restore into the disk's own table; default: the whole disk, table included. */
  readonly partitions?: readonly PartitionChoice[] | undefined;
  /** Enlarges the last partition that can grow, and its file system, to the end of the disk. */
  readonly grow?: boolean | undefined;
  /** IMAGE that the disk holds unchanged: only what differs from it is compared and written. */
  readonly over?: string | undefined;
  /** Public keys, PEM; only an image that one of them signed is restored. */
  readonly trust?: readonly string[] | undefined;
  /** Sector size of an image file. */
  readonly sectorSize?: number | undefined;
}

/** What a restore would do. */
export interface RestorePlan {
  readonly store: ImageSource;
  readonly image: { readonly name: string; readonly id: string };
  readonly manifest: Manifest;
  /** Names of the keys that signed it; empty when nobody did. */
  readonly signedBy: readonly string[];
  /** The trusted key among them; absent without `trust`. */
  readonly trustedKey: string | undefined;
  readonly target: DeviceInfo;
  readonly sectorSize: number;
  readonly placed: readonly PlacedPartition[];
  /** `placed` without the chunks that are taken on trust from `over`. */
  readonly remaining: readonly PlacedPartition[];
  /** The version that the disk is said to hold; absent when nothing is taken on trust. */
  readonly over: { readonly name: string; readonly id: string } | undefined;
  /** Used bytes that are neither compared nor written, because `over` has them. */
  readonly trustedBytes: number;
  /** The table that the disk gets; absent when its own stays. */
  readonly table: PartitionTable | undefined;
  readonly grown: GrownTable | undefined;
  readonly before: readonly DiskPartition[];
  readonly after: readonly DiskPartition[];
  /** One phrase for each partition whose content goes. */
  readonly lost: readonly string[];
  /** Most bytes that may be written to partitions; blocks that are right already stay. */
  readonly writeBytes: number;
}

/**
 * Makes the plan of a restore after every check that can be made without writing.
 *
 * @throws NacreError (exit 3) DISK_IN_USE, DISK_READ_ONLY, DISK_TOO_SMALL, DISK_SECTOR_SIZE,
 *   DISK_PARTITION_TOO_SMALL, DISK_NO_PARTITION, IMAGE_NO_PARTITION, IMAGE_UNTRUSTED, BACKUP_OVERWRITES_ITSELF; (exit 1 or 2)
 *   IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, STORE_…, DISK_NOT_FOUND
 */
export const planRestore = async (options: RestoreOptions): Promise<RestorePlan> => {
  const { store, path } = options;
  const { name, id } = await store.resolve(options.image);
  const manifest = await store.readManifest(id);
  const trust = await judgeSignatures(store, id, options.trust);
  const target = await inspectDisk(path);
  checkWritable(path, target, { sectorSize: options.sectorSize });
  using disk = await openForRead(path, { sectorSize: options.sectorSize });
  requireSectorSize(disk, manifest.disk.sectorSize);
  const found = await readTable(disk, { allowDamaged: true });
  const before = await describePartitions(disk, found.table);
  const layout = await planLayout(disk, manifest, before, options);
  await requireSourceSpared(disk, store, layout);
  const remainder = await planRemainder(manifest, layout.placed, before, options);
  return {
    store,
    image: { name, id },
    manifest,
    ...trust,
    target,
    sectorSize: disk.sectorSize,
    ...layout,
    ...remainder,
    before,
    after: partitionsAfter(disk, before, layout),
    lost: await describeLost(
      disk,
      before.filter((partition) => !isKept(partition, layout)),
    ),
    writeBytes: remainder.remaining.reduce((sum, { partition }) => sum + partition.usedBytes, 0),
  };
};

const planRemainder = async (
  manifest: Manifest,
  placed: readonly PlacedPartition[],
  before: readonly DiskPartition[],
  { store, over }: RestoreOptions,
): Promise<Pick<RestorePlan, 'remaining' | 'over' | 'trustedBytes'>> => {
  if (over === undefined) return { remaining: placed, over, trustedBytes: 0 };
  const { name, id } = await store.resolve(over);
  const remainder = remainderOver(await store.readManifest(id), manifest, placed, before);
  const { trustedBytes } = remainder;
  return { remaining: remainder.placed, over: { name, id }, trustedBytes };
};

type Layout = Pick<RestorePlan, 'placed' | 'table' | 'grown'>;

const requireSize = (disk: OpenDisk, needed: number): void => {
  const { path, sizeBytes } = disk.info;
  if (sizeBytes >= needed) return;
  throw new NacreError('DISK_TOO_SMALL', { path, sizeBytes, neededBytes: needed });
};

const planLayout = async (
  disk: OpenDisk,
  manifest: Manifest,
  before: readonly DiskPartition[],
  { partitions = [], grow = false }: RestoreOptions,
): Promise<Layout> => {
  if (partitions.length > 0) {
    if (grow) throw new NacreError('IMAGE_GROW_WHOLE_DISK', {});
    const target = { path: disk.info.path, places: before };
    const placed = placeChosen(manifest, partitions, target);
    return { placed, table: undefined, grown: undefined };
  }
  const placed = placeAsCaptured(manifest);
  const table = tableOf(manifest.disk);
  if (table.type === 'none') return planBareVolume(disk, placed);
  requireSize(disk, neededBytes(table, disk.sectorSize));
  const grown = grow ? growTable(table, placed, disk) : undefined;
  const wanted = grown?.table ?? table;
  await planTable(disk, wanted);
  return { placed, table: wanted, grown };
};

// A volume on the bare disk may end before the disk it came from did.
const planBareVolume = (disk: OpenDisk, placed: readonly PlacedPartition[]): Layout => {
  for (const { partition } of placed) requireSize(disk, partition.minimumBytes);
  const { sizeBytes } = disk.info;
  const whole = placed.map((place) => ({ ...place, sizeBytes }));
  return { placed: whole, table: undefined, grown: undefined };
};

// A partition that the image names but does not hold keeps what lies there.
const partitionsAfter = (
  disk: OpenDisk,
  before: readonly DiskPartition[],
  { placed, table }: Layout,
): readonly DiskPartition[] => {
  const restored = imagePartitions(placed);
  const withContent = (place: PartitionPlace): DiskPartition => {
    const content = restored.find(({ number }) => number === place.number);
    const { fileSystem = 'raw', usedBytes = 0 } = content ?? {};
    const name = place.name === '' ? (content?.name ?? '') : place.name;
    return { ...place, name, fileSystem, usedBytes };
  };
  if (table !== undefined) return partitionPlaces(disk, table).map(withContent);
  if (placed.every((place) => place.startBytes === 0)) return restored;
  return before.map(
    (partition) => restored.find(({ number }) => number === partition.number) ?? partition,
  );
};

const overlaps = (
  left: Pick<DiskPartition, 'startBytes' | 'sizeBytes'>,
  right: Pick<DiskPartition, 'startBytes' | 'sizeBytes'>,
): boolean =>
  left.startBytes < right.startBytes + right.sizeBytes &&
  right.startBytes < left.startBytes + left.sizeBytes;

const isKept = (partition: DiskPartition, { placed, table }: Layout): boolean => {
  if (placed.some((place) => overlaps(place, partition))) return false;
  return table === undefined || hasEntryAt(table, partition);
};

const hasEntryAt = (table: PartitionTable, { number }: DiskPartition): boolean =>
  table.entries.some((entry) => entry.number === number);
