/**
 * The only door to the C++ addon. Types are written by hand, with units; arguments are checked by the
 * callers in this folder and in `src/image`, the addon checks types only.
 *
 * Offsets, lengths and sizes are bytes, as JavaScript numbers (exact to 2^53). "Records" are packed
 * little-endian arrays exactly as docs/image-format.md lays them out, so that nothing is converted twice.
 */
import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { type ErrorCode, type FactsOf, type FactValue, NacreError } from '../errors.ts';

/** An open block device or image file. Operations that run keep it open after `close()`. */
export interface NativeDevice {
  readonly sizeBytes: number;
  readonly isBlockDevice: boolean;
  /** BLKSSZGET; 512 for a file. */
  readonly logicalSectorSize: number;
  read(offset: number, length: number): Promise<Buffer>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when all earlier writes are on the medium. */
  flush(): Promise<void>;
  zero(offset: number, length: number): Promise<void>;
  /** Resolves to false where the device cannot discard. */
  discard(offset: number, length: number): Promise<boolean>;
  close(): void;
}

export interface NativeDeviceOptions {
  readonly write: boolean;
  /** O_EXCL: fails with EBUSY while the block device or a partition of it is in use. */
  readonly exclusive: boolean;
  readonly direct: boolean;
}

/** Bytes that depend on where a volume lies: hidden sectors and geometry in a boot sector. */
export interface NativePositionalField {
  /** Offset from the partition's first byte. */
  readonly offset: number;
  /** `hidden-sectors` (u32), `sectors-per-track` (u16) or `heads` (u16), all little-endian. */
  readonly kind: 'hidden-sectors' | 'sectors-per-track' | 'heads';
  readonly length: number;
}

/** What a partition holds, read from its own structures. */
export interface NativeFileSystem {
  /** `raw` where nothing is recognised. */
  readonly type:
    | 'ntfs'
    | 'fat12'
    | 'fat16'
    | 'fat32'
    | 'exfat'
    | 'ext2'
    | 'ext3'
    | 'ext4'
    | 'xfs'
    | 'swap'
    | 'raw';
  readonly label: string;
  /** Volume serial or UUID as its own tools print it; empty where there is none. */
  readonly uuid: string;
  readonly clusterBytes: number;
  /** Length of the volume by its own header; it may be shorter than the partition. */
  readonly volumeBytes: number;
  /** Bytes in used 4 KiB blocks of the partition. */
  readonly usedBytes: number;
  /** Smallest partition, in bytes from its start, that still holds every used block and the tail copy. */
  readonly minimumBytes: number;
  /** Why it may not be captured by its map: see `IMAGE_SOURCE_…` codes. `clean` may. */
  readonly state: 'clean' | 'dirty' | 'hibernated' | 'journal' | 'unsupported' | 'damaged';
  /** One phrase for people: the flag, feature or field behind `state`; empty when clean. */
  readonly reason: string;
  readonly positionalFields: readonly NativePositionalField[];
}

/** A run of work with threads of its own. */
export interface NativeOperation<Result> {
  readonly done: Promise<Result>;
  /** Bytes that are verified so far (capture: read and stored); cheap, callable at any time. */
  progress(): NativeProgress;
  /** Stops cleanly; `done` then rejects with `{ cancelled: true }`. */
  cancel(): void;
}

export interface NativeProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Bytes written to the target (apply) or to packs (capture). */
  readonly writtenBytes: number;
}

export interface NativeCapturePartition {
  readonly offset: number;
  readonly size: number;
  /** `raw` captures every block; any other value is a type that `probeFileSystem` gave. */
  readonly fileSystem: NativeFileSystem['type'];
}

export interface NativeCaptureOptions {
  readonly device: NativeDevice;
  readonly partitions: readonly NativeCapturePartition[];
  /** 1 BLAKE3-256, 2 SHA-256. */
  readonly algorithm: number;
  /** zstd level, 1 to 19. */
  readonly level: number;
  /** Digests (32 bytes each) that the store has already. */
  readonly knownDigests: Uint8Array;
  /** Existing folder that gets `0.pack`, `1.pack`, … with frames from offset 32 on; not flushed names. */
  readonly packDirectory: string;
  readonly packLimitBytes: number;
  /** 0 = chosen by the addon. */
  readonly threads: number;
  /** Unreadable blocks become gaps instead of an error. */
  readonly skipBad: boolean;
}

export interface NativeCapturedPartition {
  readonly usedBytes: number;
  /** Run records, 16 bytes each. */
  readonly runs: Buffer;
  /** Mask records, u16 each, for the chunks of masked runs. */
  readonly masks: Buffer;
  /** Digest records, 32 bytes each, for the chunks of data runs. */
  readonly digests: Buffer;
  /** Unreadable source ranges, only with `skipBad`. */
  readonly gaps: readonly { readonly offset: number; readonly length: number }[];
}

export interface NativeCapturedPack {
  readonly path: string;
  /** Frame records, 16 bytes each. */
  readonly frames: Buffer;
  /** Digests of the frames' chunks in order, 32 bytes each. */
  readonly digests: Buffer;
  /** Length of the file: header room and frames, no index yet. */
  readonly sizeBytes: number;
}

export interface NativeCaptureResult {
  readonly partitions: readonly NativeCapturedPartition[];
  readonly packs: readonly NativeCapturedPack[];
  readonly newChunks: number;
  readonly reusedChunks: number;
  readonly zeroChunks: number;
}

/** A partition of an image beside its place on a disk. */
export interface NativeImagePartition {
  readonly offset: number;
  /** Bytes of the partition when it was captured; its last chunk ends there. */
  readonly size: number;
  readonly runs: Uint8Array;
  readonly masks: Uint8Array;
  readonly digests: Uint8Array;
  /** Bytes that hold `captured` in the image and `placed` on this disk. */
  readonly fields: readonly {
    readonly offset: number;
    readonly captured: Uint8Array;
    readonly placed: Uint8Array;
  }[];
}

/** A pack on the local disk with the records of its index. */
export interface NativePack {
  readonly path: string;
  readonly frames: Uint8Array;
  readonly digests: Uint8Array;
}

export interface NativeApplyOptions {
  readonly device: NativeDevice;
  readonly partitions: readonly NativeImagePartition[];
  readonly packs: readonly NativePack[];
  readonly algorithm: number;
  /** False writes every block without looking at what is there. */
  readonly compare: boolean;
  readonly threads: number;
}

export interface NativeApplyResult {
  readonly partitions: readonly {
    readonly writtenBytes: number;
    readonly unchangedBytes: number;
    readonly chunksWritten: number;
  }[];
  /** Bytes that were compared on the medium: unchanged ones and what was written and read back. */
  readonly verifiedBytes: number;
}

export interface NativeCompareOptions {
  readonly device: NativeDevice;
  readonly partitions: readonly NativeImagePartition[];
  readonly packs: readonly NativePack[];
  readonly algorithm: number;
  readonly threads: number;
}

export interface NativeCompareResult {
  readonly partitions: readonly {
    readonly differingChunks: number;
    /** Bytes of 4 KiB blocks that differ. */
    readonly differingBytes: number;
    /** Merged ranges from the partition's start, in order. */
    readonly ranges: readonly { readonly offset: number; readonly length: number }[];
  }[];
}

export interface NativeCheckOptions {
  readonly packs: readonly NativePack[];
  readonly algorithm: number;
  /** Digests to check, 32 bytes each; empty = every chunk of the packs. */
  readonly wanted: Uint8Array;
  readonly threads: number;
}

export interface NativeCheckResult {
  readonly checkedChunks: number;
  readonly damaged: readonly {
    readonly pack: string;
    readonly frame: number;
    /** Digest the index names, hex. */
    readonly expected: string;
    /** Digest of what was found, hex; empty when it could not be decompressed. */
    readonly found: string;
    /** Offset of the frame in the pack. */
    readonly offset: number;
    readonly reason: string;
  }[];
}

/** Functions of the addon. */
export interface NativeAddon {
  openDevice(path: string, options: NativeDeviceOptions): Promise<NativeDevice>;
  /** Digest of some MiB at most, on the calling thread. */
  digest(algorithm: number, bytes: Uint8Array): Buffer;
}

const require = createRequire(import.meta.url);

/** The addon itself. Use `fromNative` around its promises. */
export const native = require('../../build/Release/nacre.node') as NativeAddon;

interface NativeFailure extends Error {
  readonly nacreCode?: ErrorCode;
  readonly facts?: Readonly<Record<string, FactValue>>;
  readonly syscall?: string;
  readonly path?: string;
  readonly errno?: number;
}

/**
 * The error of the product for a rejection of the addon: its own code and facts, or `DISK_IO` for a
 * system call (with `errorCode`, such as `EIO`). Anything else, a bug, comes back as it is.
 */
export const toNacreError = (reason: unknown): unknown => {
  if (!(reason instanceof Error)) return reason;
  const failure = reason as NativeFailure;
  if (failure.nacreCode !== undefined) {
    const facts = failure.facts as FactsOf<ErrorCode>;
    return new NacreError(failure.nacreCode, facts, { cause: reason });
  }
  if (failure.syscall === undefined || failure.errno === undefined) return reason;
  const errorCode = getSystemErrorName(failure.errno);
  const facts = { syscall: failure.syscall, path: failure.path ?? '', reason: errorCode };
  return new NacreError('DISK_IO', { ...facts, errorCode }, { cause: reason });
};

/** Awaits a promise of the addon and turns its rejection into a NacreError. */
export const fromNative = async <Result>(promise: Promise<Result>): Promise<Result> => {
  try {
    return await promise;
  } catch (reason) {
    throw toNacreError(reason);
  }
};
