/** Types of the addon's FAT functions; see native.ts for the rules of this door. */
import type { NativeDevice } from './native.ts';

export interface NativeFatOptions {
  /** Empty: the type that fits the size. */
  readonly type: 'fat12' | 'fat16' | 'fat32' | '';
  readonly sectorSize: number;
  /** 0: chosen by size. */
  readonly clusterBytes: number;
  /** First sector of the partition on its disk. */
  readonly hiddenSectors: number;
  /** Least number of sectors before the first FAT. */
  readonly reservedSectors: number;
  /** Up to 11 characters of ASCII; empty for none. */
  readonly label: string;
  readonly serial: number;
  /** A FAT32 of fewer than 65,525 clusters. */
  readonly allowFewClusters: boolean;
}

export interface NativeFatGeometry {
  readonly type: 'fat12' | 'fat16' | 'fat32';
  readonly clusterBytes: number;
  readonly clusterCount: number;
  readonly reservedSectors: number;
}

/** A file or folder. */
export interface FatItem {
  readonly name: string;
  readonly isFolder: boolean;
  /** The attribute byte: 1 read-only, 2 hidden, 4 system, 16 folder, 32 archive. */
  readonly attributes: number;
  readonly sizeBytes: number;
  /** Unix time, UTC. */
  readonly modifiedSeconds: number;
}

/** Bytes of a volume, from its first byte on. */
export interface FatRange {
  readonly offset: number;
  readonly length: number;
}

export interface FatSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly clusterBytes: number;
}

/** What a check found; `count` is clusters, slots or bytes, as the kind wants. */
export interface FatProblem {
  readonly kind:
    | 'fats-differ'
    | 'lost-clusters'
    | 'orphaned-name'
    | 'not-unmounted'
    | 'free-count'
    | 'backup-boot-sector'
    | 'broken-chain'
    | 'crossed-chains'
    | 'wrong-length'
    | 'wrong-dots';
  /** Of the file or folder; empty for the volume. */
  readonly path: string;
  readonly count: number;
  readonly isMended: boolean;
}

export interface FatCheck {
  readonly problems: readonly FatProblem[];
  readonly files: number;
  readonly folders: number;
  /** Nothing was found that is not mended. */
  readonly isClean: boolean;
}

/** Files of an open volume. One method runs at a time; paths have `/` between components, case does not matter. */
export interface NativeFatVolume {
  space(): Promise<FatSpace>;
  list(path: string): Promise<FatItem[]>;
  find(path: string): Promise<FatItem | undefined>;
  read(path: string, offset: number, length: number): Promise<Buffer>;
  ranges(path: string): Promise<FatRange[]>;
  write(path: string, content: Uint8Array, nowSeconds: number): Promise<void>;
  reserve(length: number): Promise<FatRange>;
  publish(path: string, reserved: FatRange, nowSeconds: number): Promise<void>;
  overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  makeFolder(path: string, nowSeconds: number): Promise<void>;
  remove(path: string): Promise<void>;
  finish(): Promise<void>;
  /** Lets go of the device; nothing is written. */
  close(): void;
}

export interface NativeFat {
  formatFat(
    device: NativeDevice,
    offset: number,
    size: number,
    options: NativeFatOptions,
  ): Promise<NativeFatGeometry>;
  openFat(device: NativeDevice, offset: number, size: number): Promise<NativeFatVolume>;
  checkFat(device: NativeDevice, offset: number, size: number, mend: boolean): Promise<FatCheck>;
}
