/** Plans a layout (spec ): what the disk becomes, and what is lost. Nothing is written. */
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import {
  checkWritable,
  type DeviceInfo,
  inspectDisk,
  type OpenDisk,
  openForRead,
  requireSectorSize,
} from '../../disk/device.ts';
import type { VolumeWindow } from '../../disk/fat.ts';
import {
  bootAgentMb,
  type LayoutFields,
  type LayoutName,
  type LayoutPolicy,
} from '../../disk/layout-fields.ts';
import type { PartName, PlacedPart } from '../../disk/layout-places.ts';
import { type PartitionTable, planTable, readTable } from '../../disk/partition-table.ts';
import { NacreError } from '../../errors.ts';
import { type DiskPartition, describePartitions } from '../disk-partitions.ts';
import { type ImageTrust, judgeSignatures } from '../image-trust.ts';
import { describeLost } from '../lost-content.ts';
import type { ImageStore } from '../store/store.ts';
import { findKept, type KeptPartition } from './kept-partitions.ts';
import { partitionsOfLayout } from './layout-partitions.ts';
import { MERLIN_MB, sizeParts } from './layout-sizes.ts';
import { layoutTable } from './layout-table.ts';
import { cautionsOf, type LayoutCaution } from './layout-warnings.ts';
import { osPartitionOf } from './os-partition.ts';
import { storedSizeOf } from './stored-size.ts';

export interface LayoutOptions {
  readonly store: ImageStore;
  /** IMAGE of cli.md. */
  readonly image: string;
  /** Block device or image file. */
  readonly path: string;
  readonly layout: LayoutName;
  readonly policy: LayoutPolicy;
  /** Wanted size of the backup partition, in bytes; default: what the policy gives. */
  readonly backupBytes?: number | undefined;
  /** Room for the write cache of a Linux image, in bytes. */
  readonly writeCacheBytes?: number | undefined;
  /** Numbers of partitions that stay as they are. */
  readonly keep?: readonly number[] | undefined;
  /** Number of the image's partition that holds the OS; default: the only one that can. */
  readonly osPartition?: number | undefined;
  /** Public keys, PEM; only an image that one of them signed is used. */
  readonly trust?: readonly string[] | undefined;
  /** Sector size of an image file. */
  readonly sectorSize?: number | undefined;
}

/** What `disk apply` would make. */
export interface LayoutPlan extends ImageTrust {
  readonly store: ImageStore;
  readonly image: { readonly name: string; readonly id: string };
  readonly manifest: Manifest;
  /** The image's partition that becomes the active OS partition. */
  readonly os: ManifestPartition;
  readonly target: DeviceInfo;
  readonly sectorSize: number;
  readonly layout: LayoutName;
  readonly policy: LayoutPolicy;
  readonly fields: LayoutFields;
  readonly warnings: readonly LayoutCaution[];
  readonly parts: readonly PlacedPart[];
  readonly kept: readonly KeptPartition[];
  readonly table: PartitionTable;
  readonly before: readonly DiskPartition[];
  readonly after: readonly DiskPartition[];
  /** One phrase for each partition whose content goes. */
  readonly lost: readonly string[];
  /** Bytes that the image takes on the backup partition. */
  readonly storedBytes: number;
  /** Most bytes that may be written. */
  readonly writeBytes: number;
}

/** A part of the layout. */
export const partOf = ({ parts }: Pick<LayoutPlan, 'parts'>, wanted: PartName): PlacedPart => {
  const found = parts.find(({ part }) => part === wanted);
  if (found === undefined) throw new TypeError(`a layout without ${wanted}`);
  return found;
};

/** Where the volume of a part lies. */
export const windowOf = (plan: Pick<LayoutPlan, 'parts'>, wanted: PartName): VolumeWindow => {
  const { startBytes, endBytes } = partOf(plan, wanted);
  return { startBytes, sizeBytes: endBytes - startBytes };
};

/** The row of a window in the partitions that come. */
export const rowAt = ({ after }: LayoutPlan, { startBytes }: VolumeWindow): DiskPartition => {
  const row = after.find((partition) => partition.startBytes === startBytes);
  if (row === undefined) throw new TypeError(`no partition at ${startBytes}`);
  return row;
};

const MIB = 2 ** 20;

// SeaBIOS, like the firmware of devices, starts disks with 512-byte sectors only.
const requireBootable = (disk: OpenDisk, layout: LayoutName): void => {
  if (layout === 'uefi' || disk.sectorSize === 512) return;
  const { path } = disk.info;
  throw new NacreError('LAYOUT_SECTOR_SIZE', { path, layout, sectorSize: disk.sectorSize });
};

const requireUsableTable = (path: string, keep: readonly number[], problems: readonly string[]) => {
  if (keep.length === 0 || problems.length === 0) return;
  throw new NacreError('DISK_TABLE_DAMAGED', { path, reason: problems.join('; ') });
};

/**
 * Makes the plan of a layout after every check that can be made without writing.
 *
 * @throws NacreError (exit 3) DISK_IN_USE, DISK_READ_ONLY, DISK_SECTOR_SIZE, LAYOUT_…, IMAGE_UNTRUSTED,
 *   DISK_NO_PARTITION; (exit 1 or 2) IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, STORE_…, DISK_NOT_FOUND
 */
export const planLayout = async (options: LayoutOptions): Promise<LayoutPlan> => {
  const { store, path, layout, policy, keep = [] } = options;
  const { name, id } = await store.resolve(options.image);
  const manifest = await store.readManifest(id);
  const trust = await judgeSignatures(store, id, options.trust);
  const os = osPartitionOf(manifest, options.osPartition);
  const target = await inspectDisk(path);
  checkWritable(path, target, { sectorSize: options.sectorSize });
  using disk = await openForRead(path, { sectorSize: options.sectorSize });
  requireSectorSize(disk, manifest.disk.sectorSize);
  requireBootable(disk, layout);
  const found = await readTable(disk, { allowDamaged: true });
  const fatal = found.problems.filter(({ isFatal }) => isFatal).map(({ text }) => text);
  requireUsableTable(path, keep, fatal);
  const before = await describePartitions(disk, found.table);
  const { kept, hasWfs } = findKept(disk, { layout, keep, table: found.table, before });
  const storedBytes = storedSizeOf(manifest, await store.packsOf(id));
  const { backupBytes, writeCacheBytes } = options;
  const sized = sizeParts({
    ...{ layout, policy, backupBytes, writeCacheBytes, manifest, os, storedBytes, kept },
    ...{ diskBytes: disk.info.sizeBytes, sectorSize: disk.sectorSize },
  });
  const table = layoutTable({
    type: layout === 'uefi' ? 'gpt' : 'mbr',
    sectorSize: disk.sectorSize,
    parts: sized.parts,
    kept: kept.map(({ entry }) => entry),
    imageDisk: manifest.disk,
    osNumber: os.number,
    osFileSystem: os.fileSystem,
    diskIdentity: target.identity,
  });
  await planTable(disk, table);
  const after = partitionsOfLayout({ disk, table, parts: sized.parts, os, before });
  const stays = (partition: DiskPartition): boolean =>
    kept.some(({ startBytes }) => startBytes === partition.startBytes);
  return {
    ...trust,
    store,
    image: { name, id },
    manifest,
    os,
    target,
    sectorSize: disk.sectorSize,
    layout,
    policy,
    ...sized,
    warnings: [
      ...sized.warnings,
      ...cautionsOf({ layout, hasWfs, manifest, os, parts: sized.parts }),
    ],
    kept,
    table,
    before,
    after,
    lost: await describeLost(
      disk,
      before.filter((partition) => !stays(partition)),
    ),
    storedBytes,
    writeBytes: os.usedBytes + storedBytes + (MERLIN_MB + bootAgentMb(layout, policy)) * MIB,
  };
};
