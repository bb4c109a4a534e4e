/** Partitions that a new layout leaves alone: the vendor's WFS, and those that were named. */
import type { OpenDisk } from '../../disk/device.ts';
import type { LayoutName } from '../../disk/layout-fields.ts';
import type { PartitionEntry, PartitionTable } from '../../disk/partition-table.ts';
import { NacreError } from '../../errors.ts';
import type { DiskPartition } from '../disk-partitions.ts';
import { WFS_LABEL } from './layout-names.ts';

/** A partition with its row in the table, which stays as it is. */
export interface KeptPartition {
  readonly entry: PartitionEntry;
  readonly startBytes: number;
  /** Exclusive. */
  readonly endBytes: number;
}

export interface KeptPartitions {
  readonly kept: readonly KeptPartition[];
  /** True when the WFS that the layout begins with is among them. */
  readonly hasWfs: boolean;
}

export interface KeepRequest {
  readonly layout: LayoutName;
  /** Numbers of partitions. */
  readonly keep: readonly number[];
  readonly table: PartitionTable;
  readonly before: readonly DiskPartition[];
}

/** Layouts that begin with a WFS (spec ). */
const hasWfsInFront = (layout: LayoutName): boolean => layout === 'xpe' || layout === 'wes2009';

/**
 * Number of the WFS: the first partition of the disk, when it has that name or a type that nobody else uses. It is
 * opaque (spec A, words), so its content says nothing.
 */
const findWfs = ({ layout, table, before }: KeepRequest): number | undefined => {
  if (!hasWfsInFront(layout) || table.type !== 'mbr') return undefined;
  const first = before[0];
  if (first === undefined) return undefined;
  const isNamed = first.name.trim().toUpperCase() === WFS_LABEL;
  return isNamed || first.role === 'other' ? first.number : undefined;
};

const keptEntry = (disk: OpenDisk, number: number, { layout, table }: KeepRequest) => {
  const { path } = disk.info;
  const entries: readonly PartitionEntry[] = table.entries;
  const entry = entries.find((row) => row.number === number);
  if (entry === undefined) {
    const present = entries.map((row) => row.number).join(', ') || 'none';
    throw new NacreError('DISK_NO_PARTITION', { path, number, present });
  }
  const needed = layout === 'uefi' ? 'gpt' : 'mbr';
  if (table.type !== needed)
    throw new NacreError('LAYOUT_KEEP_TABLE', { path, number, table: table.type, needed });
  if ('kind' in entry && entry.kind !== 'primary')
    throw new NacreError('LAYOUT_KEEP_LOGICAL', { path, number, kind: entry.kind });
  return entry;
};

/**
 * Finds what stays where it is.
 *
 * @throws NacreError DISK_NO_PARTITION; LAYOUT_KEEP_TABLE when the layout has another kind of table; LAYOUT_KEEP_LOGICAL
 */
export const findKept = (disk: OpenDisk, request: KeepRequest): KeptPartitions => {
  const wfs = findWfs(request);
  const numbers = new Set([...(wfs === undefined ? [] : [wfs]), ...request.keep]);
  const kept = [...numbers].map((number): KeptPartition => {
    const entry = keptEntry(disk, number, request);
    const startBytes = entry.firstLba * disk.sectorSize;
    return { entry, startBytes, endBytes: (entry.lastLba + 1) * disk.sectorSize };
  });
  return { kept, hasWfs: wfs !== undefined };
};
