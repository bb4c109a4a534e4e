/** A manager in this process, on a port of its own, and requests to it as clients of others would send them. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import type { Ground } from '../../src/manager/ground.ts';
import {
  type ManagerService,
  type StartManagerOptions,
  startManager,
} from '../../src/manager/service/start-manager.ts';
import { openStore, type StorePlace } from '../../src/manager/store/open-store.ts';
import { collectingLog, type LogLine } from './service-log.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The JSON of the text, for `t.like`. */
  readonly json: Record<string, unknown>;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string;
}

export type Ask = (method: string, path: string, options?: AskOptions) => Promise<Reply>;

export interface ManagerLab {
  readonly service: ManagerService;
  readonly folder: string;
  readonly lines: readonly LogLine[];
  /** Without any login. */
  readonly ask: Ask;
  /** As the first administrator, by a token. */
  readonly admin: Ask;
  /** A token for a new user with a role. */
  readonly userWith: (role: string) => Promise<{ readonly name: string; readonly ask: Ask }>;
}

const parse = (text: string): Record<string, unknown> => {
  const value: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
};

/** Sends one request on a connection of its own. */
export const askAt =
  (port: number, more: Readonly<Record<string, string>> = {}): Ask =>
  (method, where, { body, headers, raw } = {}) =>
    new Promise((resolve, reject) => {
      const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const sent = request({
        ...{
          host: '127.0.0.1',
          port,
          method,
          path: where,
          agent: false,
          rejectUnauthorized: false,
        },
        headers: {
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
          ...more,
          ...headers,
        },
      });
      sent.once('error', reject);
      sent.once('response', (response) => {
        let found = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          found += part;
        });
        response.once('error', reject);
        response.once('end', () => {
          const { statusCode: status = 0, headers: given } = response;
          resolve({ status, headers: given, text: found, json: parse(found) });
        });
      });
      sent.end(text);
    });

export const cookieOf = ({ headers }: Reply): string =>
  String(headers['set-cookie']).split(';', 1)[0] ?? '';

/** A token of a user, through a session. */
export const tokenOf = async (
  ask: Ask,
  user: string,
  password: string,
  scopes = ['*'],
): Promise<string> => {
  const session = await ask('POST', '/api/v1/sessions', { body: { user, password } });
  const headers = { cookie: cookieOf(session), 'x-nacre-request': '1' };
  const made = await ask('POST', '/api/v1/tokens', { body: { name: 'test', scopes }, headers });
  return String(made.json['token']);
};

export const bearer = (token: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`,
});

/** Passwords of tests are no secrets. */
const CHEAP = 10;
const PASSWORD = 'correct horse battery';

const userMaker = (port: number, admin: Ask) => {
  let count = 0;
  return async (role: string) => {
    count += 1;
    const name = `${role}${count}`;
    await admin('POST', '/api/v1/users', { body: { name, role, password: PASSWORD } });
    return { name, ask: askAt(port, bearer(await tokenOf(askAt(port), name, PASSWORD))) };
  };
};

/** Starts a manager that ends with the test; passwords cost little unless `passwordCost` is given. */
export const openManagerLab = async (
  t: Owner,
  more: Partial<StartManagerOptions> = {},
): Promise<ManagerLab> => {
  const folder = more.dataFolder ?? (await temporaryFolder(t));
  const { log, lines } = collectingLog();
  const listen = { address: '127.0.0.1', port: 0 };
  const service = await startManager({
    dataFolder: folder,
    listen,
    release: '0.0.0',
    imageStore: path.join(folder, 'store'),
    passwordCost: CHEAP,
    log,
    ...more,
  });
  t.teardown(() => service.close());
  const ask = askAt(service.port);
  const token =
    service.firstPassword === undefined ? '' : await tokenOf(ask, 'admin', service.firstPassword);
  const admin = askAt(service.port, bearer(token));
  return { service, folder, lines, ask, admin, userWith: userMaker(service.port, admin) };
};

/** A data base alone, with what functions of the manager stand on. */
export const openGround = async (
  t: Owner,
  place?: StorePlace,
  now: () => Date = () => new Date(),
): Promise<Ground> => {
  const file = path.join(await temporaryFolder(t), 'test.sqlite');
  const { log } = collectingLog();
  const store = await openStore({ place: place ?? { kind: 'sqlite', file }, now, log });
  t.teardown(() => store.close());
  return { store, now, passwordCost: CHEAP };
};

/** Text of a file, for tests that look for secrets in it. */
export const bytesOf = (file: string): string => readFileSync(file, 'latin1');
