/** Copies all rows from one data base to another that has the same tables. */
import { sql, type Transaction } from 'kysely';
import type { DialectName } from './dialect-text.ts';
import type { Queries } from './store.ts';
import { TABLE_ORDER, type Tables } from './tables.ts';

/** Rows of one statement: SQLite takes 32,766 values, the widest table has 23 columns. */
const ROWS = 500;

const currentSchema = async (db: Queries): Promise<string | undefined> => {
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db);
  return rows[0]?.schema;
};

/** Of tables that are found by their name alone: a data base of PostgreSQL may hold others of that name elsewhere. */
const columnsOf = async (
  db: Queries,
  dialect: DialectName,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const own = dialect === 'postgres' ? await currentSchema(db) : undefined;
  const tables = (await db.introspection.getTables()).filter(({ schema }) => schema === own);
  return new Map(tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]));
};

const copyTable = async (
  from: Queries,
  to: Transaction<Tables>,
  table: keyof Tables,
  columns: readonly string[],
): Promise<number> => {
  const order = sql.join(columns.map((column) => sql.ref(column)));
  for (let copied = 0; ; ) {
    const page = sql`select * from ${sql.table(table)} order by ${order} limit ${ROWS} offset ${copied}`;
    const { rows } = await page.execute(from);
    if (rows.length > 0)
      await to
        .insertInto(table)
        .values(rows as never)
        .execute();
    copied += rows.length;
    if (rows.length < ROWS) return copied;
  }
};

/** The next numbers come after those that were copied. */
const setCounters = async (to: Transaction<Tables>): Promise<void> => {
  for (const table of ['audit', 'job_event'] as const)
    await sql`select setval(pg_get_serial_sequence(${table}, 'number'), (select coalesce(max(number), 0) + 1 from ${sql.table(table)}), false)`.execute(
      to,
    );
};

/**
 * Copies every table that both have. `from` has to show one moment all the time: a transaction, or a file that nobody writes.
 *
 * @param dialect of `to`; `from` has the other one, since a file is copied whole into a file
 * @returns rows
 */
export const copyRows = async (
  from: Queries,
  to: Transaction<Tables>,
  dialect: DialectName,
): Promise<number> => {
  const other: DialectName = dialect === 'postgres' ? 'sqlite' : 'postgres';
  const [given, wanted] = [await columnsOf(from, other), await columnsOf(to, dialect)];
  let rows = 0;
  for (const table of TABLE_ORDER) {
    const columns = given.get(table);
    if (columns !== undefined && wanted.has(table))
      rows += await copyTable(from, to, table, columns);
  }
  if (dialect === 'postgres') await setCounters(to);
  return rows;
};
