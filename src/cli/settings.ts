/** Settings in the order of cli.md: option, then `NACRE_…` variable, then the file of the machine. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isNacreError, NacreError } from '../errors.ts';
import type { Edge } from './edge.ts';

const MACHINE_FILE = '/etc/nacre/config.toml';

/** `key = "text"` and `key = 'text'`, with a comment after it; all that the settings need of TOML 1.0. */
const LINE = /^\s*([A-Za-z0-9_-]+)\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/;
const BLANK = /^\s*(#.*)?$/;

/**
 * The pairs of a settings file. Only lines of `key = "text"` are settings; tables and other types of TOML
 * are refused rather than misread.
 *
 * @throws NacreError CLI_CONFIG_INVALID with the number of the line
 */
export const parseSettings = (text: string, file: string): ReadonlyMap<string, string> => {
  const settings = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (BLANK.test(line)) continue;
    const match = LINE.exec(line);
    const key = match?.[1];
    if (match === null || key === undefined || settings.has(key)) {
      const reason = match === null ? 'not of the form key = "text"' : 'named twice';
      throw new NacreError('CLI_CONFIG_INVALID', { file, line: index + 1, reason });
    }
    settings.set(key, match[2] ?? match[3] ?? '');
  }
  return settings;
};

const readSettings = (file: string, isNamed: boolean): ReadonlyMap<string, string> => {
  try {
    return parseSettings(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (isNacreError(error) || !(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : error.message;
    if (!isNamed && (code === 'ENOENT' || code === 'ENOTDIR')) return new Map();
    throw new NacreError('CLI_CONFIG_INVALID', { file, line: 0, reason: code }, { cause: error });
  }
};

/** Looks a setting up by its name in the file: `store` is also `NACRE_STORE`. */
export type Settings = (name: string) => string | undefined;

/** Settings of this process; `NACRE_CONFIG` names another file than `/etc/nacre/config.toml`. */
export const loadSettings = ({ environment }: Edge): Settings => {
  const named = environment['NACRE_CONFIG'];
  const file = readSettings(named ?? MACHINE_FILE, named !== undefined);
  return (name) => {
    const variable = environment[`NACRE_${name.toUpperCase().replaceAll('-', '_')}`];
    return variable !== undefined && variable !== '' ? variable : file.get(name);
  };
};

/** Where images are when nothing says so: the machine's store for root, the person's own otherwise. */
export const defaultStore = (edge: Edge): string => path.join(defaultData(edge), 'store');

/** Where the program keeps what it makes when nothing says so. */
export const defaultData = ({ isRoot, homeDirectory, environment }: Edge): string => {
  if (isRoot) return '/var/lib/nacre';
  const data = environment['XDG_DATA_HOME'] || path.join(homeDirectory, '.local/share');
  return path.join(data, 'nacre');
};
