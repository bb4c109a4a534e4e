/** The disk of a capture: what lies on it, how it is read, and what of it stands in a manifest. */
import type { BootRegion } from '../codec/boot-bytes.ts';
import type { DigestAlgorithm } from '../codec/image-limits.ts';
import type { Manifest } from '../codec/manifest.ts';
import type { DiskIdentity, PositionalField } from '../codec/manifest-text.ts';
import { readBootCode } from '../disk/boot-code.ts';
import { changeMarker, type OpenDisk } from '../disk/device.ts';
import {
  fromNative,
  type NativeCaptureResult,
  type NativeCaptureSource,
  type NativeFileSystem,
  native,
} from '../disk/native.ts';
import { type PartitionTable, readTable } from '../disk/partition-table.ts';
import { NacreError } from '../errors.ts';
import { type DiskPartition, type PartitionPlace, partitionPlaces } from './disk-partitions.ts';
import { captureMode } from './source-check.ts';

/** BLAKE3-256 and SHA-256 as manifests number them. */
export const DIGEST_ALGORITHM = { blake3: 1, sha256: 2 } as const;

/** Best level for a device that captures itself (measured: docs/performance.md). */
const FIRST_LEVEL = 1;
/** A difference is small, and sent to many devices: 7 % fewer bytes are worth more than the work. */
const DIFFERENCE_LEVEL = 5;
/** zstd level of a capture over `parent`, unless somebody says otherwise. */
export const levelFor = (parent: string | null): number =>
  parent === null ? FIRST_LEVEL : DIFFERENCE_LEVEL;

/** What of a disk is captured, and how. */
export interface SourceOptions {
  /** Numbers of the partitions; default all. */
  readonly partitions?: readonly number[] | undefined;
  /** Takes every block of a volume whose used-block map cannot be trusted. */
  readonly forceRaw?: boolean | undefined;
}

/** A partition of the source and how it is read. */
interface SourcePartition extends PartitionPlace {
  readonly found: NativeFileSystem;
  readonly mode: NativeFileSystem['type'];
  readonly fields: readonly PositionalField[];
}

/** A disk that is captured. */
export interface CaptureSource {
  readonly disk: OpenDisk;
  readonly table: PartitionTable;
  readonly bootRegions: readonly BootRegion[];
  readonly partitions: readonly SourcePartition[];
}

/** Looks at what a disk holds. @throws NacreError IMAGE_SOURCE_…, DISK_… */
export const readSource = async (
  disk: OpenDisk,
  options: SourceOptions = {},
): Promise<CaptureSource> => {
  const { table } = await readTable(disk);
  const places = selectPlaces(disk, table, options.partitions);
  const partitions: SourcePartition[] = [];
  for (const place of places)
    partitions.push(await readPartition(disk, place, options.forceRaw === true));
  return { disk, table, bootRegions: await readBootCode(disk, table), partitions };
};

/** Looks at what a partition holds. @throws NacreError IMAGE_SOURCE_…, DISK_… */
export const readPartition = async (
  disk: OpenDisk,
  place: PartitionPlace,
  forceRaw = false,
): Promise<SourcePartition> => {
  const { startBytes, sizeBytes, number } = place;
  const found = await fromNative(native.probeFileSystem(disk.device, startBytes, sizeBytes));
  const mode = captureMode(found, { path: disk.info.path, number }, forceRaw);
  const fields = mode === 'raw' ? [] : await readFields(disk, startBytes, found);
  return { ...place, found, mode, fields };
};

const selectPlaces = (
  disk: OpenDisk,
  table: PartitionTable,
  wanted: readonly number[] | undefined,
): readonly PartitionPlace[] => {
  const places = partitionPlaces(disk, table);
  if (wanted === undefined || wanted.length === 0) return places;
  for (const number of wanted) {
    if (places.some((place) => place.number === number)) continue;
    const present = places.map((place) => place.number).join(', ') || 'none';
    throw new NacreError('DISK_NO_PARTITION', { path: disk.info.path, number, present });
  }
  return places.filter((place) => wanted.includes(place.number));
};

const readFields = async (
  disk: OpenDisk,
  startBytes: number,
  found: NativeFileSystem,
): Promise<readonly PositionalField[]> => {
  const fields: PositionalField[] = [];
  for (const { offset, kind, length } of found.positionalFields) {
    const bytes = await fromNative(disk.device.read(startBytes + offset, length));
    fields.push({ offset, kind, hex: bytes.toString('hex') });
  }
  return fields;
};

/** What the addon is asked to capture. */
export const nativeSource = (
  { disk, partitions }: CaptureSource,
  options: {
    readonly algorithm: DigestAlgorithm;
    readonly level: number;
    readonly knownDigests: Uint8Array;
    readonly skipBad?: boolean | undefined;
  },
): NativeCaptureSource => ({
  device: disk.device,
  partitions: partitions.map(({ startBytes, sizeBytes, mode }) => ({
    offset: startBytes,
    size: sizeBytes,
    fileSystem: mode,
  })),
  algorithm: options.algorithm,
  level: options.level,
  knownDigests: options.knownDigests,
  threads: 0,
  skipBad: options.skipBad === true,
});

/** Refuses a source that was written to since `before`. @throws NacreError IMAGE_SOURCE_CHANGED */
export const requireUnchanged = async (path: string, before: string): Promise<void> => {
  const after = await changeMarker(path);
  if (after !== before) throw new NacreError('IMAGE_SOURCE_CHANGED', { path, before, after });
};

const identityOf = ({ disk, table }: CaptureSource): DiskIdentity => {
  const { sizeBytes, model, serial } = disk.info;
  const facts = { sizeBytes, sectorSize: disk.sectorSize, model, serial };
  const { type, ...rest } = table;
  return { ...facts, table: type, ...rest } as DiskIdentity;
};

const recordsOf = ({ partitions }: NativeCaptureResult, index: number) => {
  const records = partitions[index];
  if (records === undefined) throw new TypeError('the addon lost a partition');
  return records;
};

/** What a manifest says of the disk and what was captured of it. */
export const contentOf = (
  source: CaptureSource,
  result: NativeCaptureResult,
): Pick<Manifest, 'disk' | 'bootRegions' | 'partitions'> => ({
  disk: identityOf(source),
  bootRegions: source.bootRegions,
  partitions: source.partitions.map((partition, index) => {
    const { usedBytes, gaps, runs, masks, digests } = recordsOf(result, index);
    const { number, role, mode, found, startBytes, sizeBytes, fields } = partition;
    const isRaw = mode === 'raw';
    return {
      ...{ number, role, fileSystem: mode, startBytes, sizeBytes, usedBytes },
      label: isRaw ? '' : found.label,
      uuid: isRaw ? '' : found.uuid,
      minimumBytes: isRaw ? sizeBytes : found.minimumBytes,
      clusterBytes: isRaw ? 0 : found.clusterBytes,
      positionalFields: fields,
      ...{ gaps, runs, masks, digests },
    };
  }),
});

const reportOf = (partition: SourcePartition, usedBytes: number): DiskPartition => {
  const { number, role, startBytes, sizeBytes, mode, found } = partition;
  const name = partition.name === '' && mode !== 'raw' ? found.label : partition.name;
  return { number, role, name, startBytes, sizeBytes, fileSystem: mode, usedBytes };
};

/** The captured partitions, for people. */
export const partitionsOf = (
  source: CaptureSource,
  result: NativeCaptureResult,
): readonly DiskPartition[] =>
  source.partitions.map((partition, index) =>
    reportOf(partition, recordsOf(result, index).usedBytes),
  );
