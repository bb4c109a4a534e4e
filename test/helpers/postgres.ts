/** A PostgreSQL server of a test's own: on a socket in a temporary folder, by a user without rights, gone with the test. */
import { execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { openStore } from '../../src/manager/store/open-store.ts';
import { NOT_COUNTED } from './nacre.ts';
import { collectingLog } from './service-log.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** `nobody` of Debian: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

export interface PostgresServer {
  /** Makes an empty data base. @returns its `postgres://` address */
  readonly makeDataBase: () => Promise<string>;
  /** The same, or one that was given back: with the tables of a manager already, but without a row. */
  readonly borrowDataBase: () => Promise<string>;
  /** Takes a borrowed one back that nobody is connected to; what has other tables by now is not lent again. */
  readonly giveBack: (url: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const programs = (): string => {
  const script = path.join(ROOT, 'scripts/fetch-package');
  const folder = execFileSync(script, ['postgresql-15'], { encoding: 'utf8', cwd: ROOT }).trim();
  return path.resolve(ROOT, folder, 'usr/lib/postgresql/15/bin');
};

const asUser = (): SpawnOptions => ({
  ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  env: { ...NOT_COUNTED, PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
});

/** Nothing is flushed: the machine's own crash is not what these tests are about. */
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'listen_addresses=',
  'shared_buffers=16MB',
  'max_connections=100',
  // A minute's work is not worth tidying.
  'autovacuum=off',
  'jit=off',
];

/** Takes the rows out of all tables of the schema, and lets their numbers begin again. The views of the catalogue take ten times as long. */
const EMPTY = `do $$
declare each record;
begin
  for each in select oid::regclass as name, relkind as kind from pg_class
    where relnamespace = current_schema()::regnamespace and relname <> 'schema_migration'
      and (relkind = 'S' or relkind = 'r' and pg_relation_size(oid) > 0) loop
    if each.kind = 'S' then
      perform setval(each.name, 1, false);
    else
      execute format('delete from %s', each.name);
    end if;
  end loop;
end $$`;

/** What the manager's migrations made of the schema: its tables with their counts of columns, and the last migration. */
const SHAPE = `select relname || ' ' || relnatts as part from pg_class
    where relnamespace = current_schema()::regnamespace and relkind = 'r'
  union select max(number)::text from schema_migration order by part`;

const waitUntilReady = async (log: string, isOver: () => boolean): Promise<void> => {
  // The server says so in its log, and has no other way to tell.
  for (;;) {
    const text = readFileSync(log, 'utf8');
    if (text.includes('database system is ready to accept connections')) return;
    if (isOver()) throw new Error(`postgres did not start:\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Starts a server. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const bin = programs();
  const folder = mkdtempSync(path.join(tmpdir(), 'nacre-postgres-'));
  const data = path.join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (process.getuid?.() === 0) for (const each of [folder, data]) chownSync(each, NOBODY, NOBODY);
  const log = path.join(folder, 'log');
  const words = [
    '-D',
    data,
    '-U',
    'nacre',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
    '--locale=C.UTF-8',
  ];
  const made = spawn(path.join(bin, 'initdb'), words, { ...asUser(), stdio: 'ignore' });
  const [code] = await once(made, 'exit');
  if (code !== 0) throw new Error(`initdb ended with ${code}`);
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const output = openSync(log, 'w');
  const server = spawn(path.join(bin, 'postgres'), ['-D', data, '-k', folder, ...settings], {
    ...asUser(),
    stdio: ['ignore', 'ignore', output],
  });
  closeSync(output);
  const over = once(server, 'exit');
  await waitUntilReady(log, () => server.exitCode !== null);
  const url = `postgres://nacre@localhost/postgres?host=${folder}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let count = 0;
  const makeDataBase = async (): Promise<string> => {
    // A schema of its own is as good as a data base of its own, and costs a tenth of it.
    count += 1;
    const name = `test${count}`;
    await client.query(`create schema ${name}`);
    return `${url}&options=${encodeURIComponent(`-c search_path=${name}`)}`;
  };
  const free: string[] = [];
  let wanted: Promise<string> | undefined;
  // Neither foreign keys nor the trigger of the audit hold back the rows that it takes out.
  await client.query('set session_replication_role = replica');
  /** Takes all rows out of a data base. @returns its shape */
  const empty = async (used: string): Promise<string> => {
    const schema = new URL(used).searchParams.get('options')?.split('=')[1];
    // In one message: others use the connection in between.
    const ends: unknown = await client.query(`set search_path = ${schema}; ${EMPTY}; ${SHAPE}`);
    const shape = Array.isArray(ends) ? ends.at(-1).rows : [];
    return JSON.stringify(shape);
  };
  const makeFirst = async (): Promise<string> => {
    const first = await makeDataBase();
    const { log } = collectingLog();
    const place = { kind: 'postgres', url: first } as const;
    await (await openStore({ place, now: () => new Date(), log })).close();
    free.push(first);
    return empty(first);
  };
  return {
    makeDataBase,
    borrowDataBase: async () => {
      wanted ??= makeFirst();
      await wanted;
      return free.pop() ?? makeDataBase();
    },
    giveBack: async (used) => {
      if ((await empty(used)) === (await wanted)) free.push(used);
    },
    stop: async () => {
      await client.end();
      // Immediate shutdown (postgres(1)): nobody needs the data.
      server.kill('SIGQUIT');
      await over;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
