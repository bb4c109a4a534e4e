/** What the manager remembers: one door to the data base, with transactions and errors of ours. */
import { type Kysely, sql, type Transaction } from 'kysely';
import { isCollision, toDatabaseError } from './database-error.ts';
import type { DialectName } from './dialect-text.ts';
import type { Tables } from './tables.ts';

/** What the functions of this room ask: the data base, or a transaction on it. */
export type Queries = Kysely<Tables>;

/** Times that a change is tried when another one came between. */
const TRIES = 8;

export interface StoreParts {
  readonly db: Kysely<Tables>;
  readonly dialect: DialectName;
  /** The file, or the address without its password. */
  readonly place: string;
  readonly close: () => Promise<void>;
}

/** The open data base. */
export class Store implements AsyncDisposable {
  readonly dialect: DialectName;
  readonly place: string;
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.dialect = parts.dialect;
    this.place = parts.place;
  }

  /** Reads, each query by itself. @throws NacreError MANAGER_DATABASE_… */
  async read<Result>(work: (db: Queries) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.#parts.db);
    } catch (reason) {
      throw toDatabaseError(reason, this.place);
    }
  }

  /**
   * Changes all that `work` changes, or nothing. It runs again when another transaction came between, and must have no effect but
   * on the data base.
   *
   * @throws NacreError MANAGER_DATABASE_…, and what `work` throws
   */
  async change<Result>(work: (db: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#parts.db.transaction().setIsolationLevel('serializable').execute(work);
      } catch (reason) {
        if (tries >= TRIES || !isCollision(reason)) throw toDatabaseError(reason, this.place);
      }
    }
  }

  /**
   * Runs work that one manager at a time does on a data base; undefined when another one does it now. One that dies in the middle
   * of it leaves the work to others.
   *
   * @param lock which work
   * @throws NacreError MANAGER_DATABASE_…, and what `work` throws
   */
  async lead<Result>(lock: number, work: () => Promise<Result>): Promise<Result | undefined> {
    // A file has one manager.
    if (this.dialect === 'sqlite') return work();
    try {
      return await this.#parts.db.connection().execute(async (own) => {
        // Of the session: it is gone with the connection, however that ends. A schema may be a manager's own.
        const taken = await sql<{
          readonly ok: boolean;
        }>`select pg_try_advisory_lock(${lock}, hashtext(current_schema())) as ok`.execute(own);
        if (!taken.rows[0]?.ok) return undefined;
        try {
          return await work();
        } finally {
          await sql`select pg_advisory_unlock(${lock}, hashtext(current_schema()))`.execute(own);
        }
      });
    } catch (reason) {
      throw toDatabaseError(reason, this.place);
    }
  }

  /** Reads all of it as it is at one moment. @throws NacreError MANAGER_DATABASE_… */
  async snapshot<Result>(work: (db: Queries) => Promise<Result>): Promise<Result> {
    try {
      const transaction = this.#parts.db.transaction();
      return await transaction.setIsolationLevel('repeatable read').execute(work);
    } catch (reason) {
      throw toDatabaseError(reason, this.place);
    }
  }

  /** Whether it answers. @throws NacreError MANAGER_DATABASE_… */
  async probe(): Promise<void> {
    await this.read((db) => sql`select 1`.execute(db));
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#parts.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
