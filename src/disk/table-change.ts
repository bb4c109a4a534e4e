/** What surrounds the replacement of a partition table: is it needed at all, and a copy of the one that goes. */
import { isNacreError } from '../errors.ts';
import type { OpenDisk } from './device.ts';
import type { NativeWriteStep } from './native.ts';
import { readSavedTable, saveTable } from './saved-table.ts';

const GPT_SIGNATURE = 'EFI PART';

/**
 * Saves the old table in a new file, or keeps the copy that an interrupted run of the same change has made of it.
 *
 * @throws NacreError SAVED_TABLE_UNWRITABLE, DISK_IO
 */
export const saveOldTable = async (
  disk: OpenDisk,
  steps: readonly NativeWriteStep[],
  savedTable: string,
  now: () => Date = () => new Date(),
): Promise<void> => {
  if (await isSavedIn(disk, savedTable)) return;
  await saveTable(disk, savedTable, { steps, now: now() });
};

/** True when a file holds the table that the disk still has. */
const isSavedIn = async (disk: OpenDisk, file: string): Promise<boolean> => {
  try {
    const { disk: from, regions } = await readSavedTable(file);
    const { identity, sizeBytes } = disk.info;
    const head = regions[0]?.bytes ?? Buffer.alloc(0);
    if (from.identity !== identity || from.sizeBytes !== sizeBytes) return false;
    return (await disk.device.read(0, head.length)).equals(head);
  } catch (reason) {
    const isUnusable = isNacreError(reason, 'SAVED_TABLE_UNREADABLE');
    if (isUnusable || isNacreError(reason, 'SAVED_TABLE_DAMAGED')) return false;
    throw reason;
  }
};

/** True when all steps were carried out already. */
export const areInPlace = async (
  disk: OpenDisk,
  steps: readonly NativeWriteStep[],
): Promise<boolean> => {
  for (const step of steps) {
    const found = await disk.device.read(step.offset, step.bytes.length);
    const isRight = step.onlyOverGptHeader
      ? found.toString('latin1', 0, GPT_SIGNATURE.length) !== GPT_SIGNATURE
      : found.equals(step.bytes);
    if (!isRight) return false;
  }
  return true;
};
