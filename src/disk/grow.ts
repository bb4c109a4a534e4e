/**
 * Makes a file system as large as its partition, with its own tools: `ntfsresize` and `resize2fs`.
 *
 * The tools want a node of their own. Root gives them a loop device over the partition's bytes, which works
 * alike for disks and image files; any other user, who can only have an image file, gives them a sparse
 * copy of the used blocks, and what they changed is written back.
 */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NacreError } from '../errors.ts';
import { fromNative, type NativeDevice, type NativeFileSystem, native } from './native.ts';
import { runTool } from './tool.ts';

/** Where the volume lies, and how long it shall be. */
export interface GrowPlace {
  /** Disk or image file; nobody may hold it open exclusively. */
  readonly path: string;
  /** First byte of the partition. */
  readonly offset: number;
  /** Length of the partition, which the volume shall fill. */
  readonly sizeBytes: number;
  readonly sectorSize: number;
  readonly fileSystem: NativeFileSystem['type'];
}

export interface GrowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether loop devices may be made; by default for root. */
  readonly hasLoop?: boolean;
}

const COPY_BYTES = 1 << 20;
const BLOCK_BYTES = 4096;

/** True for a file system that `growFileSystem` can make larger. */
export const canGrow = (fileSystem: NativeFileSystem['type']): boolean =>
  fileSystem === 'ntfs' || isExt(fileSystem);

const isExt = (fileSystem: NativeFileSystem['type']): boolean =>
  fileSystem === 'ext2' || fileSystem === 'ext3' || fileSystem === 'ext4';

/**
 * Grows the volume to its partition, checks it, and clears the dirty flag that the tools leave behind, so
 * that a capture accepts it. A failure in the middle leaves what the tool leaves: restore again.
 *
 * @throws NacreError TOOL_MISSING, TOOL_FAILED; DISK_GROW_UNCLEAN when the volume is not clean afterwards
 */
export const growFileSystem = async (
  place: GrowPlace,
  { signal, hasLoop = process.getuid?.() === 0 }: GrowOptions = {},
): Promise<void> => {
  await (hasLoop ? growThroughLoop : growThroughCopy)(place, signal);
  await requireClean(place);
};

const growThroughLoop = async (place: GrowPlace, signal?: AbortSignal): Promise<void> => {
  const { stdout: node } = await runTool('losetup', [
    '--find',
    '--show',
    ...['--offset', String(place.offset), '--sizelimit', String(place.sizeBytes)],
    ...['--sector-size', String(place.sectorSize)],
    place.path,
  ]);
  try {
    await growNode(node, place.fileSystem, signal);
  } finally {
    await runTool('losetup', ['--detach', node]);
  }
};

const growThroughCopy = async (place: GrowPlace, signal?: AbortSignal): Promise<void> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-grow-'));
  const copy = path.join(folder, 'volume');
  const disk = await fromNative(native.openDevice(place.path, WRITE_SHARED));
  try {
    await writeFile(copy, '');
    await truncate(copy, place.sizeBytes);
    await copyUsed(disk, place.offset, copy, 0, place);
    await growNode(copy, place.fileSystem, signal);
    await copyUsed(disk, place.offset, copy, place.sizeBytes, place);
    await fromNative(disk.flush());
  } finally {
    disk.close();
    await rm(folder, { recursive: true, force: true });
  }
};

const WRITE_SHARED = { write: true, exclusive: false, direct: false } as const;

// Copies the used blocks from the disk to the copy (backFrom = 0), or those that differ back to the disk.
const copyUsed = async (
  disk: NativeDevice,
  offset: number,
  copyPath: string,
  backFrom: number,
  place: GrowPlace,
): Promise<void> => {
  const copy = await fromNative(native.openDevice(copyPath, WRITE_SHARED));
  const isBack = backFrom > 0;
  const source = isBack ? copy : disk;
  const base = isBack ? 0 : offset;
  try {
    const extents = await fromNative(
      native.usedExtents(source, base, place.sizeBytes, place.fileSystem),
    );
    for (const extent of extents) {
      const end = extent.offset + extent.length;
      for (let at = extent.offset; at < end; at += COPY_BYTES) {
        const bytes = await fromNative(source.read(base + at, Math.min(COPY_BYTES, end - at)));
        if (isBack) await writeDifferences(disk, offset + at, bytes);
        else await fromNative(copy.write(at, bytes));
      }
    }
  } finally {
    copy.close();
  }
};

const writeDifferences = async (disk: NativeDevice, at: number, bytes: Buffer): Promise<void> => {
  const there = await fromNative(disk.read(at, bytes.length));
  for (let block = 0; block < bytes.length; block += BLOCK_BYTES) {
    const wanted = bytes.subarray(block, block + BLOCK_BYTES);
    if (!wanted.equals(there.subarray(block, block + BLOCK_BYTES))) {
      await fromNative(disk.write(at + block, wanted));
    }
  }
};

const growNode = async (
  node: string,
  fileSystem: NativeFileSystem['type'],
  signal?: AbortSignal,
): Promise<void> => {
  if (isExt(fileSystem)) {
    // resize2fs refuses a volume that was not checked since its last mount; exit code 1 = errors mended.
    await runTool('e2fsck', ['-f', '-p', node], { accept: [0, 1], signal });
    await runTool('resize2fs', [node], { signal });
    await runTool('e2fsck', ['-f', '-n', node], { signal });
    return;
  }
  // Forced twice: no question, and a flag that an earlier, interrupted run left does not stop it.
  await runTool('ntfsresize', ['--force', '--force', '--no-progress-bar', node], { signal });
  // It orders a chkdsk by the dirty flag. The check it would make is this one; then the flag may go.
  await runTool('ntfsresize', ['--force', '--info', '--no-progress-bar', node], { signal });
  await runTool('ntfsfix', ['--no-action', node], { signal });
  await runTool('ntfsfix', ['--clear-dirty', node], { signal });
};

const requireClean = async (place: GrowPlace): Promise<void> => {
  const disk = await fromNative(
    native.openDevice(place.path, { write: false, exclusive: false, direct: true }),
  );
  try {
    const found = await fromNative(native.probeFileSystem(disk, place.offset, place.sizeBytes));
    if (found.type !== place.fileSystem || found.state !== 'clean') {
      throw new NacreError('DISK_GROW_UNCLEAN', {
        path: place.path,
        fileSystem: place.fileSystem,
        state: found.state,
        reason: found.reason,
      });
    }
  } finally {
    disk.close();
  }
};
