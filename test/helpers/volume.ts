/** Volumes in image files, and what the addon says about them. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { fromNative, type NativeFileSystem, native } from '../../src/disk/native.ts';
import { runTool } from '../../src/disk/tool.ts';
import { emptyFile } from './volumes.ts';

export const MIB = 1024 * 1024;
export const BLOCK = 4096;

/** A run of bytes from the start of a volume. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** A folder of the test's own, removed after it. Below /var/tmp: images are too large for a RAM disk. */
export const temporaryFolder = (t: ExecutionContext): string => {
  const folder = mkdtempSync('/var/tmp/nacre-test-');
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A sparse image that `mkfs` has formatted: the command's words, then the image. */
export const formatted = async (
  t: ExecutionContext,
  sizeBytes: number,
  mkfs: readonly string[],
): Promise<string> => {
  const image = emptyFile(path.join(temporaryFolder(t), 'volume.img'), sizeBytes / MIB);
  const [program = '', ...args] = mkfs;
  await runTool(program, [...args, image]);
  return image;
};

/** `length` bytes of a file at `offset`. */
export const readAt = (file: string, offset: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, length, offset);
  } finally {
    closeSync(descriptor);
  }
  return bytes;
};

/** Changes bytes of a file in place. */
export const patch = (file: string, offset: number, bytes: Uint8Array): void => {
  const descriptor = openSync(file, 'r+');
  try {
    writeSync(descriptor, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(descriptor);
  }
};

const withDevice = async <Result>(
  image: string,
  work: (device: Awaited<ReturnType<typeof native.openDevice>>) => Promise<Result>,
): Promise<Result> => {
  const device = await fromNative(
    native.openDevice(image, { write: false, exclusive: false, direct: false }),
  );
  try {
    return await work(device);
  } finally {
    device.close();
  }
};

/** What `probeFileSystem` says of a whole image. */
export const probe = (image: string): Promise<NativeFileSystem> =>
  withDevice(image, (device) => fromNative(native.probeFileSystem(device, 0, device.sizeBytes)));

/** Used extents of a whole image, read as `type`. */
export const usedExtents = (
  image: string,
  type: NativeFileSystem['type'],
): Promise<readonly Extent[]> =>
  withDevice(image, (device) => fromNative(native.usedExtents(device, 0, device.sizeBytes, type)));
