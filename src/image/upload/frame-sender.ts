/**
 * Sends the frames of a capture in pieces: what waits while others are on their way goes together, so that a slow link
 * carries few long messages, and a fast one does not wait.
 */
import { PIECE_LIMIT_BYTES, pieceHeadBytes, serializePieceHead } from '../../codec/frame-piece.ts';
import type { DigestAlgorithm } from '../../codec/image-limits.ts';
import type { NativeFrameTaker } from '../../disk/native.ts';
import type { UploadTarget } from './upload-target.ts';

/** One that is being taken, and one that is on its way meanwhile. */
const MOST_ON_THEIR_WAY = 2;

interface Batch {
  readonly frames: Uint8Array;
  readonly digests: Uint8Array;
  readonly stored: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Takes frames from the addon, whose threads wait until they have arrived. */
export class FrameSender {
  readonly #target: Pick<UploadTarget, 'putFrames'>;
  readonly #algorithm: DigestAlgorithm;
  #waiting: Batch[] = [];
  #onTheirWay = 0;
  /** Why nothing is sent any more. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(target: Pick<UploadTarget, 'putFrames'>, algorithm: DigestAlgorithm) {
    this.#target = target;
    this.#algorithm = algorithm;
  }

  /** For the addon. */
  readonly writeFrames: NativeFrameTaker['writeFrames'] = (frames, digests, stored) =>
    new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure.reason);
        return;
      }
      this.#waiting.push({ frames, digests, stored, resolve, reject });
      this.#sendWaiting();
    });

  #sendWaiting(): void {
    while (this.#onTheirWay < MOST_ON_THEIR_WAY && this.#waiting.length > 0) {
      void this.#send(this.#takePiece());
    }
  }

  /** The batches that go next: at least one, and as many as one piece holds. */
  #takePiece(): readonly Batch[] {
    let [frames, digests, stored, count] = [0, 0, 0, 0];
    for (const batch of this.#waiting) {
      frames += batch.frames.length;
      digests += batch.digests.length;
      stored += batch.stored.length;
      if (count > 0 && pieceHeadBytes(frames, digests) + stored > PIECE_LIMIT_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(piece: readonly Batch[]): Promise<void> {
    this.#onTheirWay++;
    try {
      const head = serializePieceHead(
        this.#algorithm,
        Buffer.concat(piece.map(({ frames }) => frames)),
        Buffer.concat(piece.map(({ digests }) => digests)),
      );
      await this.#target.putFrames([head, ...piece.map(({ stored }) => stored)]);
      for (const { resolve } of piece) resolve();
    } catch (reason) {
      this.#failure = { reason };
      for (const { reject } of [...piece, ...this.#waiting.splice(0)]) reject(reason);
    } finally {
      this.#onTheirWay--;
      this.#sendWaiting();
    }
  }
}
