/** The generation that a device images itself from, when the newest one turned out to be of no use. */
import { openForWrite } from '../../disk/device.ts';
import { checkFat } from '../../disk/fat.ts';
import { openBackup } from './backup.ts';
import type { BackupPlace } from './backup-place.ts';
import { requireSound } from './fill-plan.ts';
import { type Generation, lookAtAll, readRecord, writeRecord } from './generations.ts';

const isWhole = ({ complete, verified }: Generation): boolean => complete && verified;

/**
 * Makes another generation than `bad` the current one, so that later repairs do not end with that one again. Nothing of it is removed; where
 * another one is current already, nothing is written. A cut leaves the old record or the new one.
 *
 * @param bad id of the version that is of no use
 * @returns the generation that is current now; undefined where no other one is whole and verified: nothing was changed
 * @throws NacreError BACKUP_VOLUME_DAMAGED, DISK_CHANGED, DISK_IN_USE, DISK_…
 */
export const preferOlder = async (
  place: BackupPlace,
  bad: string,
): Promise<Generation | undefined> => {
  const { path, window, location } = place;
  using disk = await openForWrite(path, {
    sectorSize: place.disk.kind === 'file' ? place.sectorSize : undefined,
  });
  requireSound(location, await checkFat(disk, window, { mend: true }));
  using backup = await openBackup(disk, window, { location });
  const { files, volume } = backup;
  const record = await readRecord(files);
  const others = (await lookAtAll(files, record)).filter((one) => one.id !== bad && isWhole(one));
  const chosen = others.find(({ isCurrent }) => isCurrent) ?? others[0];
  if (chosen === undefined) return undefined;
  const { generations } = record;
  await writeRecord(volume, files, { current: chosen.id, generations });
  await volume.finish();
  return { ...chosen, isCurrent: true };
};
