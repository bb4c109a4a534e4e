/** What `nacre login` remembers: for each manager its pin and a token. For the owner's eyes alone. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { NacreError } from '../../errors.ts';
import type { Edge } from '../edge.ts';

const shape = z.object({
  format: z.literal('nacre-login'),
  version: z.literal(1),
  /** The manager that commands without `--server` mean. */
  current: z.string().nullable(),
  managers: z.record(
    z.string(),
    z.object({
      /** 64 hex digits, or null where a CA vouches for the manager. */
      pin: z.string().nullable(),
      user: z.string(),
      token: z.string(),
      tokenId: z.string(),
    }),
  ),
});
export type Logins = z.infer<typeof shape>;
export type SavedLogin = Logins['managers'][string];

const NONE: Logins = { format: 'nacre-login', version: 1, current: null, managers: {} };

const loginFile = ({ homeDirectory, environment }: Edge): string => {
  const settings = environment['XDG_CONFIG_HOME'] || path.join(homeDirectory, '.config');
  return path.join(settings, 'nacre', 'login.json');
};

const readOr = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (reason) {
    const code = reason instanceof Error && 'code' in reason ? reason.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw reason;
  }
};

/** @throws NacreError CLI_CONFIG_INVALID for a file that is not ours */
export const readLogins = async (edge: Edge): Promise<Logins> => {
  const file = loginFile(edge);
  const text = await readOr(file);
  if (text === undefined) return NONE;
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    const reason = 'it is no list of logins; remove it and log in again';
    throw new NacreError('CLI_CONFIG_INVALID', { file, line: 0, reason }, { cause });
  }
};

export const writeLogins = async (edge: Edge, logins: Logins): Promise<void> => {
  const file = loginFile(edge);
  // Node's own: fs-extra would cost every command, since all of them know this file.
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  if (Object.keys(logins.managers).length === 0) {
    await rm(file, { force: true });
    return;
  }
  await writeFile(`${file}.new`, `${JSON.stringify(logins, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
};
