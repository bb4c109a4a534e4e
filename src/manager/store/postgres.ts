/** PostgreSQL: the only file that knows which package speaks to it. */
import { type Dialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { ServiceLog } from '../../job/serving/service-log.ts';

/** Connections of one manager. */
const CONNECTIONS = 10;
const CONNECT_MS = 10_000;
/** No query of ours runs longer, but one may wait for the lock of another manager. */
const STATEMENT_MS = 60_000;

/** A pool of connections. */
export interface PostgresPool {
  readonly dialect: Dialect;
  readonly close: () => Promise<void>;
}

/** 64-bit integers as numbers; those that are too large for one are refused when they are read (safe-numbers.ts). */
const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    id === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(id, format),
};

/** Opens a pool; nothing is connected yet. */
export const openPostgres = (url: string, log: Pick<ServiceLog, 'warn'>): PostgresPool => {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    application_name: 'nacre manager',
    types,
  });
  // An idle connection that breaks is replaced by the pool; the next query says what is wrong.
  pool.on('error', (reason) => log.warn({ reason: reason.message }, 'data base connection lost'));
  // One that is lent out and breaks between two queries has nobody else who listens, which would end the process.
  pool.on('connect', (client) =>
    client.on('error', (reason) =>
      log.warn({ reason: reason.message }, 'data base connection lost in use'),
    ),
  );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= pool.end();
    return closing;
  };
  return { dialect: new PostgresDialect({ pool }), close };
};
