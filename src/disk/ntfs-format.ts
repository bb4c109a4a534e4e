/**
 * Makes NTFS volumes. The format is mkntfs's own; it works on a sparse file, from which the used blocks are
 * copied into the window, so that a partition needs no node and an image file no root.
 */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NacreError } from '../errors.ts';
import type { OpenDisk } from './device.ts';
import type { VolumeWindow } from './fat.ts';
import { fromNative, type NativeDevice, native } from './native.ts';
import { runTool } from './tool.ts';

export interface NtfsFormatOptions {
  /** At most 32 UTF-16 units; empty for none. */
  readonly label?: string | undefined;
  /** Power of two from the sector size to 64 KiB; by default what Windows takes, 4096 up to 16 TiB. */
  readonly clusterBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MOST_LABEL_UNITS = 32;
const COPY_BYTES = 2 ** 20;
const BLOCK_BYTES = 4096;

const checkLabel = (label: string): void => {
  if (label.length <= MOST_LABEL_UNITS && !label.includes('\0')) return;
  const reason = `a label has at most ${MOST_LABEL_UNITS} UTF-16 units and no NUL`;
  throw new NacreError('VOLUME_NAME_INVALID', { name: label, reason });
};

/** mkntfs with the place that the boot sector shall name: without it Windows does not boot. */
const makeVolumeFile = async (
  file: string,
  disk: OpenDisk,
  { startBytes, sizeBytes }: VolumeWindow,
  { label = '', clusterBytes, signal }: NtfsFormatOptions,
): Promise<void> => {
  await writeFile(file, '');
  await truncate(file, sizeBytes);
  await runTool(
    'mkntfs',
    [
      ...['--quick', '--force', '--quiet'],
      ...['--sector-size', String(disk.sectorSize)],
      ...['--partition-start', String(startBytes / disk.sectorSize)],
      ...['--heads', '255', '--sectors-per-track', '63'],
      ...(clusterBytes === undefined ? [] : ['--cluster-size', String(clusterBytes)]),
      ...(label === '' ? [] : ['--label', label]),
      file,
    ],
    { signal },
  );
};

/** Copies bytes of the file into the window and compares what the medium then holds. */
const copyRange = async (
  source: NativeDevice,
  disk: OpenDisk,
  startBytes: number,
  offset: number,
  end: number,
): Promise<void> => {
  for (let at = offset; at < end; at += COPY_BYTES) {
    const bytes = await fromNative(source.read(at, Math.min(COPY_BYTES, end - at)));
    await fromNative(disk.device.write(startBytes + at, bytes));
    const found = await fromNative(disk.device.read(startBytes + at, bytes.length));
    if (!bytes.equals(found)) {
      const facts = { path: disk.info.path, offset: startBytes + at, what: 'a new NTFS volume' };
      throw new NacreError('DISK_READ_BACK', facts);
    }
  }
};

// The boot sector's block comes last: until then a cut leaves nothing that claims to be NTFS.
const copyVolume = async (
  file: string,
  disk: OpenDisk,
  { startBytes, sizeBytes }: VolumeWindow,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const source = await fromNative(
    native.openDevice(file, { write: false, exclusive: false, direct: false }),
  );
  try {
    await fromNative(disk.device.zero(startBytes, Math.min(BLOCK_BYTES, sizeBytes)));
    for (const { offset, length } of await fromNative(
      native.usedExtents(source, 0, sizeBytes, 'ntfs'),
    )) {
      signal?.throwIfAborted();
      const begin = Math.max(offset, BLOCK_BYTES);
      await copyRange(source, disk, startBytes, begin, offset + length);
    }
    await fromNative(disk.device.flush());
    await copyRange(source, disk, startBytes, 0, BLOCK_BYTES);
    await fromNative(disk.device.flush());
  } finally {
    source.close();
  }
};

const requireNtfs = async (
  disk: OpenDisk,
  { startBytes, sizeBytes }: VolumeWindow,
): Promise<void> => {
  const found = await fromNative(native.probeFileSystem(disk.device, startBytes, sizeBytes));
  if (found.type === 'ntfs' && found.state === 'clean') return;
  // What another file system left in blocks that NTFS does not use.
  const reason = `it is recognised as ${found.type} (${found.reason}): zero the partition first`;
  throw new NacreError('VOLUME_DAMAGED', { fileSystem: 'ntfs', path: disk.info.path, reason });
};

/**
 * Makes an empty NTFS volume. Blocks that it does not use keep what they hold.
 *
 * @throws NacreError TOOL_MISSING, TOOL_FAILED for a size or cluster that mkntfs refuses, and
 *   VOLUME_NAME_INVALID, before anything is written; DISK_READ_BACK; VOLUME_DAMAGED when the remains of
 *   another file system still claim the place; CANCELLED
 */
export const formatNtfs = async (
  disk: OpenDisk,
  window: VolumeWindow,
  options: NtfsFormatOptions = {},
): Promise<void> => {
  checkLabel(options.label ?? '');
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-ntfs-'));
  const file = path.join(folder, 'volume');
  try {
    await makeVolumeFile(file, disk, window, options);
    await copyVolume(file, disk, window, options.signal);
    await requireNtfs(disk, window);
  } catch (cause) {
    if (options.signal?.aborted !== true) throw cause;
    throw new NacreError('CANCELLED', { phase: 'formatting' }, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
