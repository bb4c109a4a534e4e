/** Tests that both data bases have to pass: each suite is run on SQLite and on PostgreSQL by test/manager/both-data-bases.test.ts. */
import type { ExecutionContext } from 'ava';
import type { Ground } from '../../../src/manager/ground.ts';
import type { StorePlace } from '../../../src/manager/store/open-store.ts';

/** A data base of a test's own. */
export interface Base {
  readonly ground: Ground;
  readonly place: StorePlace;
}

export interface Case {
  /** A fact, in the present tense. */
  readonly title: string;
  readonly check: (t: ExecutionContext, base: Base) => Promise<void>;
}
