/**
 * The copy of the boot sector that NTFS keeps in the last sector of its partition, where Windows and ntfsfix look for it. A
 * volume in a larger partition has its own copy before the end, so that the last sector needs one more.
 */
import type { OpenDisk } from '../disk/device.ts';
import { fromNative } from '../disk/native.ts';
import { applySteps } from '../disk/partition-table.ts';
import type { PlacedPartition } from './placement.ts';

/** Puts the copy where it is missing, and reads it back; the boot sector itself is on the disk already. */
export const placeLastSector = async (disk: OpenDisk, place: PlacedPartition): Promise<void> => {
  const { partition, startBytes, sizeBytes } = place;
  if (partition.fileSystem !== 'ntfs' || sizeBytes <= partition.sizeBytes) return;
  const { sectorSize } = disk;
  const offset = startBytes + sizeBytes - sectorSize;
  const bytes = await fromNative(disk.device.read(startBytes, sectorSize));
  const found = await fromNative(disk.device.read(offset, sectorSize));
  if (found.equals(bytes)) return;
  const what = 'copy of the boot sector';
  await applySteps(disk, [{ offset, bytes, what, flushAfter: true, onlyOverGptHeader: false }]);
};
