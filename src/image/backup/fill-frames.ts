/** Which frames of a source a backup partition lacks, and the packs that are made of them. */
import { concatBytes } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';
import {
  DIGEST_BYTES,
  FRAME_RECORD_BYTES,
  PACK_FOOTER_BYTES,
  PACK_HEADER_BYTES,
  PACK_INDEX_HEAD_BYTES,
} from '../../codec/image-limits.ts';
import { serializePackFooter, serializePackIndex } from '../../codec/pack.ts';
import { type DigestIndex, RecordSet } from '../store/digest-index.ts';
import { type Frame, framesOf } from '../store/gc-mark.ts';
import { frameCapOf, type StoredPack, sha256 } from '../store/pack-file.ts';

/** A frame in a pack of the source. */
export interface SourceFrame {
  readonly pack: StoredPack;
  readonly frame: Frame;
}

const ENDS_BYTES = PACK_HEADER_BYTES + PACK_INDEX_HEAD_BYTES + PACK_FOOTER_BYTES;

const recordsIn = (wanted: DigestIndex, { pack, frame }: SourceFrame): readonly number[] => {
  const found: number[] = [];
  for (let chunk = frame.firstChunk; chunk < frame.firstChunk + frame.chunks; chunk++) {
    const record = wanted.find(pack.digests, chunk * DIGEST_BYTES);
    if (record >= 0) found.push(record);
  }
  return found;
};

/** Share of a pack's stored bytes that lie in frames with a wanted chunk, 0 to 1. */
export const wantedShare = (wanted: DigestIndex, pack: StoredPack): number => {
  let all = 0;
  let useful = 0;
  for (const frame of framesOf(pack)) {
    all += frame.storedBytes;
    if (recordsIn(wanted, { pack, frame }).length > 0) useful += frame.storedBytes;
  }
  return all === 0 ? 0 : useful / all;
};

/** The wanted digests that a pack holds, 32 bytes each. */
export const wantedIn = (wanted: DigestIndex, pack: StoredPack): Uint8Array => {
  const found: Uint8Array[] = [];
  for (let at = 0; at < pack.digests.length; at += DIGEST_BYTES) {
    if (wanted.find(pack.digests, at) >= 0)
      found.push(pack.digests.subarray(at, at + DIGEST_BYTES));
  }
  return concatBytes(found);
};

/** The wanted records that some packs hold. */
const coveredBy = (wanted: DigestIndex, packs: readonly StoredPack[]): RecordSet => {
  const covered = new RecordSet(wanted.count);
  for (const { digests } of packs) {
    for (let at = 0; at < digests.length; at += DIGEST_BYTES) {
      const record = wanted.find(digests, at);
      if (record >= 0) covered.add(record);
    }
  }
  return covered;
};

/** Frames of the source with a wanted chunk that no pack of the partition has, in the order of the source. */
export const lackedFrames = (
  wanted: DigestIndex,
  present: readonly StoredPack[],
  source: readonly StoredPack[],
): readonly SourceFrame[] => {
  const covered = coveredBy(wanted, present);
  const lacked: SourceFrame[] = [];
  for (const pack of source) {
    for (const frame of framesOf(pack)) {
      const records = recordsIn(wanted, { pack, frame });
      if (records.every((record) => covered.has(record))) continue;
      for (const record of records) covered.add(record);
      lacked.push({ pack, frame });
    }
  }
  return lacked;
};

const bytesOf = ({ frame }: SourceFrame): number =>
  frame.storedBytes + FRAME_RECORD_BYTES + frame.chunks * DIGEST_BYTES;

/** As many of the frames from `first` on as a pack of `limitBytes` holds, at least one. */
export const takeFrames = (
  frames: readonly SourceFrame[],
  first: number,
  limitBytes: number,
): readonly SourceFrame[] => {
  let size = ENDS_BYTES;
  let end = first;
  for (let frame = frames[end]; frame !== undefined; frame = frames[end]) {
    size += bytesOf(frame);
    if (size > limitBytes && end > first) break;
    end += 1;
  }
  return frames.slice(first, end);
};

/** Length of the pack that some frames make; none make none. */
export const packBytesOf = (frames: readonly SourceFrame[]): number =>
  frames.reduce((sum, frame) => sum + bytesOf(frame), frames.length === 0 ? 0 : ENDS_BYTES);

/** A pack that is known to its last byte before it is written. */
export interface NewPack {
  readonly id: string;
  readonly sizeBytes: number;
  readonly frames: readonly SourceFrame[];
  /** Index and footer. */
  readonly tail: Uint8Array;
}

const recordOf = ({ pack, frame }: SourceFrame): Uint8Array => {
  const at = frame.number * FRAME_RECORD_BYTES;
  return pack.frames.subarray(at, at + FRAME_RECORD_BYTES);
};

const digestsOf = ({ pack, frame }: SourceFrame): Uint8Array => {
  const at = frame.firstChunk * DIGEST_BYTES;
  return pack.digests.subarray(at, at + frame.chunks * DIGEST_BYTES);
};

/** The pack of some frames, which have one digest algorithm. */
export const describePack = (frames: readonly SourceFrame[]): NewPack => {
  const [first] = frames;
  if (first === undefined) throw new TypeError('a pack without frames');
  const records = concatBytes(frames.map(recordOf));
  const index = serializePackIndex({
    algorithm: first.pack.algorithm,
    frameCap: frameCapOf(records),
    frames: records,
    digests: concatBytes(frames.map(digestsOf)),
  });
  const stored = frames.reduce((sum, { frame }) => sum + frame.storedBytes, 0);
  const indexDigest = sha256(index);
  const indexOffset = PACK_HEADER_BYTES + stored;
  const footer = serializePackFooter({ indexOffset, indexLength: index.length, indexDigest });
  const tail = concatBytes([index, footer]);
  return { id: toHex(indexDigest), sizeBytes: indexOffset + tail.length, frames, tail };
};
