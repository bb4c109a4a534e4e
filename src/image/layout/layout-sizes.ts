/**
 * Sizes and places of a layout for an image and a disk of which only the numbers are known: what `disk plan` shows of a disk, and
 * what a manager says of a device that is not there.
 */
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import {
  bootAgentMb,
  type LayoutFields,
  type LayoutName,
  type LayoutPolicy,
  sizeLayout,
} from '../../disk/layout-fields.ts';
import { type DiskRange, type PlacedPart, placeParts } from '../../disk/layout-places.ts';
import { LEAST_WRITE_CACHE_BYTES } from '../../disk/write-cache.ts';
import { NacreError } from '../../errors.ts';
import type { LayoutCaution } from './layout-warnings.ts';

const MIB = 2 ** 20;
/** Windows' own choice for disks of any size since Windows 10. */
const MSR_MB = 16;
/** Kernel, base initrd and two Node parts of Merlin, with room for a later Merlin. */
export const MERLIN_MB = 112;

const mbUp = (bytes: number): number => Math.ceil(bytes / MIB);

const needsMsr = (layout: LayoutName, { disk, partitions }: Manifest): boolean =>
  layout === 'uefi' &&
  (partitions.some(({ role }) => role === 'msr') ||
    (disk.table === 'gpt' && partitions.some(({ fileSystem }) => fileSystem === 'ntfs')));

/** What sizes follow from. */
export interface SizeRequest {
  readonly layout: LayoutName;
  readonly policy: LayoutPolicy;
  readonly diskBytes: number;
  readonly sectorSize: number;
  readonly manifest: Manifest;
  /** The image's partition that becomes the active OS partition. */
  readonly os: ManifestPartition;
  /** Bytes that the image takes on the backup partition. */
  readonly storedBytes: number;
  /** Partitions that stay where they are. */
  readonly kept: readonly DiskRange[];
  /** Wanted size of the backup partition; default: what the policy gives. */
  readonly backupBytes?: number | undefined;
  readonly writeCacheBytes?: number | undefined;
}

export interface SizedParts {
  /** */
  readonly fields: LayoutFields;
  readonly parts: readonly PlacedPart[];
  readonly warnings: readonly LayoutCaution[];
}

const requireWriteCacheSize = (writeCacheBytes: number): void => {
  if (writeCacheBytes === 0 || writeCacheBytes >= LEAST_WRITE_CACHE_BYTES) return;
  const neededBytes = LEAST_WRITE_CACHE_BYTES;
  throw new NacreError('LAYOUT_WRITE_CACHE_SMALL', { writeCacheBytes, neededBytes });
};

/** @throws NacreError LAYOUT_NO_ROOM with the numbers, LAYOUT_BACKUP_FIXED, LAYOUT_WRITE_CACHE_SMALL */
export const sizeParts = (request: SizeRequest): SizedParts => {
  const { layout, policy, diskBytes, sectorSize, manifest, os, storedBytes, kept } = request;
  const { backupBytes, writeCacheBytes = 0 } = request;
  requireWriteCacheSize(writeCacheBytes);
  const msrMb = needsMsr(layout, manifest) ? MSR_MB : 0;
  const writeCacheMb = mbUp(writeCacheBytes);
  const keptMb = kept.reduce(
    (sum, { startBytes, endBytes }) => sum + mbUp(endBytes - startBytes),
    0,
  );
  const tailMb = layout === 'uefi' ? 1 : 0;
  const osLeastMb = mbUp(os.sizeBytes);
  const { fields, warnings } = sizeLayout({
    layout,
    policy,
    flashMb: Math.floor(diskBytes / MIB),
    imageMb: mbUp(storedBytes),
    imageOsMb: osLeastMb,
    merlinMb: MERLIN_MB,
    otherMb: 1 + keptMb + msrMb + writeCacheMb + tailMb,
    backupMb: backupBytes === undefined ? undefined : mbUp(backupBytes),
  });
  const parts = placeParts({
    layout,
    diskBytes,
    sectorSize,
    kept,
    sizes: {
      bootAgentMb: bootAgentMb(layout, policy),
      msrMb,
      writeCacheMb,
      backupMb: fields.backupMb,
      osLeastMb,
      osMostMb: policy === 'vendor' ? fields.osMb : Number.MAX_SAFE_INTEGER / MIB,
    },
  });
  const placedOs = parts.find(({ part }) => part === 'os');
  const osMb = placedOs === undefined ? 0 : (placedOs.endBytes - placedOs.startBytes) / MIB;
  // The vendor's figures are reported as the manual gives them.
  return { fields: policy === 'vendor' ? fields : { ...fields, osMb }, parts, warnings };
};
