/** Proof of frames that somebody else sends, before anything of them is kept. */
import type { FramePiece } from '../../codec/frame-piece.ts';
import { PACK_HEADER_BYTES } from '../../codec/image-limits.ts';
import { native } from '../../disk/native.ts';
import { NacreError } from '../../errors.ts';
import { awaitOperation } from '../operation.ts';

/** Proves every chunk of a piece by its digest, as a check of the store does. @throws NacreError STORE_UPLOAD_FRAME */
export const provePiece = async (piece: FramePiece): Promise<void> => {
  const { algorithm, frames, digests, stored } = piece;
  const read = async (offset: number, target: Uint8Array, attempt: number): Promise<boolean> => {
    const start = offset - PACK_HEADER_BYTES;
    target.set(stored.subarray(start, start + target.length));
    return attempt === 0;
  };
  const sizeBytes = PACK_HEADER_BYTES + stored.length;
  const packs = [{ path: 'a piece', frames, digests, sizeBytes, read }];
  const { damaged } = await awaitOperation(
    native.startCheck({ packs, algorithm, wanted: new Uint8Array(), threads: 1 }),
    { phase: 'check' },
  );
  const [first] = damaged;
  if (first === undefined) return;
  const { expected, found, reason } = first;
  throw new NacreError('STORE_UPLOAD_FRAME', { expected, found: found || 'none', reason });
};
