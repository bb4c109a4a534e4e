/** What the sender of a capture asks of whoever takes it, whatever lies between them. */
import type { DigestAlgorithm } from '../../codec/image-limits.ts';

/** A version that came by an upload. */
export interface UploadedVersion {
  readonly name: string;
  readonly id: string;
  readonly parent: string | null;
  /** Bytes of used blocks. */
  readonly usedBytes: number;
  /** Bytes that were sent and kept for it. */
  readonly storedBytes: number;
}

/** What a sender is told before it looks at its disk. */
export interface UploadBegin {
  readonly algorithm: DigestAlgorithm;
  /** Id of the version that this one is captured over. */
  readonly parent: string | null;
  /** Digests that need not be sent. */
  readonly knownDigests: number;
  /** It is published already: only the answer got lost. */
  readonly version: UploadedVersion | null;
}

/** The whole draft of a manifest. */
export interface UploadDraft {
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly digest: string;
}

/** Takes a capture. Each step may be asked again when its answer was lost. */
export interface UploadTarget {
  begin(disk: { readonly sizeBytes: number }): Promise<UploadBegin>;
  /** Digests that need not be sent, 32 bytes each, from the row `from` on; none behind the last. */
  known(from: number): Promise<Uint8Array>;
  /** A piece (src/codec/frame-piece.ts) in parts: its head, and stored bytes of frames. */
  putFrames(parts: readonly Uint8Array[]): Promise<void>;
  /**
   * Bytes of a manifest of what was captured, whose names and times do not count; in order from its first byte.
   *
   * @returns bytes that are there now: fewer than were sent when some got lost
   */
  putDraft(at: number, bytes: Uint8Array): Promise<number>;
  /** @returns undefined when something that had arrived is lost: the sender begins again, and sends what lacks */
  publish(draft: UploadDraft): Promise<UploadedVersion | undefined>;
}
