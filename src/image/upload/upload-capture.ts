/** Captures a disk into a store that lies elsewhere: used blocks only, and of them what is not there yet. The disk is only read. */
import { type Manifest, serializeManifest } from '../../codec/manifest.ts';
import { changeMarker, explainFailure, type OpenDisk, openForRead } from '../../disk/device.ts';
import { type NativeCaptureResult, native } from '../../disk/native.ts';
import { NacreError } from '../../errors.ts';
import {
  type CaptureSource,
  contentOf,
  levelFor,
  nativeSource,
  readSource,
  requireUnchanged,
} from '../capture-source.ts';
import { awaitOperation, type OnProgress } from '../operation.ts';
import { sha256Hex } from '../store/pack-file.ts';
import { FrameSender } from './frame-sender.ts';
import type { UploadBegin, UploadedVersion, UploadTarget } from './upload-target.ts';

const DIGEST_BYTES = 32;
const DRAFT_STEP_BYTES = 2 ** 20;
/** How often what got lost at the other end is sent once more. */
const MOST_ROUNDS = 3;

export interface UploadCaptureOptions {
  /** Block device or raw image file. */
  readonly path: string;
  readonly target: UploadTarget;
  /** Who captures, for people. */
  readonly creator: string;
  /** Memory for digests that need not be sent; those that do not fit are sent again. */
  readonly knownLimitBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What was captured. */
export interface UploadReport extends UploadedVersion {
  /** Bytes of frames that were sent by this run. */
  readonly sentBytes: number;
}

interface Sent {
  readonly result: NativeCaptureResult;
  readonly sentBytes: number;
}

const cancelled = (): NacreError<'CANCELLED'> => new NacreError('CANCELLED', { phase: 'capture' });

const readKnown = async (
  { knownDigests }: UploadBegin,
  { target, knownLimitBytes, signal }: UploadCaptureOptions,
): Promise<Uint8Array> => {
  const most = Math.min(knownDigests, Math.floor(knownLimitBytes / DIGEST_BYTES));
  const known = new Uint8Array(most * DIGEST_BYTES);
  let rows = 0;
  while (rows < most) {
    if (signal?.aborted) throw cancelled();
    const some = await target.known(rows);
    const taken = Math.min(Math.floor(some.length / DIGEST_BYTES), most - rows);
    if (taken === 0) break;
    known.set(some.subarray(0, taken * DIGEST_BYTES), rows * DIGEST_BYTES);
    rows += taken;
  }
  return known.subarray(0, rows * DIGEST_BYTES);
};

const sendContent = async (
  source: CaptureSource,
  begin: UploadBegin,
  options: UploadCaptureOptions,
): Promise<Sent> => {
  const { algorithm, parent } = begin;
  const sender = new FrameSender(options.target, algorithm);
  const operation = native.startCapture({
    ...nativeSource(source, {
      algorithm,
      level: levelFor(parent),
      knownDigests: await readKnown(begin, options),
    }),
    writeFrames: sender.writeFrames,
  });
  const result = await awaitOperation(operation, {
    phase: 'capture',
    partitions: source.partitions.map(({ number }) => number),
    signal: options.signal,
    onProgress: options.onProgress,
  });
  return { result, sentBytes: operation.progress().writtenBytes };
};

/** The manifest as far as the sender knows it. */
const draftOf = async (
  sending: Sending,
  begin: UploadBegin,
  result: NativeCaptureResult,
  creator: string,
): Promise<Uint8Array> =>
  serializeManifest({
    ...{ name: 'draft', title: '', comment: '', creator, createdAt: '1970-01-01T00:00:00Z' },
    ...{ parent: null, releaseCounter: 0, algorithm: begin.algorithm },
    ...(await sending.contentOf(result, begin)),
  });

const sendDraft = async (
  draft: Uint8Array,
  { target, signal }: UploadCaptureOptions,
): Promise<void> => {
  let restarts = 0;
  for (let at = 0; at < draft.length; ) {
    if (signal?.aborted) throw cancelled();
    const there = await target.putDraft(at, draft.subarray(at, at + DRAFT_STEP_BYTES));
    // A taker that was started again in the middle has lost some.
    if (there <= at && ++restarts > MOST_ROUNDS) break;
    at = Math.min(there, draft.length);
  }
};

/** What of a disk is sent, and what stands of it in the manifest. */
export interface Sending {
  readonly source: CaptureSource;
  /** Of the disk in the manifest. */
  readonly sizeBytes: number;
  readonly contentOf: (
    result: NativeCaptureResult,
    begin: UploadBegin,
  ) => Promise<Pick<Manifest, 'disk' | 'bootRegions' | 'partitions'>>;
}

/** One look at the disk. @returns undefined when the other end lost something */
const runRound = async (
  sending: Sending,
  before: string,
  options: UploadCaptureOptions,
): Promise<UploadReport | undefined> => {
  const { target, creator } = options;
  const { source, sizeBytes } = sending;
  const begin = await target.begin({ sizeBytes });
  if (begin.version !== null) return { ...begin.version, sentBytes: 0 };
  const { result, sentBytes } = await sendContent(source, begin, options);
  await requireUnchanged(source.disk.info.path, before);
  const draft = await draftOf(sending, begin, result, creator);
  await sendDraft(draft, options);
  const version = await target.publish({ bytes: draft.length, digest: sha256Hex(draft) });
  return version && { ...version, sentBytes };
};

/**
 * Sends a disk. Run again after it was broken off, it sends what has not arrived.
 *
 * @param look says what of the open disk is sent
 * @throws NacreError as `captureToUpload`, and what `look` throws
 */
export const sendDisk = async (
  disk: OpenDisk,
  look: () => Promise<Sending>,
  options: UploadCaptureOptions,
): Promise<UploadReport> => {
  const before = await changeMarker(disk.info.path);
  try {
    const sending = await look();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const report = await runRound(sending, before, options);
      if (report !== undefined) return report;
    }
  } catch (reason) {
    throw await explainFailure(disk.info, reason);
  }
  const reason = `the server lost what it got, ${MOST_ROUNDS} times`;
  throw new NacreError('STORE_UPLOAD_MANIFEST', { reason });
};

/**
 * Captures a disk. Run again after it was broken off, it sends what has not arrived.
 *
 * @throws NacreError IMAGE_SOURCE_… when the source is refused or changes meanwhile; DISK_…; CANCELLED; STORE_UPLOAD_MANIFEST
 *   when the other end loses what it gets; what the target throws
 */
export const captureToUpload = async (options: UploadCaptureOptions): Promise<UploadReport> => {
  using disk = await openForRead(options.path);
  const look = async (): Promise<Sending> => {
    const source = await readSource(disk);
    const { sizeBytes } = disk.info;
    return { source, sizeBytes, contentOf: async (result) => contentOf(source, result) };
  };
  return await sendDisk(disk, look, options);
};
