/** `nacre login` and `nacre logout`: a token of a manager for this user of this machine. */
import os from 'node:os';
import { NacreError } from '../../errors.ts';
import { askPassword } from '../ask-password.ts';
import type { Call, CommandSpec, OptionSpec, Outcome } from '../command.ts';
import type { ManagerAddress } from '../manager/connection.ts';
import { readLogins, writeLogins } from '../manager/login-file.ts';
import { CLIENT_OPTIONS, managerAddress } from '../manager/open-client.ts';
import { readPasswordFile } from '../password-file.ts';

const DAYS = 90;

export const PASSWORD_FILE: OptionSpec = {
  flags: '--password-file <FILE>',
  text: { en: 'file whose first line is the password', ja: '1行目がパスワードのファイル' },
};

/** The cookie that a login is answered with: only for the next request. */
const cookieOf = (headers: readonly string[] = []): string =>
  headers.map((header) => header.split(';', 1)[0]).join('; ');

const makeToken = async (
  address: ManagerAddress,
  signal: AbortSignal,
  who: { readonly user: string; readonly password: string },
) => {
  const [{ ManagerClient }, { madeToken }] = await Promise.all([
    import('../manager/client.ts'),
    import('../../manager/http/shapes/users.ts'),
  ]);
  const client = new ManagerClient(address, undefined, signal);
  const { headers } = await client.answer({ method: 'POST', path: '/sessions', body: who });
  const cookie = { cookie: cookieOf(headers['set-cookie']), 'x-nacre-request': '1' };
  const name = `nacre login on ${os.hostname()}`;
  const body = { name, scopes: ['*'], days: DAYS };
  const made = await client.ask(
    { method: 'POST', path: '/tokens', body, headers: cookie },
    madeToken,
  );
  await client.tell({ method: 'DELETE', path: '/sessions/current', headers: cookie });
  return made;
};

const login = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const logins = await readLogins(session.edge);
  const address = managerAddress(call, logins);
  const user = call.text('user') ?? 'admin';
  const question = session.text({ en: `Password of ${user}: `, ja: `${user} のパスワード: ` });
  const password =
    (await readPasswordFile('--password-file', call.text('passwordFile'))) ??
    (await askPassword(session, question));
  const { id, token, expiresAt } = await makeToken(address, session.signal, { user, password });
  const { server, pin = null } = address;
  await writeLogins(session.edge, {
    ...logins,
    current: server,
    managers: { ...logins.managers, [server]: { pin, user, token, tokenId: id } },
  });
  const text = session.text({
    en: `logged in at ${server} as ${user}, until ${expiresAt.slice(0, 10)}; "nacre logout" ends it\n`,
    ja: `${server} に ${user} としてログインしました(${expiresAt.slice(0, 10)} まで)。"nacre logout" で終了します\n`,
  });
  return { json: { server, user, expiresAt }, text };
};

export const LOGIN: CommandSpec = {
  name: 'login',
  summary: { en: 'log in at a manager', ja: 'マネージャーにログイン' },
  details: {
    en: 'Asks for the password and keeps a token for 90 days in ~/.config/nacre/login.json, which only its owner can read. Commands for devices, packages and users then ask this manager. Programs take a token of their own: "nacre token make", and NACRE_TOKEN_FILE.',
    ja: 'パスワードを尋ね、90日間有効なトークンを ~/.config/nacre/login.json(所有者のみ読み取り可)に保存します。以後、端末・パッケージ・ユーザーのコマンドはこのマネージャーに問い合わせます。プログラムには "nacre token make" で作ったトークンと NACRE_TOKEN_FILE を使用してください。',
  },
  options: [
    ...CLIENT_OPTIONS,
    {
      flags: '--user <NAME>',
      text: { en: 'who logs in (default: admin)', ja: 'ユーザー名(既定: admin)' },
    },
    PASSWORD_FILE,
  ],
  example:
    'nacre login --server https://manager.example:30806 --pin sha256:ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c',
  run: login,
};

const logout = async (call: Call): Promise<Outcome> => {
  const { session } = call;
  const logins = await readLogins(session.edge);
  const { server, pin } = managerAddress(call, logins);
  const { [server]: saved, ...others } = logins.managers;
  if (saved === undefined) throw new NacreError('MANAGER_LOGIN_NEEDED', {});
  const { ManagerClient } = await import('../manager/client.ts');
  const client = new ManagerClient({ server, pin }, saved.token, session.signal);
  const current = logins.current === server ? null : logins.current;
  try {
    await client.tell({ method: 'DELETE', path: `/tokens/${saved.tokenId}` });
  } finally {
    // Forgotten here, also where the manager does not answer or has forgotten it already.
    await writeLogins(session.edge, { ...logins, current, managers: others });
  }
  const text = session.text({
    en: `logged out at ${server}\n`,
    ja: `${server} からログアウトしました\n`,
  });
  return { json: { server }, text };
};

export const LOGOUT: CommandSpec = {
  name: 'logout',
  summary: { en: 'end the login at a manager', ja: 'マネージャーからログアウト' },
  details: {
    en: 'Revokes the token and forgets it, with the pin.',
    ja: 'トークンを失効させ、ピンとともに削除します。',
  },
  options: [...CLIENT_OPTIONS],
  example: 'nacre logout',
  run: logout,
};
