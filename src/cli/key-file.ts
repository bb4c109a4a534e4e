/** Reads the key files that options name; secrets never stand on the command line. */
import { readFile } from 'node:fs/promises';

/** Text of a PEM file, or undefined when the option was not given. */
export const readKeyFile = async (path: string | undefined): Promise<string | undefined> =>
  path === undefined ? undefined : readFile(path, 'utf8');

/** Texts of PEM files, or undefined when there are none. */
export const readKeyFiles = async (
  paths: readonly string[],
): Promise<readonly string[] | undefined> =>
  paths.length === 0 ? undefined : Promise.all(paths.map((path) => readFile(path, 'utf8')));
