/** Captures a disk into the store: used blocks only, as a new version of an image. */
import path from 'node:path';
import { changeMarker, explainFailure, openForRead } from '../disk/device.ts';
import { type NativeCaptureResult, native } from '../disk/native.ts';
import { isNacreError } from '../errors.ts';
import {
  type CaptureSource,
  contentOf,
  DIGEST_ALGORITHM,
  levelFor,
  nativeSource,
  partitionsOf,
  readSource,
  requireUnchanged,
} from './capture-source.ts';
import type { DiskPartition } from './disk-partitions.ts';
import { awaitOperation, type OnProgress } from './operation.ts';
import type { CaptureSession } from './store/capture-session.ts';
import type { ImageStore } from './store/store.ts';
import { toStoreError } from './store/store-error.ts';

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
  /** zstd level, 1 to 19; default 1, and 5 for a version that follows another. */
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

/** The addon reads the disk and writes packs: a failed write is one of the store. */
const storeFailure = (session: CaptureSession, reason: unknown): unknown => {
  if (!isNacreError(reason, 'DISK_IO')) return reason;
  const file = String(reason.facts['path']);
  return path.dirname(file) === session.directory ? toStoreError(reason, file) : reason;
};

const readContent = (
  source: CaptureSource,
  session: CaptureSession,
  options: CaptureOptions,
): Promise<NativeCaptureResult> =>
  awaitOperation(
    native.startCapture({
      ...nativeSource(source, {
        algorithm: options.algorithm ?? DIGEST_ALGORITHM.blake3,
        level: options.level ?? levelFor(session.parent),
        knownDigests: session.knownDigests(),
        skipBad: options.skipBad,
      }),
      packDirectory: session.directory,
      packLimitBytes: PACK_LIMIT_BYTES,
    }),
    {
      phase: 'capture',
      partitions: source.partitions.map(({ number }) => number),
      signal: options.signal,
      onProgress: options.onProgress,
    },
  );

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
  source: CaptureSource,
  session: CaptureSession,
  result: NativeCaptureResult,
  options: CaptureOptions,
): Promise<CaptureReport> => {
  const createdAt = (options.now?.() ?? new Date()).toISOString();
  const { machines } = options;
  const published = await session.publish({
    title: options.title,
    comment: options.comment ?? '',
    creator: options.creator,
    createdAt,
    releaseCounter: 0,
    ...(machines === undefined ? {} : { machines }),
    ...contentOf(source, result),
    packs: result.packs,
    sign: options.signingKey,
  });
  return {
    name: options.name,
    id: published.id,
    parent: published.parent,
    createdAt,
    diskBytes: source.disk.info.sizeBytes,
    usedBytes: result.partitions.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    storedBytes: published.storedBytes,
    newChunks: result.newChunks,
    reusedChunks: result.reusedChunks,
    skippedBytes: result.partitions
      .flatMap(({ gaps }) => gaps)
      .reduce((sum, { length }) => sum + length, 0),
    partitions: partitionsOf(source, result),
  };
};
