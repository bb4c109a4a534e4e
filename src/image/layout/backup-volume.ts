/** The FAT32 volume of a backup partition. */
import { BACKUP_LABEL } from '../../disk/boot-places.ts';
import type { OpenDisk } from '../../disk/device.ts';
import { checkFat, formatFat, type VolumeWindow } from '../../disk/fat.ts';
import { fromNative, native } from '../../disk/native.ts';

/** True for a backup volume of exactly this place: a run that was cut off has made it. */
const isThere = async (disk: OpenDisk, window: VolumeWindow): Promise<boolean> => {
  const { startBytes, sizeBytes } = window;
  const found = await fromNative(native.probeFileSystem(disk.device, startBytes, sizeBytes));
  if (found.type !== 'fat32' || found.label !== BACKUP_LABEL) return false;
  if (found.volumeBytes !== sizeBytes) return false;
  return (await checkFat(disk, window, { mend: true })).isClean;
};

/** Makes an empty volume, unless one is there already. @throws NacreError FAT_SIZE_UNFIT, DISK_IO */
export const makeBackupVolume = async (
  disk: OpenDisk,
  window: VolumeWindow,
  serial: number,
): Promise<void> => {
  if (await isThere(disk, window)) return;
  await formatFat(disk, window, { type: 'fat32', label: BACKUP_LABEL, serial });
};
