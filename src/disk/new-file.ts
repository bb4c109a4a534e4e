/** A file that a command is about to make: nothing is overwritten, and nothing half-made is left behind. */
import { open, rm } from 'node:fs/promises';
import { NacreError } from '../errors.ts';

/** The new, empty file; it is removed at the end of its scope unless it is kept. */
export interface ClaimedFile extends AsyncDisposable {
  keep(): void;
}

/** Makes the file. @throws NacreError CLI_FILE_EXISTS */
export const claimNewFile = async (file: string): Promise<ClaimedFile> => {
  try {
    await using _created = await open(file, 'wx');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new NacreError('CLI_FILE_EXISTS', { path: file }, { cause });
    throw cause;
  }
  let isKept = false;
  return {
    keep: () => {
      isKept = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (!isKept) await rm(file, { force: true });
    },
  };
};
