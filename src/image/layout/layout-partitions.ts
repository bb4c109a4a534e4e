/** The partitions that a layout leaves, as people and JSON see them. */
import type { ManifestPartition } from '../../codec/manifest.ts';
import type { OpenDisk } from '../../disk/device.ts';
import type { PlacedPart } from '../../disk/layout-places.ts';
import type { PartitionTable } from '../../disk/partition-table.ts';
import { type DiskPartition, type PartitionPlace, partitionPlaces } from '../disk-partitions.ts';
import { BACKUP_LABEL, BOOT_AGENT_LABEL } from './layout-names.ts';

export interface LayoutPartitionsRequest {
  readonly disk: OpenDisk;
  readonly table: PartitionTable;
  readonly parts: readonly PlacedPart[];
  readonly os: ManifestPartition;
  readonly before: readonly DiskPartition[];
}

/** Fewest bytes of a FAT32 volume that all firmware reads; below it the boot agent is FAT16 (spec A-11). */
const FAT32_LEAST_BYTES = 34 * 2 ** 20;

/** File system of the boot agent partition: 4 KiB sectors leave too few clusters for FAT32. */
export const bootAgentFileSystem = (sizeBytes: number, sectorSize: number): 'fat16' | 'fat32' =>
  sizeBytes < FAT32_LEAST_BYTES || sectorSize > 512 ? 'fat16' : 'fat32';

const contentOf = (
  { part }: PlacedPart,
  { sizeBytes }: PartitionPlace,
  { os, disk }: LayoutPartitionsRequest,
): Pick<DiskPartition, 'role' | 'fileSystem' | 'usedBytes'> & { readonly label: string } => {
  switch (part) {
    case 'os':
      return { role: part, fileSystem: os.fileSystem, usedBytes: os.usedBytes, label: os.label };
    case 'boot-agent': {
      const fileSystem = bootAgentFileSystem(sizeBytes, disk.sectorSize);
      return { role: part, fileSystem, usedBytes: 0, label: BOOT_AGENT_LABEL };
    }
    case 'backup':
      return { role: part, fileSystem: 'fat32', usedBytes: 0, label: BACKUP_LABEL };
    case 'write-cache':
      return { role: part, fileSystem: 'raw', usedBytes: 0, label: 'write cache' };
    case 'msr':
      return { role: part, fileSystem: 'raw', usedBytes: 0, label: '' };
  }
};

/** In disk order. What is kept is shown as it was found. */
export const partitionsOfLayout = (request: LayoutPartitionsRequest): readonly DiskPartition[] =>
  partitionPlaces(request.disk, request.table).map((place): DiskPartition => {
    const part = request.parts.find(({ startBytes }) => startBytes === place.startBytes);
    if (part !== undefined) {
      const { label, ...content } = contentOf(part, place, request);
      return { ...place, ...content, name: place.name || label };
    }
    const old = request.before.find(({ startBytes }) => startBytes === place.startBytes);
    return { ...place, fileSystem: old?.fileSystem ?? 'raw', usedBytes: old?.usedBytes ?? 0 };
  });
