/**
 * The marking part of garbage collection: which chunks are alive, and what is to become of each pack.
 * Nothing is changed here, and no lock is held.
 */
import {
  DIGEST_BYTES,
  type DigestAlgorithm,
  FRAME_RECORD_BYTES,
} from '../../codec/image-limits.ts';
import type { ByteStore } from './byte-store.ts';
import { DigestIndex, RecordSet } from './digest-index.ts';
import { readPack, type StoredPack } from './pack-file.ts';
import { readManifest } from './version-files.ts';

/** A pack whose live frames are less than this share of its bytes is rewritten. */
const KEPT_SHARE = 0.5;

/** What is to become of a pack. */
export interface PackPlan {
  readonly id: string;
  readonly sizeBytes: number;
  readonly algorithm: DigestAlgorithm;
  readonly decision: 'keep' | 'delete' | 'repack';
  /** Numbers of the frames that are copied when it is repacked, rising. */
  readonly frames: readonly number[];
  /** Bytes that the copies take with their records. */
  readonly copiedBytes: number;
}

/** One frame of a pack index. */
export interface Frame {
  /** Number in the pack. */
  readonly number: number;
  /** Offset of its stored bytes in the pack. */
  readonly offset: number;
  readonly storedBytes: number;
  readonly firstChunk: number;
  readonly chunks: number;
}

/** The frames of a pack in order. */
export function* framesOf(pack: StoredPack): Iterable<Frame> {
  const view = new DataView(pack.frames.buffer, pack.frames.byteOffset, pack.frames.byteLength);
  let offset = 32;
  let firstChunk = 0;
  for (let number = 0; number * FRAME_RECORD_BYTES < pack.frames.length; number++) {
    const storedBytes = view.getUint32(number * FRAME_RECORD_BYTES, true);
    const chunks = view.getUint8(number * FRAME_RECORD_BYTES + 4);
    yield { number, offset, storedBytes, firstChunk, chunks };
    offset += storedBytes;
    firstChunk += chunks;
  }
}

/** Digests that live versions need, one index for each digest algorithm. */
export class LiveChunks {
  readonly #byAlgorithm = new Map<DigestAlgorithm, DigestIndex>();
  readonly #covered = new Map<DigestAlgorithm, RecordSet>();

  /** Adds the chunks of a version. Before the first `cover`. */
  async addVersion(files: ByteStore, id: string): Promise<void> {
    const manifest = await readManifest(files, id);
    const index = this.#byAlgorithm.get(manifest.algorithm) ?? new DigestIndex();
    this.#byAlgorithm.set(manifest.algorithm, index);
    for (const { digests } of manifest.partitions) {
      for (let at = 0; at < digests.length; at += DIGEST_BYTES) index.add(digests, at);
    }
  }

  /** Number of the live chunk that a pack has at a place; -1 when nobody needs it. */
  recordOf(pack: StoredPack, chunk: number): number {
    return this.#byAlgorithm.get(pack.algorithm)?.find(pack.digests, chunk * DIGEST_BYTES) ?? -1;
  }

  /** The live chunks that earlier packs have. */
  coveredBy(algorithm: DigestAlgorithm): RecordSet {
    const count = this.#byAlgorithm.get(algorithm)?.count ?? 0;
    const covered = this.#covered.get(algorithm) ?? new RecordSet(count);
    this.#covered.set(algorithm, covered);
    return covered;
  }
}

const isNeeded = (
  live: LiveChunks,
  pack: StoredPack,
  frame: Frame,
  covered: RecordSet | undefined,
): boolean => {
  for (let chunk = 0; chunk < frame.chunks; chunk++) {
    const record = live.recordOf(pack, frame.firstChunk + chunk);
    if (record >= 0 && covered?.has(record) !== true) return true;
  }
  return false;
};

const cover = (live: LiveChunks, pack: StoredPack, frame: Frame, covered: RecordSet): void => {
  for (let chunk = 0; chunk < frame.chunks; chunk++) {
    const record = live.recordOf(pack, frame.firstChunk + chunk);
    if (record >= 0) covered.add(record);
  }
};

/** Frames with a chunk that is alive and in no pack before. */
const neededFrames = (
  live: LiveChunks,
  pack: StoredPack,
  covered: RecordSet | undefined,
): readonly Frame[] => [...framesOf(pack)].filter((frame) => isNeeded(live, pack, frame, covered));

const storedBytesOf = (frames: readonly Frame[]): number =>
  frames.reduce((sum, frame) => sum + frame.storedBytes, 0);

/** What copies of frames take with their records. */
const repackedBytes = (frames: readonly Frame[]): number =>
  frames.reduce((sum, { storedBytes, chunks }) => {
    return sum + storedBytes + FRAME_RECORD_BYTES + chunks * DIGEST_BYTES;
  }, 0);

const planPack = (live: LiveChunks, pack: StoredPack, isHeld: boolean): PackPlan => {
  const covered = live.coveredBy(pack.algorithm);
  const needed = neededFrames(live, pack, covered);
  const { id, sizeBytes, algorithm } = pack;
  const share = storedBytesOf(needed) / storedBytesOf([...framesOf(pack)]);
  const isKept = isHeld || share >= KEPT_SHARE;
  // A pack that stays serves every live chunk it has, also those in frames that alone are not needed.
  for (const frame of isKept ? framesOf(pack) : needed) cover(live, pack, frame, covered);
  const decision = isKept ? 'keep' : needed.length === 0 ? 'delete' : 'repack';
  const copied = decision === 'repack' ? needed : [];
  const frames = copied.map((frame) => frame.number);
  return { id, sizeBytes, algorithm, decision, frames, copiedBytes: repackedBytes(copied) };
};

interface RankedPack {
  readonly id: string;
  readonly isHeld: boolean;
  readonly share: number;
}

/** Held packs first, then those with the largest live share: the others have less to keep. */
const rank = async (
  files: ByteStore,
  live: LiveChunks,
  packs: readonly string[],
  held: ReadonlySet<string>,
): Promise<readonly RankedPack[]> => {
  const ranked: RankedPack[] = [];
  for (const id of packs) {
    const pack = await readPack(files, id);
    const liveBytes = storedBytesOf(neededFrames(live, pack, undefined));
    const share = liveBytes / storedBytesOf([...framesOf(pack)]);
    ranked.push({ id, isHeld: held.has(id), share });
  }
  return ranked.sort(
    (left, right) =>
      Number(right.isHeld) - Number(left.isHeld) ||
      right.share - left.share ||
      (left.id < right.id ? -1 : 1),
  );
};

/**
 * Decides for each pack whether it stays, goes, or is rewritten. Every live chunk stays in one pack.
 * @throws NacreError `STORE_PACK_DAMAGED`: a store with damage is not collected
 */
export const planPacks = async (
  files: ByteStore,
  live: LiveChunks,
  packs: readonly string[],
  held: ReadonlySet<string>,
): Promise<readonly PackPlan[]> => {
  const plans: PackPlan[] = [];
  for (const { id, isHeld } of await rank(files, live, packs, held)) {
    plans.push(planPack(live, await readPack(files, id), isHeld));
  }
  return plans;
};
