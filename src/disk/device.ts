/**
 * Disks: what they are, who uses them, and the only two ways to open one. Every check that stands
 * between a command and somebody's data (style.md section 12) is in this file.
 */
import { isNacreError, NacreError } from '../errors.ts';
import {
  fromNative,
  type NativeDevice,
  type NativeDeviceInfo,
  type NativeDeviceUse,
  native,
} from './native.ts';

/** Facts about a block device or an image file. */
export type DeviceInfo = NativeDeviceInfo;

/** An open disk with the sector size that its tables count in. Close it, or use `using`. */
export interface OpenDisk extends Disposable {
  readonly info: DeviceInfo;
  readonly device: NativeDevice;
  readonly sectorSize: number;
  /** Opened by `openForWrite`: nobody else holds it exclusively. */
  readonly isWritable: boolean;
  close(): void;
}

export interface OpenForReadOptions {
  /** `--sector-size`; must be the device's own for a block device. */
  readonly sectorSize?: number | undefined;
  /** Read it although it is mounted or held: the content may change meanwhile. */
  readonly allowInUse?: boolean | undefined;
}

export interface OpenForWriteOptions {
  /** `--sector-size`; must be the device's own for a block device. */
  readonly sectorSize?: number | undefined;
  /** What is to be written counts in sectors of this size. */
  readonly neededSectorSize?: number | undefined;
  /** What is to be written needs this many bytes. */
  readonly neededBytes?: number | undefined;
  /** The disk as it was when the plan was made. */
  readonly expected?: Pick<DeviceInfo, 'identity' | 'sizeBytes'> | undefined;
}

const SECTOR_SIZES: readonly number[] = [512, 1024, 2048, 4096];

const describeUse = ({ kind, device, where }: NativeDeviceUse): string => {
  switch (kind) {
    case 'mounted':
      return `${device} is mounted on ${where}`;
    case 'system':
      return `${device} belongs to the running system (${where})`;
    case 'swap':
      return `${device} is swap`;
    case 'held':
      return `${device} is held by ${where}`;
  }
};

/** Why a disk may not be written, one phrase for each reason; empty when it may. */
export const reasonsAgainstWriting = (
  info: Pick<DeviceInfo, 'uses' | 'isReadOnly'>,
): readonly string[] => [
  ...info.uses.map(describeUse),
  ...(info.isReadOnly ? ['it is read-only'] : []),
];

const inUse = (path: string, uses: readonly NativeDeviceUse[]): NacreError =>
  new NacreError('DISK_IN_USE', { path, use: uses.map(describeUse).join('; ') });

const errorCodeOf = ({ facts: { errorCode } }: NacreError): string => String(errorCode ?? '');

/** The refusal behind a failed `stat` or `open` of a disk. */
const explainOpening = (path: string, action: 'read' | 'write', reason: unknown): unknown => {
  if (!isNacreError(reason)) return reason;
  const options = { cause: reason };
  switch (errorCodeOf(reason)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new NacreError('DISK_NOT_FOUND', { path }, options);
    case 'EACCES':
    case 'EPERM':
      return new NacreError('DISK_PERMISSION', { path, action }, options);
    case 'EROFS':
      return new NacreError('DISK_READ_ONLY', { path }, options);
    case 'EBUSY':
    case 'ETXTBSY':
      return new NacreError('DISK_IN_USE', { path, use: 'another program holds it open' }, options);
    default:
      return reason;
  }
};

/** Awaits the addon; what it says of opening or claiming a disk becomes the refusal behind it. */
export const explained = async <Result>(
  path: string,
  action: 'read' | 'write',
  work: Promise<Result>,
): Promise<Result> => {
  try {
    return await fromNative(work);
  } catch (reason) {
    throw explainOpening(path, action, reason);
  }
};

/**
 * Facts about a disk, partition or image file; links are followed.
 *
 * @throws NacreError DISK_NOT_FOUND, DISK_NOT_A_DISK, DISK_PERMISSION, DISK_VANISHED
 */
export const inspectDisk = (path: string): Promise<DeviceInfo> =>
  explained(path, 'read', native.inspectDevice(path));

/** All whole disks of this machine, by name. */
export const listDisks = (): Promise<readonly DeviceInfo[]> => fromNative(native.listDevices());

/**
 * Text that differs after something wrote to the disk or file: taken before and after reading it, it
 * tells whether what was read is of one piece.
 */
export const changeMarker = (path: string): Promise<string> =>
  explained(path, 'read', native.changeMarker(path));

const checkSectorSize = (info: DeviceInfo, asked: number | undefined): void => {
  if (asked === undefined) return;
  const isPossible =
    info.kind === 'file' ? SECTOR_SIZES.includes(asked) : asked === info.logicalSectorSize;
  if (isPossible) return;
  const { path, logicalSectorSize: sectorSize } = info;
  throw new NacreError('DISK_SECTOR_SIZE', { path, sectorSize, neededSectorSize: asked });
};

/** A file's sector size is what its GPT was written with; a device knows its own. */
const sectorSizeOf = (
  info: DeviceInfo,
  device: NativeDevice,
  asked: number | undefined,
): Promise<number> => {
  if (asked !== undefined) return Promise.resolve(asked);
  if (info.kind !== 'file') return Promise.resolve(info.logicalSectorSize);
  return fromNative(native.probeSectorSize(device));
};

const openDisk = async (
  info: DeviceInfo,
  write: boolean,
  sectorSize: number | undefined,
): Promise<OpenDisk> => {
  const options = { write, exclusive: write, direct: true };
  const action = write ? 'write' : 'read';
  const device = await explained(info.path, action, native.openDevice(info.path, options));
  const close = (): void => device.close();
  try {
    return {
      info,
      device,
      sectorSize: await sectorSizeOf(info, device, sectorSize),
      isWritable: write,
      close,
      [Symbol.dispose]: close,
    };
  } catch (reason) {
    close();
    throw reason;
  }
};

/**
 * Opens a disk, partition or image file to read it.
 *
 * @throws NacreError DISK_IN_USE when somebody can write to it meanwhile, DISK_SECTOR_SIZE, and those of
 *   `inspectDisk`
 */
export const openForRead = async (
  path: string,
  options: OpenForReadOptions = {},
): Promise<OpenDisk> => {
  const info = await inspectDisk(path);
  const writers = info.uses.filter((use) => !use.isReadOnly);
  if (writers.length > 0 && options.allowInUse !== true) throw inUse(path, writers);
  checkSectorSize(info, options.sectorSize);
  return openDisk(info, false, options.sectorSize);
};

const checkExpected = (
  path: string,
  info: DeviceInfo,
  expected: Pick<DeviceInfo, 'identity' | 'sizeBytes'> | undefined,
): void => {
  if (expected === undefined) return;
  if (info.identity === expected.identity && info.sizeBytes === expected.sizeBytes) return;
  const text = (disk: Pick<DeviceInfo, 'identity' | 'sizeBytes'>): string =>
    `${disk.identity} with ${disk.sizeBytes} bytes`;
  throw new NacreError('DISK_CHANGED', { path, found: text(info), expected: text(expected) });
};

/**
 * Refuses a disk that must not be written; nothing is opened or changed.
 *
 * @throws NacreError DISK_CHANGED, DISK_IN_USE, DISK_READ_ONLY, DISK_SECTOR_SIZE, DISK_TOO_SMALL
 */
export const checkWritable = (
  path: string,
  info: DeviceInfo,
  options: OpenForWriteOptions = {},
): void => {
  checkExpected(path, info, options.expected);
  if (info.uses.length > 0) throw inUse(path, info.uses);
  if (info.isReadOnly) throw new NacreError('DISK_READ_ONLY', { path });
  checkSectorSize(info, options.sectorSize);
  if (info.sizeBytes < (options.neededBytes ?? 0)) {
    const facts = { sizeBytes: info.sizeBytes, neededBytes: options.neededBytes ?? 0 };
    throw new NacreError('DISK_TOO_SMALL', { path, ...facts });
  }
};

/** @throws NacreError DISK_SECTOR_SIZE when what is to be written counts in other sectors */
export const requireSectorSize = (disk: OpenDisk, neededSectorSize: number): void => {
  if (neededSectorSize === disk.sectorSize) return;
  const { sectorSize, info } = disk;
  throw new NacreError('DISK_SECTOR_SIZE', { path: info.path, sectorSize, neededSectorSize });
};

/**
 * Opens a whole disk, a partition or an image file for writing, exclusively, after every check.
 *
 * @throws NacreError those of `checkWritable` and `inspectDisk`; DISK_IN_USE also when it is held by a
 *   program that only the kernel knows of. Nothing was changed then.
 */
export const openForWrite = async (
  path: string,
  options: OpenForWriteOptions = {},
): Promise<OpenDisk> => {
  const info = await inspectDisk(path);
  checkWritable(path, info, options);
  const disk = await openDisk(info, true, options.sectorSize);
  try {
    requireSectorSize(disk, options.neededSectorSize ?? disk.sectorSize);
    // What was looked at and what is open now must be the same: names move between devices.
    checkExpected(path, await inspectDisk(path), info);
    return disk;
  } catch (reason) {
    disk.close();
    throw reason;
  }
};

/**
 * Before another program writes to an open disk by its name: it is held for writing here, and the name
 * still means it.
 *
 * @throws NacreError DISK_CHANGED; TypeError for a disk that is open for reading only
 */
export const checkHeld = async (disk: OpenDisk): Promise<void> => {
  const { path } = disk.info;
  if (!disk.isWritable) throw new TypeError(`${path} is open for reading only`);
  checkExpected(path, await inspectDisk(path), disk.info);
};

/**
 * A failure while a disk was in use, by its better name: an I/O error of a device that does not answer
 * any more is DISK_VANISHED. Anything else comes back as it is.
 */
export const explainFailure = async (info: DeviceInfo, reason: unknown): Promise<unknown> => {
  if (!isNacreError(reason) || errorCodeOf(reason) !== 'EIO') return reason;
  try {
    checkExpected(info.path, await inspectDisk(info.path), info);
    return reason;
  } catch {
    const facts = { path: info.path, reason: 'EIO', errorCode: 'EIO' };
    return new NacreError('DISK_VANISHED', facts, { cause: reason });
  }
};
