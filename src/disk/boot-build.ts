/** Runs the recipe of the boot environment. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { NacreError } from '../errors.ts';
import { type BootFiles, readBootFiles } from './boot-files.ts';
import { runTool } from './tool.ts';

export interface BootBuildOptions {
  /** The checkout or package that holds `pxe/build`. */
  readonly root: string;
  readonly out: string;
  /** The recipe runs npm and node: it needs the PATH and HOME of its user. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds what has changed, and reads back what is there then.
 *
 * @throws NacreError BOOT_RECIPE_MISSING, TOOL_FAILED, BOOT_FILES_DAMAGED
 */
export const buildBootFiles = async (options: BootBuildOptions): Promise<BootFiles> => {
  const recipe = path.join(options.root, 'pxe/build');
  try {
    await access(recipe, constants.X_OK);
  } catch (cause) {
    throw new NacreError('BOOT_RECIPE_MISSING', { path: recipe }, { cause });
  }
  const out = path.resolve(options.out);
  await runTool(recipe, [out], { environment: options.environment, signal: options.signal });
  return readBootFiles(out);
};
