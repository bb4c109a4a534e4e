/** Deletes what no generation of a backup partition needs. What does not belong to generations is left alone. */
import { isNacreError } from '../../errors.ts';
import { type StoreFile, storeFileOf } from '../store/store-layout.ts';
import type { Backup } from './backup.ts';
import { BACKUP_FOLDER } from './volume-files.ts';

export interface Keep {
  readonly versions: ReadonlySet<string>;
  readonly packs: ReadonlySet<string>;
}

/** A manifest goes first: as long as it is there, its generation may be taken for a whole one. */
const ORDER: readonly StoreFile['kind'][] = ['manifest', 'signatures', 'locator', 'pack'];

const isNeeded = (file: StoreFile, keep: Keep): boolean => {
  if (!('id' in file)) return true;
  return file.kind === 'pack' ? keep.packs.has(file.id) : keep.versions.has(file.id);
};

const removeEmptyFolders = async ({ volume }: Backup): Promise<void> => {
  const packs = `${BACKUP_FOLDER}/packs`;
  if ((await volume.find(packs)) === undefined) return;
  for (const { name, isFolder } of await volume.list(packs)) {
    if (!isFolder) continue;
    try {
      await volume.remove(`${packs}/${name}`);
    } catch (reason) {
      if (!isNacreError(reason, 'FAT_FOLDER_NOT_EMPTY')) throw reason;
    }
  }
};

/** @returns how many bytes of files were deleted */
export const sweep = async (backup: Backup, keep: Keep): Promise<number> => {
  const names = await backup.files.list('');
  let freed = 0;
  for (const kind of ORDER) {
    for (const name of names) {
      const file = storeFileOf(name);
      if (file.kind !== kind || isNeeded(file, keep)) continue;
      freed += (await backup.files.size(name)) ?? 0;
      await backup.volume.remove(`${BACKUP_FOLDER}/${name}`);
    }
  }
  await removeEmptyFolders(backup);
  return freed;
};
