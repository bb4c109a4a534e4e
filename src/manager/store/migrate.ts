/** Brings a data base forward to the tables that this program knows. */
import { type Kysely, sql, type Transaction } from 'kysely';
import { NacreError } from '../../errors.ts';
import { type DialectName, inDialect } from './dialect-text.ts';
import { USERS } from './migrations/0001-users.ts';
import { DEVICES } from './migrations/0002-devices.ts';
import { PACKAGES } from './migrations/0003-packages.ts';
import { AGENTS } from './migrations/0004-agents.ts';
import { JOBS } from './migrations/0005-jobs.ts';
import { NETWORK_BOOT } from './migrations/0006-network-boot.ts';
import { REPOSITORIES } from './migrations/0007-repositories.ts';
import { DESIRED_STATES } from './migrations/0008-desired-states.ts';
import { WAKE } from './migrations/0009-wake.ts';
import { UPDATES } from './migrations/0010-updates.ts';
import type { Migration } from './migrations/migration.ts';
import type { Tables } from './tables.ts';

/** All of them, in order. */
export const MIGRATIONS: readonly Migration[] = [
  USERS,
  DEVICES,
  PACKAGES,
  AGENTS,
  JOBS,
  NETWORK_BOOT,
  REPOSITORIES,
  DESIRED_STATES,
  WAKE,
  UPDATES,
];

/** Any number, as long as nobody else's is the same: managers that start together migrate one after the other. */
const LOCK = 0x6e616372;

export interface MigrateOptions {
  readonly dialect: DialectName;
  /** For messages. */
  readonly place: string;
  readonly now: () => Date;
  readonly migrations?: readonly Migration[] | undefined;
}

/** The migrations that ran before and those that ran now. */
export interface MigrationReport {
  readonly from: number;
  readonly to: number;
}

const makeMigrationTable = (db: Transaction<Tables>, dialect: DialectName): Promise<unknown> =>
  sql
    .raw(
      inDialect(
        `create table if not exists schema_migration (
          number {int} not null primary key, name text not null, applied_at text not null
        ) {strict}`,
        dialect,
      ),
    )
    .execute(db);

const runOne = async (
  db: Transaction<Tables>,
  { number, name, statements, only }: Migration,
  { dialect, now }: MigrateOptions,
): Promise<void> => {
  for (const statement of [...statements, ...(only?.[dialect] ?? [])])
    await sql.raw(inDialect(statement, dialect)).execute(db);
  const row = { number, name, applied_at: now().toISOString() };
  await db.insertInto('schema_migration').values(row).execute();
};

/** Number of the last migration of a data base; 0 for an empty one. */
export const lastMigration = async (db: Kysely<Tables>): Promise<number> => {
  const { last } = await db
    .selectFrom('schema_migration')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirstOrThrow();
  return Number(last ?? 0);
};

/**
 * Runs what has not run yet, all of it or nothing.
 *
 * @throws NacreError MANAGER_DATABASE_NEWER when a newer release made these tables: nothing is changed
 */
export const migrate = (db: Kysely<Tables>, options: MigrateOptions): Promise<MigrationReport> =>
  db.transaction().execute(async (step) => {
    const { dialect, place, migrations = MIGRATIONS } = options;
    if (dialect === 'postgres')
      await sql`select pg_advisory_xact_lock(${LOCK}, hashtext(current_schema()))`.execute(step);
    await makeMigrationTable(step, dialect);
    const from = await lastMigration(step);
    const to = migrations.at(-1)?.number ?? 0;
    if (from > to)
      throw new NacreError('MANAGER_DATABASE_NEWER', { place, found: from, known: to });
    for (const migration of migrations.slice(from)) await runOne(step, migration, options);
    return { from, to };
  });
