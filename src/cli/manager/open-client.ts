/** Which manager a command asks, and as whom: options, then settings, then what `nacre login` remembers. */
import { readFile } from 'node:fs/promises';
import { NacreError } from '../../errors.ts';
import { parsePin } from '../../image/store/web-pin.ts';
import type { Call, OptionSpec } from '../command.ts';
import type { ManagerClient } from './client.ts';
import { type ManagerAddress, parseServer } from './connection.ts';
import { type Logins, readLogins } from './login-file.ts';

export const SERVER: OptionSpec = {
  flags: '--server <URL>',
  text: {
    en: 'manager, https://NAME:PORT (default: NACRE_SERVER, then the one of the last login)',
    ja: 'マネージャー https://名前:ポート(既定: NACRE_SERVER、次に最後にログインしたもの)',
  },
};

export const PIN: OptionSpec = {
  flags: '--pin <sha256:HEX>',
  text: {
    en: 'key that the manager must have, instead of a CA (default: NACRE_SERVER_PIN, then that of the login)',
    ja: 'マネージャーが持つべき鍵。認証局の代わり(既定: NACRE_SERVER_PIN、次にログイン時のもの)',
  },
};

/** Options of every command that asks a manager. */
export const CLIENT_OPTIONS: readonly OptionSpec[] = [SERVER, PIN];

/** @throws NacreError MANAGER_SERVER_MISSING, MANAGER_ADDRESS, STORE_PIN_INVALID */
export const managerAddress = (call: Call, logins: Logins): ManagerAddress => {
  const text = call.text('server') ?? call.session.setting('server') ?? logins.current;
  if (text === null || text === '') throw new NacreError('MANAGER_SERVER_MISSING', {});
  const server = parseServer(text);
  const given = call.text('pin') ?? call.session.setting('server-pin');
  const pin = given === undefined ? (logins.managers[server]?.pin ?? undefined) : parsePin(given);
  return { server, pin };
};

/** First line of the file that `NACRE_TOKEN_FILE` names. */
const tokenOfFile = async (call: Call): Promise<string | undefined> => {
  const file = call.session.setting('token-file');
  return file === undefined ? undefined : (await readFile(file, 'utf8')).trim();
};

/** A manager to ask, with the token of the setting or of the login. @throws NacreError as `managerAddress`, MANAGER_LOGIN_NEEDED */
export const openClient = async (call: Call): Promise<ManagerClient> => {
  const logins = await readLogins(call.session.edge);
  const address = managerAddress(call, logins);
  const token = (await tokenOfFile(call)) ?? logins.managers[address.server]?.token;
  if (token === undefined) throw new NacreError('MANAGER_LOGIN_NEEDED', {});
  const { ManagerClient } = await import('./client.ts');
  return new ManagerClient(address, token, call.session.signal);
};
