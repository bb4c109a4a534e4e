/** Volumes in image files, and what the addon says about them. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { fromNative, type NativeFileSystem, native } from '../../src/disk/native.ts';
import { runTool } from '../../src/disk/tool.ts';

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

/** A sparse file of `sizeBytes` zero bytes. */
export const sparseFile = (file: string, sizeBytes: number): string => {
  writeFileSync(file, '');
  truncateSync(file, sizeBytes);
  return file;
};

/** A sparse image that `mkfs` has formatted: the command's words, then the image. */
export const formatted = async (
  t: ExecutionContext,
  sizeBytes: number,
  mkfs: readonly string[],
): Promise<string> => {
  const image = sparseFile(path.join(temporaryFolder(t), 'volume.img'), sizeBytes);
  const [program = '', ...args] = mkfs;
  await runTool(program, [...args, image]);
  return image;
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

/** Used extents of a whole image, as the type that it has. */
export const usedExtents = (image: string): Promise<readonly Extent[]> =>
  withDevice(image, async (device) => {
    const { type } = await fromNative(native.probeFileSystem(device, 0, device.sizeBytes));
    return fromNative(native.usedExtents(device, 0, device.sizeBytes, type));
  });
