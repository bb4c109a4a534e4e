/** Which table a saved copy holds, before it is put back: for the plan that people see. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { openForRead } from './device.ts';
import { type PartitionTable, readTable } from './partition-table.ts';
import type { SavedTable } from './saved-table.ts';

/**
 * Reads the table out of a saved copy, by the same reader as from a disk: the regions are laid out in a
 * sparse file of the disk's size below `folder`, which is removed again.
 *
 * @throws NacreError DISK_TABLE_DAMAGED when the disk had a damaged table when it was saved; DISK_IO
 */
export const tableOfSaved = async (saved: SavedTable, folder: string): Promise<PartitionTable> => {
  const work = await mkdtemp(path.join(folder, 'nacre-table-'));
  try {
    const file = path.join(work, 'disk');
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.truncate(saved.disk.sizeBytes);
      for (const { offset, bytes } of saved.regions) {
        await handle.write(bytes, 0, bytes.length, offset);
      }
    } finally {
      await handle.close();
    }
    using disk = await openForRead(file, { sectorSize: saved.disk.sectorSize });
    return (await readTable(disk)).table;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};
