/** The questions of spec T-2 and T-3, and a login at the manager that lasts for one command. */
import type * as z from 'zod';
import type { UpdateInHand, UpdateRecord } from '../../agent/update/update-record.ts';
import { isNacreError } from '../../errors.ts';
import { parsePin } from '../../image/store/web-pin.ts';
import { askLine } from '../ask-line.ts';
import { askPassword } from '../ask-password.ts';
import type { Call } from '../command.ts';
import { failureText } from '../failure.ts';
import type { ManagerClient, Wish } from '../manager/client.ts';
import { type ManagerAddress, parseServer } from '../manager/connection.ts';
import { readLogins } from '../manager/login-file.ts';
import { readPasswordFile } from '../password-file.ts';
import { requireInput } from './options.ts';

/** The cookie that a login is answered with. */
const cookieOf = (headers: readonly string[] = []): string =>
  headers.map((header) => header.split(';', 1)[0]).join('; ');

/** A manager with somebody logged in. */
export interface ManagerDesk {
  readonly address: ManagerAddress;
  readonly user: string;
  readonly ask: <Shape extends z.ZodType>(wish: Wish, shape: Shape) => Promise<z.output<Shape>>;
}

const urlOf = async (
  call: Call,
  known: UpdateInHand['manager'] | null,
  command: string,
): Promise<string> => {
  const given = call.text('url') ?? known?.url ?? call.session.setting('server');
  if (given !== undefined) return parseServer(given);
  requireInput(call, '--url', command);
  const { session } = call;
  const question = session.text({
    en: 'Server URL (such as https://192.168.10.11:30806/): ',
    ja: 'サーバーの URL(例: https://192.168.10.11:30806/): ',
  });
  return parseServer(await askLine(session, question, { flag: '--url', command }));
};

/** The manager that is meant: the option, the one of this update, the one of the last time, or an answer. */
const addressOf = async (
  call: Call,
  { manager, update }: UpdateRecord,
  command: string,
): Promise<ManagerAddress> => {
  const known = update?.manager ?? manager;
  const server = await urlOf(call, known, command);
  const given = call.text('pin') ?? call.session.setting('server-pin');
  if (given !== undefined) return { server, pin: parsePin(given) };
  if (known?.url === server) return { server, pin: known.pin ?? undefined };
  const logins = await readLogins(call.session.edge);
  return { server, pin: logins.managers[server]?.pin ?? undefined };
};

const userOf = async (call: Call, command: string): Promise<string> => {
  const given = call.text('user');
  if (given !== undefined) return given;
  requireInput(call, '--user', command);
  const { session } = call;
  const question = session.text({ en: 'User name: ', ja: 'ユーザー名: ' });
  return askLine(session, question, { flag: '--user', command });
};

const passwordOf = async (call: Call, command: string): Promise<string> => {
  const given = await readPasswordFile('--password-file', call.text('passwordFile'));
  if (given !== undefined) return given;
  requireInput(call, '--password-file', command);
  const { session } = call;
  return askPassword(session, session.text({ en: 'Password: ', ja: 'パスワード: ' }), command);
};

/** Wrong answers are asked for again where somebody can answer. */
const MOST_TRIES = 3;

const logIn = async (call: Call, client: ManagerClient, command: string) => {
  for (let tries = 1; ; tries++) {
    const user = await userOf(call, command);
    const body = { user, password: await passwordOf(call, command) };
    try {
      const { headers } = await client.answer({ method: 'POST', path: '/sessions', body });
      return { user, cookie: cookieOf(headers['set-cookie']) };
    } catch (reason) {
      const isFixed = call.text('passwordFile') !== undefined;
      if (!isNacreError(reason, 'MANAGER_LOGIN_FAILED') || isFixed || tries === MOST_TRIES)
        throw reason;
      call.session.warn(failureText(reason, call.session.failureWords).message);
    }
  }
};

/**
 * Asks what is not known, logs in, works, and logs out.
 *
 * @throws NacreError CLI_OPTION_NEEDED, MANAGER_…, what `work` throws
 */
export const withLogin = async <Result>(
  call: Call,
  record: UpdateRecord,
  command: string,
  work: (desk: ManagerDesk) => Promise<Result>,
): Promise<Result> => {
  const { session } = call;
  const address = await addressOf(call, record, command);
  const { ManagerClient } = await import('../manager/client.ts');
  const client = new ManagerClient(address, undefined, session.signal);
  const { user, cookie } = await logIn(call, client, command);
  const headers = { cookie, 'x-nacre-request': '1' };
  session.note(
    session.text({
      en: `connected to ${address.server}`,
      ja: `${address.server} に接続しました`,
    }),
  );
  try {
    const ask: ManagerDesk['ask'] = (wish, shape) => client.ask({ ...wish, headers }, shape);
    return await work({ address, user, ask });
  } finally {
    if (!session.signal.aborted)
      await client
        .tell({ method: 'DELETE', path: '/sessions/current', headers })
        .catch((reason: unknown) => {
          // A session ends by itself, too.
          if (!isNacreError(reason)) throw reason;
        });
  }
};

/** As a record keeps it. */
export const managerOf = ({ server, pin }: ManagerAddress): UpdateInHand['manager'] => ({
  url: server,
  pin: pin ?? null,
});
