/**
 * Tells live views what changes, wherever it is changed: by this manager, by another one on the same data base, or by a command on
 * its machine. Every change has a row in a table that is only added to (the audit; the moves of jobs), so that reading what is new
 * there misses none.
 */
import type { ServiceLog } from '../../job/serving/service-log.ts';
import type { Ground } from '../ground.ts';
import { type ChangeRow, changesAfter, lastChange } from '../store/audit-rows.ts';
import { lastMove, type MoveRow, movesAfter } from '../store/job-lists.ts';
import type { Queries } from '../store/store.ts';

const EVERY_MS = 1000;
const MOST = 500;
/** Transactions get their numbers in one order and may end in another: this many numbers back are looked at again. */
const AGAIN = 64;

/** A table that is only added to. */
export interface FeedSource<Row extends { readonly number: number }> {
  /** Number of the newest row; 0 without any. */
  readonly last: (db: Queries) => Promise<number>;
  /** Rows after a number, in order. */
  readonly after: (db: Queries, number: number, most: number) => Promise<readonly Row[]>;
}

export const AUDIT_FEED: FeedSource<ChangeRow> = { last: lastChange, after: changesAfter };
export const MOVE_FEED: FeedSource<MoveRow> = { last: lastMove, after: movesAfter };

/** Reads while somebody listens, and not otherwise. */
export class ChangeFeed<Row extends { readonly number: number } = ChangeRow> {
  readonly #ground: Ground;
  readonly #source: FeedSource<Row>;
  readonly #log: ServiceLog;
  readonly #listeners = new Set<(row: Row) => void>();
  /** Numbers that were told, not below `#floor`. */
  #told = new Set<number>();
  #floor = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(ground: Ground, source: FeedSource<Row>, log: ServiceLog) {
    this.#ground = ground;
    this.#source = source;
    this.#log = log;
  }

  /** Calls `listener` at each change from now on. @returns what ends it */
  async subscribe(listener: (row: Row) => void): Promise<() => void> {
    if (this.#listeners.size === 0) await this.#begin();
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => {
      this.#running = this.#running.then(() => this.#look());
    }, EVERY_MS).unref();
    return () => this.#leave(listener);
  }

  /** Rows after a number, for a listener that was away; not more than one look takes. */
  missed(after: number): Promise<readonly Row[]> {
    return this.#ground.store.read((db) => this.#source.after(db, after, MOST));
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    clearInterval(this.#timer);
    await this.#running;
  }

  #leave(listener: (row: Row) => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #begin(): Promise<void> {
    const last = await this.#ground.store.read(this.#source.last);
    this.#floor = Math.max(0, last - AGAIN);
    const known = await this.missed(this.#floor);
    this.#told = new Set(known.map(({ number }) => number));
  }

  async #look(): Promise<void> {
    try {
      for (const change of await this.missed(this.#floor)) this.#tell(change);
    } catch (err) {
      // The next look finds what this one did not.
      this.#log.warn({ err }, 'changes could not be read');
    }
  }

  #tell(change: Row): void {
    if (this.#told.has(change.number)) return;
    this.#told.add(change.number);
    const floor = Math.max(this.#floor, change.number - AGAIN);
    for (let number = this.#floor + 1; number <= floor; number += 1) this.#told.delete(number);
    this.#floor = floor;
    for (const listener of this.#listeners) listener(change);
  }
}
