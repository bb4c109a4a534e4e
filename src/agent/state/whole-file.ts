/** Files that a cut must not halve: written beside their place, flushed, renamed, and the folder flushed. */
import { open, rename } from 'node:fs/promises';
import path from 'node:path';

const flushFolder = async (folder: string): Promise<void> => {
  await using handle = await open(folder, 'r');
  await handle.sync();
};

/** Puts bytes in the place of a file, for its owner alone. After a cut the old or the new ones are there. */
export const writeWhole = async (file: string, bytes: Uint8Array | string): Promise<void> => {
  const beside = `${file}.new`;
  {
    await using handle = await open(beside, 'w', 0o600);
    await handle.writeFile(bytes);
    await handle.sync();
  }
  await rename(beside, file);
  await flushFolder(path.dirname(file));
};
