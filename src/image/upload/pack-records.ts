/** Records of frames that are on their way into a pack: collected, cut, and read back from the file that holds them meanwhile. */
import { type FramePiece, parsePieceHead, pieceHeadBytes } from '../../codec/frame-piece.ts';
import {
  DIGEST_BYTES,
  FRAME_RECORD_BYTES,
  PACK_FOOTER_BYTES,
  PACK_HEADER_BYTES,
} from '../../codec/image-limits.ts';
import { frameBytesOf, type PackIndex } from '../../codec/pack.ts';
import { isNacreError } from '../../errors.ts';

/** Frame records and the digests of their chunks. */
export type FrameRecords = Pick<PackIndex, 'frames' | 'digests'>;

/** One frame of a piece. */
type FramePart = Omit<FramePiece, 'algorithm'>;

/** Records of the pack that is being filled, in rooms that grow by doubling. */
export class GrowingRecords {
  #frames = new Uint8Array(4096);
  #digests = new Uint8Array(4096);
  #framesBytes = 0;
  #digestsBytes = 0;
  /** Stored bytes of all frames. */
  storedBytes = 0;

  add({ frames, digests }: FrameRecords): void {
    this.#frames = grown(this.#frames, this.#framesBytes, frames);
    this.#framesBytes += frames.length;
    this.#digests = grown(this.#digests, this.#digestsBytes, digests);
    this.#digestsBytes += digests.length;
    this.storedBytes += frameBytesOf(frames);
  }

  get all(): FrameRecords {
    return {
      frames: this.#frames.subarray(0, this.#framesBytes),
      digests: this.#digests.subarray(0, this.#digestsBytes),
    };
  }

  /** Of the whole pack with one more piece. */
  packBytesWith({ frames, digests }: FrameRecords, storedBytes: number): number {
    const records = pieceHeadBytes(
      this.#framesBytes + frames.length,
      this.#digestsBytes + digests.length,
    );
    return PACK_HEADER_BYTES + this.storedBytes + storedBytes + records + PACK_FOOTER_BYTES;
  }

  get isEmpty(): boolean {
    return this.#framesBytes === 0;
  }
}

const grown = (
  room: Uint8Array<ArrayBuffer>,
  used: number,
  more: Uint8Array,
): Uint8Array<ArrayBuffer> => {
  let target = room;
  if (used + more.length > room.length) {
    target = new Uint8Array(2 * (used + more.length));
    target.set(room.subarray(0, used));
  }
  target.set(more, used);
  return target;
};

/** The frames of a piece in order, with what belongs to each. */
export function* framesIn({ frames, digests, stored }: FramePiece): Iterable<FramePart> {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let [chunk, offset] = [0, 0];
  for (let at = 0; at < frames.length; at += FRAME_RECORD_BYTES) {
    const length = view.getUint32(at, true);
    const chunks = view.getUint8(at + 4);
    yield {
      frames: frames.subarray(at, at + FRAME_RECORD_BYTES),
      digests: digests.subarray(chunk * DIGEST_BYTES, (chunk + chunks) * DIGEST_BYTES),
      stored: stored.subarray(offset, offset + length),
    };
    chunk += chunks;
    offset += length;
  }
}

/**
 * The records that the heads of pieces hold, one behind the other, as far as they are whole and `storedBytes` reach.
 * What comes after that was being written when a process ended.
 */
export const readHeads = (bytes: Uint8Array, storedBytes: number): FrameRecords => {
  const heads: FrameRecords[] = [];
  let stored = 0;
  try {
    for (let at = 0; at < bytes.length; ) {
      const { frames, digests, headBytes } = parsePieceHead(bytes.subarray(at));
      stored += frameBytesOf(frames);
      if (stored > storedBytes) break;
      heads.push({ frames, digests });
      at += headBytes;
    }
  } catch (reason) {
    if (!isNacreError(reason, 'IMAGE_FORMAT') && !isNacreError(reason, 'IMAGE_FORMAT_VERSION'))
      throw reason;
  }
  return {
    frames: Buffer.concat(heads.map((head) => head.frames)),
    digests: Buffer.concat(heads.map((head) => head.digests)),
  };
};

/** The frames before the first one that is damaged. */
export const wholePart = (records: FrameRecords, damagedOffset: number): FrameRecords => {
  const view = new DataView(records.frames.buffer, records.frames.byteOffset);
  let [offset, at, chunks] = [PACK_HEADER_BYTES, 0, 0];
  while (at < records.frames.length && offset < damagedOffset) {
    offset += view.getUint32(at, true);
    chunks += view.getUint8(at + 4);
    at += FRAME_RECORD_BYTES;
  }
  return {
    frames: records.frames.subarray(0, at),
    digests: records.digests.subarray(0, chunks * DIGEST_BYTES),
  };
};
