/** Opens the data base of a manager: PostgreSQL where an address is given, a file of SQLite otherwise. */
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { Kysely, sql } from 'kysely';
import { NacreError } from '../../errors.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { toDatabaseError } from './database-error.ts';
import { migrate } from './migrate.ts';
import type { Migration } from './migrations/migration.ts';
import { openPostgres } from './postgres.ts';
import { SAFE_NUMBERS } from './safe-numbers.ts';
import { openSqlite, type SqliteFile } from './sqlite.ts';
import { Store, type StoreParts } from './store.ts';
import type { Tables } from './tables.ts';

/** Private keys and hashes of passwords lie in the file. */
const MODE = 0o600;

/** Where a data base is. */
export type StorePlace =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface OpenStoreOptions {
  readonly place: StorePlace;
  readonly now: () => Date;
  readonly log: Pick<ServiceLog, 'info' | 'warn'>;
  /** Makes none where there is none. */
  readonly isExisting?: boolean | undefined;
  /** Runs no migrations: for a look at a data base that stays as it is. */
  readonly isUntouched?: boolean | undefined;
  /** For tests: what an older or a newer release would run. */
  readonly migrations?: readonly Migration[] | undefined;
}

/** An address for messages and logs. */
export const shownPlace = (place: StorePlace): string => {
  if (place.kind === 'sqlite') return place.file;
  if (!URL.canParse(place.url)) return 'DATABASE_URL';
  const url = new URL(place.url);
  url.password = '';
  url.search = '';
  return url.href;
};

const close = async (file: SqliteFile, db: Kysely<Tables>): Promise<void> => {
  // Kysely closes the file that it was given, but only if it was used.
  await db.destroy();
  file.close();
};

const openFile = async (file: string): Promise<StoreParts> => {
  const opened = openSqlite(file);
  const db = new Kysely<Tables>({ dialect: opened.dialect, plugins: [SAFE_NUMBERS] });
  try {
    await chmod(file, MODE);
    if (!opened.isOurs()) throw new NacreError('MANAGER_DATABASE_FOREIGN', { place: file });
    const reason = opened.findDamage();
    if (reason !== undefined)
      throw new NacreError('MANAGER_DATABASE_CORRUPT', { place: file, reason });
  } catch (reason) {
    await close(opened, db);
    throw reason;
  }
  return { db, dialect: 'sqlite', place: file, close: () => close(opened, db) };
};

const openServer = async (
  url: string,
  place: string,
  log: OpenStoreOptions['log'],
): Promise<StoreParts> => {
  const pool = openPostgres(url, log);
  const db = new Kysely<Tables>({ dialect: pool.dialect, plugins: [SAFE_NUMBERS] });
  try {
    await sql`select 1`.execute(db);
  } catch (reason) {
    await pool.close();
    throw reason;
  }
  return { db, dialect: 'postgres', place, close: pool.close };
};

/**
 * Opens a data base and brings its tables forward.
 *
 * @throws NacreError MANAGER_DATABASE_BUSY, _CORRUPT, _FOREIGN, _FULL, _IO, _MISSING, _NEWER, _UNREACHABLE; nothing stays open
 */
export const openStore = async (options: OpenStoreOptions): Promise<Store> => {
  const { place, now, log, migrations, isExisting, isUntouched } = options;
  const shown = shownPlace(place);
  if (isExisting && place.kind === 'sqlite' && !existsSync(place.file))
    throw new NacreError('MANAGER_DATABASE_MISSING', { place: shown });
  try {
    const parts = await (place.kind === 'sqlite'
      ? openFile(place.file)
      : openServer(place.url, shown, log));
    try {
      if (isUntouched) return new Store(parts);
      const { dialect } = parts;
      const { from, to } = await migrate(parts.db, { dialect, place: shown, now, migrations });
      if (from !== to) log.info({ place: shown, from, to }, 'data base brought forward');
      return new Store(parts);
    } catch (reason) {
      await parts.close();
      throw reason;
    }
  } catch (reason) {
    throw toDatabaseError(reason, shown);
  }
};
