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
import { NOT_COUNTED } from './nacre.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** `nobody` of Debian: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;

export interface PostgresServer {
  /** Makes an empty data base. @returns its `postgres://` address */
  readonly makeDataBase: () => Promise<string>;
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
];

const run = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

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
  let count = 0;
  return {
    makeDataBase: async () => {
      // A schema of its own is as good as a data base of its own, and costs a tenth of it.
      count += 1;
      const name = `test${count}`;
      await run(url, `create schema ${name}`);
      return `${url}&options=${encodeURIComponent(`-c search_path=${name}`)}`;
    },
    stop: async () => {
      // Immediate shutdown (postgres(1)): nobody needs the data.
      server.kill('SIGQUIT');
      await over;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
