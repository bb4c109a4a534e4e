/** Reads a password from a file: it never stands on the command line, where every user of the machine sees it. */
import { readFile } from 'node:fs/promises';
import { isTypeable, LONGEST_PASSWORD } from '../disk/password-hash.ts';
import { NacreError } from '../errors.ts';

/** What a password may be made of, in words. */
const TYPEABLE = `1 to ${LONGEST_PASSWORD} characters that every boot menu's keyboard has (ASCII, no tabs)`;

/** The password again. @throws NacreError CLI_BAD_VALUE for one that cannot be typed at a boot menu; it is not shown */
export const typeable = (what: string, password: string, shown: string): string => {
  if (isTypeable(password)) return password;
  throw new NacreError('CLI_BAD_VALUE', { what, value: shown, expected: TYPEABLE });
};

/**
 * The first line of the file of an option, without its line end; undefined when the option was not given.
 *
 * @throws NacreError CLI_BAD_VALUE for a line that nobody can type at a boot menu
 */
export const readPasswordFile = async (
  option: string,
  path: string | undefined,
): Promise<string | undefined> => {
  if (path === undefined) return undefined;
  const [password = ''] = (await readFile(path, 'utf8')).split(/\r?\n/, 1);
  return typeable(option, password, path);
};
