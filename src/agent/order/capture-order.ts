/** An order to capture this machine: its disk is read, and goes to the server as a new version of an image. */
import type { DeviceInfo } from '../../disk/device.ts';
import type { Machine } from '../../disk/machine.ts';
import type { OnProgress } from '../../image/operation.ts';
import { captureToUpload } from '../../image/upload/upload-capture.ts';
import type { UploadTarget } from '../../image/upload/upload-target.ts';
import type { CaptureOrder } from '../../job/merlin-protocol.ts';
import { targetDisk } from './target-disk.ts';

const LONGEST_CREATOR = 256;

/** What an order to capture needs of the world. */
export interface CaptureOrderOptions {
  readonly order: CaptureOrder;
  /** Disks of this machine. */
  readonly disks: readonly DeviceInfo[];
  readonly target: UploadTarget;
  readonly machine: Machine;
  /** Memory for digests that need not be sent. */
  readonly knownLimitBytes: number;
  /** Asked before the disk is looked at. */
  readonly beforeRead: (disk: DeviceInfo) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What was captured. */
export interface CaptureOrderReport {
  readonly kind: 'capture';
  readonly name: string;
  readonly id: string;
  readonly parent: string | null;
  readonly disk: { readonly path: string; readonly serial: string };
  readonly usedBytes: number;
  /** Bytes that were kept for it, by this and earlier starts. */
  readonly storedBytes: number;
  /** Bytes of frames that this start sent. */
  readonly sentBytes: number;
}

const creatorOf = ({ maker, product }: Machine, { serial }: DeviceInfo): string =>
  `Merlin, ${[maker, product, serial].filter((text) => text !== '').join(' ') || 'unknown machine'}`.slice(
    0,
    LONGEST_CREATOR,
  );

/**
 * Carries an order out. Nothing is written to the disk, not even that it is done: the server knows it.
 *
 * @throws NacreError MERLIN_NO_DISK, MERLIN_SEVERAL_DISKS, those of `beforeRead` and `captureToUpload`
 */
export const runCaptureOrder = async (
  options: CaptureOrderOptions,
): Promise<CaptureOrderReport> => {
  const { order, disks, target, machine, knownLimitBytes, signal, onProgress } = options;
  const disk = targetDisk(disks, order.disk);
  await options.beforeRead(disk);
  const creator = creatorOf(machine, disk);
  const { path, serial } = disk;
  const report = await captureToUpload({
    ...{ path, target, creator, knownLimitBytes, signal, onProgress },
  });
  return { kind: 'capture', disk: { path, serial }, ...report };
};
