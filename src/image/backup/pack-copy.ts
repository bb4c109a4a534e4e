/** Copies frames into new packs on a backup partition: written in place, read back, then published. */
import path from 'node:path';
import { equalBytes } from '../../codec/bytes.ts';
import { FRAME_RECORD_BYTES } from '../../codec/image-limits.ts';
import { serializePackHeader } from '../../codec/pack.ts';
import type { OpenDisk } from '../../disk/device.ts';
import type { FatVolume, VolumeWindow } from '../../disk/fat.ts';
import { fromNative, native } from '../../disk/native.ts';
import type { FatRange } from '../../disk/native-fat.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { ImageSource } from '../store/image-source.ts';
import { packName } from '../store/store-layout.ts';
import { describePack, type NewPack, type SourceFrame, takeFrames } from './fill-frames.ts';
import type { Pace } from './pace.ts';
import { BACKUP_FOLDER } from './volume-files.ts';

/** What one cut can cost: a pack is there whole, verified, or not at all. */
export const NEW_PACK_BYTES = 64 * 2 ** 20;
/** Smallest pack that a fragmented volume is tried with. */
const LEAST_PACK_BYTES = 2 ** 20;
const PIECE_BYTES = 2 ** 20;
/** BLAKE3, of pieces on their way. */
const PIECE_ALGORITHM = 1;
const CHECK_OFFSET = 8;

/** A backup volume that is written to. */
export interface CopyTarget {
  readonly disk: OpenDisk;
  readonly window: VolumeWindow;
  readonly volume: FatVolume;
}

export interface CopyOptions {
  readonly source: ImageSource;
  readonly pace: Pace;
  /** Largest pack that is made. */
  readonly packLimitBytes: number;
  /** Told after each piece how many bytes more were written, or read back and right. */
  readonly onMoved: (moved: { readonly written?: number; readonly verified?: number }) => void;
}

/** Frames of one pack that lie next to each other, up to a piece. */
function* neighbours(frames: readonly SourceFrame[]): Iterable<readonly SourceFrame[]> {
  let run: SourceFrame[] = [];
  let length = 0;
  for (const next of frames) {
    const last = run.at(-1);
    const follows =
      last !== undefined &&
      last.pack === next.pack &&
      last.frame.offset + last.frame.storedBytes === next.frame.offset;
    if (last !== undefined && (!follows || length + next.frame.storedBytes > PIECE_BYTES)) {
      yield run;
      run = [];
      length = 0;
    }
    run.push(next);
    length += next.frame.storedBytes;
  }
  if (run.length > 0) yield run;
}

const checkFrame = ({ pack, frame }: SourceFrame, bytes: Uint8Array): void => {
  const at = frame.number * FRAME_RECORD_BYTES;
  const check = pack.frames.subarray(at + CHECK_OFFSET, at + FRAME_RECORD_BYTES);
  if (equalBytes(native.digest(pack.algorithm, bytes).subarray(0, check.length), check)) return;
  const reason = `the frame at offset ${frame.offset} is damaged`;
  throw new NacreError('STORE_PACK_DAMAGED', { pack: pack.id, reason });
};

/** The bytes of a pack in order; each frame is checked before it is given away. */
async function* contentOf(pack: NewPack, source: ImageSource): AsyncIterable<Uint8Array> {
  yield serializePackHeader();
  for (const run of neighbours(pack.frames)) {
    const [first] = run;
    if (first === undefined) continue;
    const length = run.reduce((sum, { frame }) => sum + frame.storedBytes, 0);
    const bytes = await source.readPackBytes(first.pack.id, first.frame.offset, length);
    for (const one of run) {
      const at = one.frame.offset - first.frame.offset;
      checkFrame(one, bytes.subarray(at, at + one.frame.storedBytes));
    }
    yield bytes;
  }
  yield pack.tail;
}

/** The same bytes in pieces of one length; the last one is filled up with zeros to whole sectors. */
async function* piecesOf(
  content: AsyncIterable<Uint8Array>,
  sectorSize: number,
): AsyncIterable<Uint8Array> {
  let piece = Buffer.alloc(PIECE_BYTES);
  let length = 0;
  for await (const bytes of content) {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + PIECE_BYTES - length);
      piece.set(part, length);
      length += part.length;
      at += part.length;
      if (length < PIECE_BYTES) continue;
      yield piece;
      piece = Buffer.alloc(PIECE_BYTES);
      length = 0;
    }
  }
  if (length > 0) yield piece.subarray(0, Math.ceil(length / sectorSize) * sectorSize);
}

interface WrittenPiece {
  readonly offset: number;
  readonly length: number;
  readonly digest: Uint8Array;
}

const writePieces = async (
  { disk, window }: CopyTarget,
  pack: NewPack,
  reserved: FatRange,
  { source, pace, onMoved }: CopyOptions,
): Promise<readonly WrittenPiece[]> => {
  const written: WrittenPiece[] = [];
  let offset = window.startBytes + reserved.offset;
  for await (const piece of piecesOf(contentOf(pack, source), disk.sectorSize)) {
    await fromNative(disk.device.write(offset, piece));
    const { length } = piece;
    written.push({ offset, length, digest: native.digest(PIECE_ALGORITHM, piece) });
    offset += length;
    onMoved({ written: length });
    await pace.spend(length);
  }
  await fromNative(disk.device.flush());
  return written;
};

const readBack = async (
  { disk }: CopyTarget,
  pack: NewPack,
  written: readonly WrittenPiece[],
  { pace, onMoved }: CopyOptions,
): Promise<void> => {
  for (const { offset, length, digest } of written) {
    const found = await fromNative(disk.device.read(offset, length));
    if (!equalBytes(native.digest(PIECE_ALGORITHM, found), digest)) {
      const facts = { path: disk.info.path, offset, what: `pack ${pack.id}` };
      throw new NacreError('DISK_READ_BACK', facts);
    }
    onMoved({ verified: length });
    await pace.spend(length);
  }
};

const pathOf = ({ id }: NewPack): string => `${BACKUP_FOLDER}/${packName(id)}`;

/** The next pack and its place; a smaller one where no run of free clusters is long enough. */
const reserveNext = async (
  { volume }: CopyTarget,
  frames: readonly SourceFrame[],
  { first, limitBytes }: { readonly first: number; readonly limitBytes: number },
): Promise<{ readonly pack: NewPack; readonly reserved: FatRange }> => {
  for (let limit = limitBytes; ; limit /= 2) {
    const pack = describePack(takeFrames(frames, first, limit));
    // Before: what is reserved belongs to nobody, and a new folder could take it.
    await volume.makeFolder(path.dirname(pathOf(pack)));
    try {
      return { pack, reserved: await volume.reserve(pack.sizeBytes) };
    } catch (reason) {
      if (!isNacreError(reason, 'FAT_FULL') || limit <= LEAST_PACK_BYTES) throw reason;
    }
  }
};

/**
 * Copies frames as they are into new packs. Each is published after it was read back: what is there stays after a
 * cut, and is not copied again.
 *
 * @returns names of the new packs
 * @throws NacreError STORE_PACK_DAMAGED for a frame of the source that is damaged, DISK_READ_BACK, FAT_FULL,
 *   CANCELLED
 */
export const copyFrames = async (
  target: CopyTarget,
  frames: readonly SourceFrame[],
  options: CopyOptions,
): Promise<readonly string[]> => {
  const packs: string[] = [];
  for (let next = 0; next < frames.length; ) {
    const place = { first: next, limitBytes: options.packLimitBytes };
    const { pack, reserved } = await reserveNext(target, frames, place);
    await readBack(target, pack, await writePieces(target, pack, reserved, options), options);
    await target.volume.publish(pathOf(pack), reserved);
    packs.push(pack.id);
    next += pack.frames.length;
  }
  return packs;
};
