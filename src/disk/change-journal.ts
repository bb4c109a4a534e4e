/** Where the journal of `changeFiles` lies: outside of the volume that it is for. */
import { NacreError } from '../errors.ts';
import type { OpenDisk } from './device.ts';
import { FatVolume, type VolumeWindow } from './fat.ts';
import { fromNative } from './native.ts';

/** Bytes of a file or disk that hold a journal. */
export interface ChangeJournal {
  readonly path: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** Enough for some hundred files: 2,000 new ones take 60 KiB, a full journal of 1 MiB holds 250 blocks. */
export const JOURNAL_BYTES = 2 ** 20;

const HEADER_BYTES = 2 * 4096;

/**
 * A journal in a FAT volume of the same disk: the file is made in one piece where it is missing, and never
 * moves after that. Nothing else may write to it.
 *
 * @throws NacreError FAT_FULL, FAT_NOT_FOUND for its folder, VOLUME_JOURNAL_TOO_SMALL when the file that
 *   is there lies in pieces or is shorter
 */
export const journalInFat = async (
  disk: OpenDisk,
  window: VolumeWindow,
  path: string,
  sizeBytes: number = JOURNAL_BYTES,
): Promise<ChangeJournal> => {
  using volume = await FatVolume.open(disk, window);
  if ((await volume.find(path)) === undefined) {
    const range = await volume.reserve(sizeBytes);
    // Free clusters may hold an old journal: it must not come back to life.
    const zeros = new Uint8Array(HEADER_BYTES);
    await fromNative(disk.device.write(window.startBytes + range.offset, zeros));
    await fromNative(disk.device.flush());
    await volume.publish(path, { offset: range.offset, length: sizeBytes });
    await volume.finish();
  }
  const [range, ...more] = await volume.ranges(path);
  const length = more.length > 0 ? 0 : (range?.length ?? 0);
  if (range === undefined || length < sizeBytes) {
    throw new NacreError('VOLUME_JOURNAL_TOO_SMALL', {
      journalBytes: length,
      neededBytes: sizeBytes,
    });
  }
  return {
    path: disk.info.path,
    startBytes: window.startBytes + range.offset,
    sizeBytes: Math.floor(length / 4096) * 4096,
  };
};
