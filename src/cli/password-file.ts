/** Reads a password from a file: it never stands on the command line, where every user of the machine sees it. */
import { readFile } from 'node:fs/promises';
import { NacreError } from '../errors.ts';

const LONGEST = 1024;

/**
 * The first line of the file of an option, without its line end; undefined when the option was not given.
 *
 * @throws NacreError CLI_BAD_VALUE for an empty line and for more than 1024 characters
 */
export const readPasswordFile = async (
  option: string,
  path: string | undefined,
): Promise<string | undefined> => {
  if (path === undefined) return undefined;
  const [password = ''] = (await readFile(path, 'utf8')).split(/\r?\n/, 1);
  if (password !== '' && password.length <= LONGEST) return password;
  const expected = `a file whose first line has 1 to ${LONGEST} characters`;
  throw new NacreError('CLI_BAD_VALUE', { what: option, value: path, expected });
};
