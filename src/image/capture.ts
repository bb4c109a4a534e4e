/** Captures a disk into the store: used blocks only, as a new version of an image. */
import path from 'node:path';
import type { BootRegion } from '../codec/boot-bytes.ts';
import type { DiskIdentity, PositionalField } from '../codec/manifest-text.ts';
import { readBootCode } from '../disk/boot-code.ts';
import { changeMarker, explainFailure, type OpenDisk, openForRead } from '../disk/device.ts';
import {
  fromNative,
  type NativeCaptureResult,
  type NativeFileSystem,
  native,
} from '../disk/native.ts';
import { type PartitionTable, readTable } from '../disk/partition-table.ts';
import { isNacreError, NacreError } from '../errors.ts';
import { type DiskPartition, type PartitionPlace, partitionPlaces } from './disk-partitions.ts';
import { awaitOperation, type OnProgress } from './operation.ts';
import { captureMode } from './source-check.ts';
import type { CaptureSession } from './store/capture-session.ts';
import type { ImageStore } from './store/store.ts';
import { toStoreError } from './store/store-error.ts';

/** BLAKE3-256 and SHA-256 as manifests number them. */
export const DIGEST_ALGORITHM = { blake3: 1, sha256: 2 } as const;

/** Best level for a device that captures itself (measured: docs/performance.md). */
const FIRST_LEVEL = 1;
/** A difference is small, and sent to many devices: 5 % fewer bytes are worth more than the work. */
const DIFFERENCE_LEVEL = 3;
const PACK_LIMIT_BYTES = 2 ** 30;

export interface CaptureOptions {
  readonly store: ImageStore;
  /** Block device or raw image file. */
  readonly path: string;
  readonly name: string;
  /** Id of the version whose chunks need not be stored again; null for none; default: `latest`. */
  readonly parent?: string | null | undefined;
  /** Numbers of the partitions to capture; default all. */
  readonly partitions?: readonly number[] | undefined;
  readonly comment?: string | undefined;
  /** Default: the title that the image has, or its name. */
  readonly title?: string | undefined;
  /** Machines that it is for, as Merlin names them; default: those of the parent, or any. */
  readonly machines?: readonly string[] | undefined;
  /** Who or what made it, for people. */
  readonly creator: string;
  readonly algorithm?: (typeof DIGEST_ALGORITHM)[keyof typeof DIGEST_ALGORITHM] | undefined;
  /** zstd level, 1 to 19; default 1, and 3 for a version that follows another. */
  readonly level?: number | undefined;
  /** PEM of an Ed25519 private key that signs the version. */
  readonly signingKey?: string | undefined;
  /** Takes every block of a volume whose used-block map cannot be trusted. */
  readonly forceRaw?: boolean | undefined;
  /** Records unreadable blocks as gaps instead of failing. */
  readonly skipBad?: boolean | undefined;
  readonly sectorSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly now?: (() => Date) | undefined;
}

/** What `nacre image capture --json` prints. */
export interface CaptureReport {
  readonly name: string;
  readonly id: string;
  readonly parent: string | null;
  readonly createdAt: string;
  readonly diskBytes: number;
  readonly usedBytes: number;
  /** Bytes of the packs that this version added. */
  readonly storedBytes: number;
  readonly newChunks: number;
  readonly reusedChunks: number;
  /** Unreadable bytes that were left out (`--skip-bad`). */
  readonly skippedBytes: number;
  readonly partitions: readonly DiskPartition[];
}

/** A partition of the source and how it is read. */
interface SourcePartition extends PartitionPlace {
  readonly found: NativeFileSystem;
  readonly mode: NativeFileSystem['type'];
  readonly fields: readonly PositionalField[];
}

interface Source {
  readonly disk: OpenDisk;
  readonly table: PartitionTable;
  readonly bootRegions: readonly BootRegion[];
  readonly partitions: readonly SourcePartition[];
}

/**
 * Captures a disk as a new version, which becomes `latest`. Nothing is visible in the store before all of
 * it is complete; after a failure or a cancel nothing is left but a temporary folder that gc sweeps.
 *
 * @throws NacreError IMAGE_SOURCE_… when the source is refused or changes meanwhile; DISK_…; STORE_…;
 *   CANCELLED
 */
export const captureImage = async (options: CaptureOptions): Promise<CaptureReport> => {
  using disk = await openForRead(options.path, { sectorSize: options.sectorSize });
  const before = await changeMarker(disk.info.path);
  const source = await readSource(disk, options);
  const session = await options.store.beginCapture({
    name: options.name,
    parent: options.parent,
    algorithm: options.algorithm ?? DIGEST_ALGORITHM.blake3,
  });
  try {
    // Before the long work: a parent that cannot be read is told at once.
    const machines = await machinesOf(session, options);
    const result = await readContent(source, session, options);
    await requireUnchanged(disk.info.path, before);
    return await publish(source, session, result, { ...options, machines });
  } catch (reason) {
    await session.abort();
    throw await explainFailure(disk.info, storeFailure(session, reason));
  }
};

const readSource = async (disk: OpenDisk, options: CaptureOptions): Promise<Source> => {
  const { table } = await readTable(disk);
  const places = selectPlaces(disk, table, options.partitions);
  const partitions: SourcePartition[] = [];
  for (const place of places) {
    const found = await fromNative(
      native.probeFileSystem(disk.device, place.startBytes, place.sizeBytes),
    );
    const mode = captureMode(
      found,
      { path: disk.info.path, number: place.number },
      options.forceRaw === true,
    );
    const fields = mode === 'raw' ? [] : await readFields(disk, place.startBytes, found);
    partitions.push({ ...place, found, mode, fields });
  }
  return { disk, table, bootRegions: await readBootCode(disk, table), partitions };
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

/** The addon reads the disk and writes packs: a failed write is one of the store. */
const storeFailure = (session: CaptureSession, reason: unknown): unknown => {
  if (!isNacreError(reason, 'DISK_IO')) return reason;
  const file = String(reason.facts['path']);
  return path.dirname(file) === session.directory ? toStoreError(reason, file) : reason;
};

const readContent = (
  { disk, partitions }: Source,
  session: CaptureSession,
  options: CaptureOptions,
): Promise<NativeCaptureResult> =>
  awaitOperation(
    native.startCapture({
      device: disk.device,
      partitions: partitions.map(({ startBytes, sizeBytes, mode }) => ({
        offset: startBytes,
        size: sizeBytes,
        fileSystem: mode,
      })),
      algorithm: options.algorithm ?? DIGEST_ALGORITHM.blake3,
      level: options.level ?? (session.parent === null ? FIRST_LEVEL : DIFFERENCE_LEVEL),
      knownDigests: session.knownDigests(),
      packDirectory: session.directory,
      packLimitBytes: PACK_LIMIT_BYTES,
      threads: 0,
      skipBad: options.skipBad === true,
    }),
    {
      phase: 'capture',
      partitions: partitions.map(({ number }) => number),
      signal: options.signal,
      onProgress: options.onProgress,
    },
  );

const requireUnchanged = async (path: string, before: string): Promise<void> => {
  const after = await changeMarker(path);
  if (after !== before) throw new NacreError('IMAGE_SOURCE_CHANGED', { path, before, after });
};

const identityOf = ({ disk, table }: Source): DiskIdentity => {
  const { sizeBytes, model, serial } = disk.info;
  const facts = { sizeBytes, sectorSize: disk.sectorSize, model, serial };
  const { type, ...rest } = table;
  return { ...facts, table: type, ...rest } as DiskIdentity;
};

const reportOf = (partition: SourcePartition, usedBytes: number): DiskPartition => {
  const { number, role, startBytes, sizeBytes, mode, found } = partition;
  const name = partition.name === '' && mode !== 'raw' ? found.label : partition.name;
  return { number, role, name, startBytes, sizeBytes, fileSystem: mode, usedBytes };
};

/** A newer version is for the machines of the one before it, unless somebody says otherwise. */
const machinesOf = async (
  { parent }: CaptureSession,
  { store, machines }: CaptureOptions,
): Promise<readonly string[] | undefined> => {
  if (machines !== undefined || parent === null) return machines;
  try {
    return (await store.readManifest(parent)).machines;
  } catch (reason) {
    // A parent may be gone.
    if (isNacreError(reason, 'STORE_MANIFEST_MISSING')) return undefined;
    throw reason;
  }
};

const publish = async (
  source: Source,
  session: CaptureSession,
  result: NativeCaptureResult,
  options: CaptureOptions,
): Promise<CaptureReport> => {
  const captured = source.partitions.map((partition, index) => {
    const records = result.partitions[index];
    if (records === undefined) throw new TypeError('the addon lost a partition');
    return { partition, records };
  });
  const createdAt = (options.now?.() ?? new Date()).toISOString();
  const { machines } = options;
  const published = await session.publish({
    title: options.title,
    comment: options.comment ?? '',
    creator: options.creator,
    createdAt,
    releaseCounter: 0,
    ...(machines === undefined ? {} : { machines }),
    disk: identityOf(source),
    bootRegions: source.bootRegions,
    partitions: captured.map(({ partition, records }) => ({
      number: partition.number,
      role: partition.role,
      fileSystem: partition.mode,
      label: partition.mode === 'raw' ? '' : partition.found.label,
      uuid: partition.mode === 'raw' ? '' : partition.found.uuid,
      startBytes: partition.startBytes,
      sizeBytes: partition.sizeBytes,
      usedBytes: records.usedBytes,
      minimumBytes: partition.mode === 'raw' ? partition.sizeBytes : partition.found.minimumBytes,
      clusterBytes: partition.mode === 'raw' ? 0 : partition.found.clusterBytes,
      positionalFields: partition.fields,
      gaps: records.gaps,
      runs: records.runs,
      masks: records.masks,
      digests: records.digests,
    })),
    packs: result.packs,
    sign: options.signingKey,
  });
  const gaps = captured.flatMap(({ records }) => records.gaps);
  return {
    name: options.name,
    id: published.id,
    parent: published.parent,
    createdAt,
    diskBytes: source.disk.info.sizeBytes,
    usedBytes: captured.reduce((sum, { records }) => sum + records.usedBytes, 0),
    storedBytes: published.storedBytes,
    newChunks: result.newChunks,
    reusedChunks: result.reusedChunks,
    skippedBytes: gaps.reduce((sum, gap) => sum + gap.length, 0),
    partitions: captured.map(({ partition, records }) => reportOf(partition, records.usedBytes)),
  };
};
