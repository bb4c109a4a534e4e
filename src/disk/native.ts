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
import type { NativeFat } from './native-fat.ts';

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
  /** Bytes in used 4 KiB blocks of the partition; 0 where the map cannot be read. */
  readonly usedBytes: number;
  /** Smallest partition, in bytes from its start, that still holds every used block and the tail copy. */
  readonly minimumBytes: number;
  /** Why it may not be captured by its map: see `IMAGE_SOURCE_…` codes. `clean` may. */
  readonly state: 'clean' | 'dirty' | 'hibernated' | 'journal' | 'unsupported' | 'damaged';
  /**
   * One phrase for people: the flag, feature or field behind `state`; empty when clean. For `raw` the name
   * of what is there (`LUKS`, `btrfs`, …), where that is known.
   */
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
  /** Bytes written to the target (apply), or to packs or whoever takes the frames (capture). */
  readonly writtenBytes: number;
}

export interface NativeCapturePartition {
  readonly offset: number;
  readonly size: number;
  /** `raw` captures every block; any other value is a type that `probeFileSystem` gave. */
  readonly fileSystem: NativeFileSystem['type'];
}

/** Packs of a capture in files. */
export interface NativePackFiles {
  /** Existing folder that gets `0.pack`, `1.pack`, … with frames from offset 32 on; not flushed names. */
  readonly packDirectory: string;
  readonly packLimitBytes: number;
}

/** Frames of a capture that JavaScript takes instead of files; the result then has no packs. */
export interface NativeFrameTaker {
  /**
   * Takes frames in disk order: their records (16 bytes each), the digests of their chunks (32 bytes each) and their
   * stored bytes, at most 2.25 MiB. Called again before the promise has settled, once for each thread at most; all threads
   * wait then. `stored` is a view of memory that is used again when the promise has resolved. A NacreError that it
   * rejects with ends the operation, with its code and facts; no call comes after the operation has ended.
   */
  readonly writeFrames: (
    frames: Uint8Array,
    digests: Uint8Array,
    stored: Uint8Array,
  ) => Promise<void>;
}

export interface NativeCaptureSource {
  readonly device: NativeDevice;
  readonly partitions: readonly NativeCapturePartition[];
  /** 1 BLAKE3-256, 2 SHA-256. */
  readonly algorithm: number;
  /** zstd level, 1 to 19. */
  readonly level: number;
  /** Digests (32 bytes each) that the store has already. */
  readonly knownDigests: Uint8Array;
  /** 0 = chosen by the addon. */
  readonly threads: number;
  /** Unreadable blocks become gaps instead of an error. */
  readonly skipBad: boolean;
}

export type NativeCaptureOptions = NativeCaptureSource & (NativePackFiles | NativeFrameTaker);

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

/** Bytes of a device. */
export interface NativeRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * A pack with the records of its index: a file; with `device` ranges of that device; with `read` what that
 * function gives.
 */
export interface NativePack {
  /** Of the file; otherwise a name for people that no other pack has. */
  readonly path: string;
  readonly frames: Uint8Array;
  readonly digests: Uint8Array;
  readonly device?: NativeDevice;
  /** Where the bytes of the pack lie on the device, in their order. */
  readonly ranges?: readonly NativeRange[];
  /**
   * Fills `target` from `offset` of the pack. Several calls are under way at a time. `attempt` counts from 0; a
   * higher one says that the bytes of the last one were damaged. Resolves to false when there is nowhere else to
   * read from. A NacreError that it rejects with ends the operation, with its code and facts.
   */
  readonly read?: (offset: number, target: Uint8Array, attempt: number) => Promise<boolean>;
  /** Bytes of the pack; needed with `read`. */
  readonly sizeBytes?: number;
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

/** Why a device must be left alone; `system`: a mount that the running root file system needs. */
export interface NativeDeviceUse {
  readonly kind: 'mounted' | 'swap' | 'held' | 'system';
  /** What is used: the device, one of its partitions, or something stacked upon it. */
  readonly device: string;
  /** Mount point, or name of the holder; empty for swap. */
  readonly where: string;
  /** A mount that nobody can write through. */
  readonly isReadOnly: boolean;
}

/** A partition as the kernel shows it; bytes from the start of the disk. */
export interface NativeKernelPartition {
  readonly number: number;
  readonly path: string;
  readonly offset: number;
  readonly size: number;
}

/** What is known of a block device or image file without opening it. Unknown texts are empty. */
export interface NativeDeviceInfo {
  /** Absolute, without links. */
  readonly path: string;
  readonly kind: 'disk' | 'partition' | 'loop' | 'device-mapper' | 'raid' | 'file';
  /** Whole disk of a partition. */
  readonly diskPath?: string;
  readonly partitionNumber?: number;
  readonly sizeBytes: number;
  /** 512 for a file, whose real sector size only its user knows. */
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number;
  /** Best multiple for requests; 0 where the device names none. */
  readonly optimalIoBytes: number;
  /** Bytes by which the first physical sector is shifted. */
  readonly alignmentOffset: number;
  readonly model: string;
  readonly serial: string;
  readonly wwn: string;
  /** `usb`, `sata`, `nvme`, `mmc`, `virtio`, `sas`, `iscsi`, `scsi`, or empty. */
  readonly transport: string;
  /** Stays when the device gets another name: `wwn:…`, else `serial:…`, else `path:…`. */
  readonly identity: string;
  readonly isReadOnly: boolean;
  readonly isRemovable: boolean;
  readonly isRotational?: boolean;
  readonly partitions: readonly NativeKernelPartition[];
  readonly uses: readonly NativeDeviceUse[];
}

/** A row of an MBR; logical sectors of the disk, both ends inclusive. */
export interface NativeMbrEntry {
  readonly number: number;
  readonly firstLba: number;
  readonly lastLba: number;
  readonly type: number;
  readonly active: boolean;
  readonly kind: 'primary' | 'extended' | 'logical';
  /** Sector of the extended boot record that names a logical partition; chosen when missing. */
  readonly ebrLba?: number | undefined;
}

/** A row of a GPT; logical sectors of the disk, both ends inclusive. */
export interface NativeGptEntry {
  readonly number: number;
  readonly firstLba: number;
  readonly lastLba: number;
  readonly typeGuid: string;
  readonly guid: string;
  /** At most 36 UTF-16 code units. */
  readonly name: string;
  /** 16 hex digits. */
  readonly attributes: string;
}

/** Rows in the order of their numbers. GUIDs are lower case. */
export type NativePartitionTable =
  | { readonly type: 'none'; readonly entries: readonly [] }
  | {
      readonly type: 'mbr';
      /** Disk signature, 8 hex digits. */
      readonly signature: string;
      readonly entries: readonly NativeMbrEntry[];
    }
  | {
      readonly type: 'gpt';
      readonly guid: string;
      /** Entries that the table has room for. */
      readonly entryCount: number;
      /** First sector of the primary entries; 2 when missing. */
      readonly entriesLba?: number | undefined;
      /** The protective entry is active, which some BIOSes want before they boot. */
      readonly protectiveActive?: boolean | undefined;
      readonly entries: readonly NativeGptEntry[];
    };

/** Damage or oddity of a table; a fatal one means that the entries are not all the truth. */
export interface NativeTableProblem {
  readonly isFatal: boolean;
  readonly text: string;
}

/** One write of a plan; the plan is executed in order. */
export interface NativeWriteStep {
  readonly offset: number;
  readonly bytes: Buffer;
  /** Everything so far must be on the medium before the next step. */
  readonly flushAfter: boolean;
  /** Skip unless the place still begins with `EFI PART`: it removes a table that is dead by then. */
  readonly onlyOverGptHeader: boolean;
  /** For people: `backup GPT entries`. */
  readonly what: string;
}

/** A lock of a file. The kernel gives it up when the process ends, however it ends. */
export interface NativeLock {
  /** Gives the lock up; idempotent. */
  close(): void;
}

/** Functions of the addon. */
export interface NativeAddon extends NativeFat {
  openDevice(path: string, options: NativeDeviceOptions): Promise<NativeDevice>;
  /** Digest of some MiB at most, on the calling thread. */
  digest(algorithm: number, bytes: Uint8Array): Buffer;
  /** The chunks of one frame by its record (16 bytes) and stored bytes. Proves no digest. */
  decodeFrame(record: Uint8Array, stored: Uint8Array): Promise<Buffer>;
  /** Links are followed. Rejects with ENOENT, EACCES, ENODEV, or DISK_NOT_A_DISK. */
  inspectDevice(path: string): Promise<NativeDeviceInfo>;
  /** Whole disks that hold at least one sector. */
  listDevices(): Promise<readonly NativeDeviceInfo[]>;
  /** Text that differs after the device or file was written to; flushes pending writes first. */
  changeMarker(path: string): Promise<string>;
  /** Makes the kernel show these partitions (bytes); resolves to what it shows then. */
  refreshPartitions(
    path: string,
    wanted: readonly { readonly number: number; readonly offset: number; readonly size: number }[],
  ): Promise<readonly NativeKernelPartition[]>;
  readPartitionTable(
    device: NativeDevice,
    sectorSize: number,
  ): Promise<NativePartitionTable & { readonly problems: readonly NativeTableProblem[] }>;
  /** 512 or 4096: where a GPT header is found; 512 without one. */
  probeSectorSize(device: NativeDevice): Promise<number>;
  /** Only reads the device. `bootCode` replaces up to the first 440 bytes of sector 0. */
  planPartitionTableWrite(
    device: NativeDevice,
    sectorSize: number,
    table: NativePartitionTable,
    bootCode?: Uint8Array,
  ): Promise<readonly NativeWriteStep[]>;
  /**
   * Locks a file without waiting (flock) and makes it when it is missing; `undefined` while somebody else
   * holds a lock that excludes this one. Another lock of this process counts as somebody else.
   */
  lockFile(path: string, mode: 'shared' | 'exclusive'): NativeLock | undefined;
  /** Lowest I/O priority for every thread of this process; false where the kernel has none. */
  lowerIoPriority(): boolean;
  /** Recognises the volume in [offset, offset + size) and maps it. Rejects only when the device fails. */
  probeFileSystem(device: NativeDevice, offset: number, size: number): Promise<NativeFileSystem>;
  /**
   * Used 4 KiB blocks as merged extents from the partition's start, in order; the last one ends with the
   * partition. Rejects for a volume that cannot be mapped, and above 2^20 extents.
   */
  usedExtents(
    device: NativeDevice,
    offset: number,
    size: number,
    type: NativeFileSystem['type'],
  ): Promise<readonly { readonly offset: number; readonly length: number }[]>;
  /**
   * The four operations read the `Uint8Array`s they are given while they run: leave them as they are until
   * `done` has settled. Facts of their errors count partitions from 0, as in `partitions`.
   */
  startCapture(options: NativeCaptureOptions): NativeOperation<NativeCaptureResult>;
  startApply(options: NativeApplyOptions): NativeOperation<NativeApplyResult>;
  /** Without any pack, all used blocks of a chunk whose digest differs count as different. */
  startCompare(options: NativeCompareOptions): NativeOperation<NativeCompareResult>;
  startCheck(options: NativeCheckOptions): NativeOperation<NativeCheckResult>;
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
  /** Structure and field that cannot be what they claim. */
  readonly format?: string;
}

/** No regular file answers like this: the device is gone, or its medium. */
const VANISHED: ReadonlySet<string> = new Set(['ENXIO', 'ENODEV', 'ENOMEDIUM']);

/** Numbers that Linux has and Node cannot name. */
const EXTRA_NAMES: Readonly<Record<number, string>> = {
  [-123]: 'ENOMEDIUM',
  [-124]: 'EMEDIUMTYPE',
};

const errorName = (errno: number): string => EXTRA_NAMES[errno] ?? getSystemErrorName(errno);

/**
 * The error of the product for a rejection of the addon: its own code and facts, `DISK_VANISHED` for a
 * device that is gone, `DISK_IO` for another system call (with `errorCode`, such as `EIO`), and
 * `DISK_STRUCTURE` for bytes that contradict themselves. Anything else, a bug, comes back as it is.
 */
export const toNacreError = (reason: unknown): unknown => {
  if (!(reason instanceof Error)) return reason;
  const failure = reason as NativeFailure;
  if (failure.nacreCode !== undefined) {
    const { errno, ...facts } = failure.facts ?? {};
    const errorCode = errno === undefined ? {} : { errorCode: errorName(-Number(errno)) };
    const whole = { ...facts, ...errorCode } as FactsOf<ErrorCode>;
    return new NacreError(failure.nacreCode, whole, { cause: reason });
  }
  if (failure.format !== undefined) {
    return new NacreError('DISK_STRUCTURE', { what: failure.format }, { cause: reason });
  }
  if (failure.syscall === undefined || failure.errno === undefined) return reason;
  const errorCode = errorName(failure.errno);
  const facts = { syscall: failure.syscall, path: failure.path ?? '', reason: errorCode };
  if (VANISHED.has(errorCode)) {
    return new NacreError('DISK_VANISHED', { ...facts, errorCode }, { cause: reason });
  }
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
