/** SQLite: the only file that knows which package reads it, and how it has to be set up. */
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { CompiledQuery, type Dialect, type SqliteDatabase, SqliteDialect } from 'kysely';
import { BUILD_FOLDER } from '../../disk/build-folder.ts';
import { RecentMap } from '../../job/serving/recent-map.ts';

/** Its addon, as `scripts/build` makes it; the package adds the extension. */
const ADDON = path.join(BUILD_FOLDER, 'sqlite', 'better_sqlite3');

/** "NACR": what a file of ours says of itself, so that no other program's file is taken for one (`PRAGMA application_id`). */
const APPLICATION_ID = 0x4e414352;
/** How long another process may hold the file: `nacre manager user` and backups write and read beside the service. */
const BUSY_MS = 5000;

/** An open file. */
export interface SqliteFile {
  readonly dialect: Dialect;
  /** What is wrong with the file, in SQLite's words; undefined when it is whole. */
  readonly findDamage: () => string | undefined;
  /** Whether the file is empty or ours. */
  readonly isOurs: () => boolean;
  /** Writes all of it, as it is at one moment, to a file that does not exist. */
  readonly copyTo: (file: string) => void;
  readonly close: () => void;
}

interface Connection {
  readonly executeQuery: (query: CompiledQuery) => Promise<unknown>;
}

/** Statements that are kept, and the longest text of one: lists of many values come but once. */
const MOST_STATEMENTS = 512;
const LONGEST_KEPT = 4096;

/** SQLite plans a statement anew each time that it is prepared, which takes longer than most of ours run. */
const withKeptStatements = (file: Sqlite.Database): SqliteDatabase => {
  const kept = new RecentMap<string, Sqlite.Statement<unknown[]>>(MOST_STATEMENTS);
  return {
    close: () => file.close(),
    prepare: (text) => {
      const statement = kept.get(text) ?? file.prepare<unknown[]>(text);
      if (text.length <= LONGEST_KEPT) kept.set(text, statement);
      return statement;
    },
  };
};

/**
 * The dialect with transactions of ours. Each takes the right to write at once: one that only finds out later that another wrote
 * would have to begin again. And after some failures, such as a full disk, SQLite has rolled back by itself (sqlite.org/lang_transaction.html).
 */
const withTransactions = (file: Sqlite.Database): Dialect => {
  const dialect = new SqliteDialect({ database: withKeptStatements(file) });
  const run = async (connection: Connection, text: string): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(text));
  };
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () =>
      Object.assign(dialect.createDriver(), {
        beginTransaction: (connection: Connection) => run(connection, 'begin immediate'),
        rollbackTransaction: async (connection: Connection) => {
          if (file.inTransaction) await run(connection, 'rollback');
        },
      }),
  };
};

const pragmaText = (file: Sqlite.Database, name: string): string => {
  const value: unknown = file.pragma(name, { simple: true });
  return String(value);
};

const setUp = (file: Sqlite.Database, isReadOnly: boolean): void => {
  // Nothing that an order or an approval rests on may be lost by a power cut after it was answered: FULL, not NORMAL.
  for (const pragma of isReadOnly ? [] : ['journal_mode = wal', 'synchronous = full'])
    file.pragma(pragma);
  for (const pragma of ['foreign_keys = on', 'trusted_schema = off', 'cell_size_check = on'])
    file.pragma(pragma);
};

export interface SqliteOptions {
  /** The file has to be there and is not changed. */
  readonly isReadOnly?: boolean | undefined;
}

/** Opens a file, or makes it. @throws SqliteError */
export const openSqlite = (
  place: string,
  { isReadOnly = false }: SqliteOptions = {},
): SqliteFile => {
  const file = new Sqlite(place, {
    nativeBinding: ADDON,
    timeout: BUSY_MS,
    readonly: isReadOnly,
    fileMustExist: isReadOnly,
  });
  try {
    setUp(file, isReadOnly);
  } catch (reason) {
    file.close();
    throw reason;
  }
  const isOurs = (): boolean => {
    if (pragmaText(file, 'application_id') === String(APPLICATION_ID)) return true;
    const isEmpty = pragmaText(file, 'schema_version') === '0';
    if (isEmpty && !isReadOnly) file.pragma(`application_id = ${APPLICATION_ID}`);
    return isEmpty;
  };
  return {
    dialect: withTransactions(file),
    isOurs,
    findDamage: () => {
      const found = pragmaText(file, 'quick_check(1)');
      return found === 'ok' ? undefined : found;
    },
    copyTo: (target) => {
      file.prepare('vacuum into ?').run(target);
    },
    close: () => file.close(),
  };
};
