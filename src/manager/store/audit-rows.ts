/** The audit: what was changed, by whom, from where. */
import { sql } from 'kysely';
import type { FactValue } from '../../errors.ts';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';

/** A change. `facts` holds no secrets. */
export interface AuditEntry {
  readonly at: string;
  readonly actorKind: string;
  readonly actor: string;
  readonly address: string;
  /** `user.add`, `device.approve`, … */
  readonly action: string;
  readonly subjectKind: string;
  readonly subject: string;
  readonly facts: Readonly<Record<string, FactValue | null>>;
}

export type AuditRow = Omit<AuditEntry, 'facts'> & {
  readonly number: number;
  readonly facts: Record<string, string | number | null>;
};

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
}

/** Adds a row; in the transaction of the change that it tells. */
export const addAudit = async (db: Queries, entry: AuditEntry): Promise<void> => {
  await db
    .insertInto('audit')
    .values({
      at: entry.at,
      actor_kind: entry.actorKind,
      actor: entry.actor,
      address: entry.address,
      action: entry.action,
      subject_kind: entry.subjectKind,
      subject: entry.subject,
      facts: JSON.stringify(entry.facts),
    })
    .execute();
};

/** Rows of the audit, the newest first. */
export const listAudit = async (
  db: Queries,
  { action, subject, actor }: AuditFilter,
  wish: PageWish,
): Promise<Page<AuditRow>> => {
  let query = db.selectFrom('audit').selectAll();
  if (action !== undefined) query = query.where('action', '=', action);
  if (subject !== undefined) query = query.where('subject', '=', subject);
  if (actor !== undefined) query = query.where('actor', '=', actor);
  const number = sql.ref('number');
  const page = await readPage(query, { by: number, id: number }, { ...wish, isDescending: true });
  return {
    ...page,
    items: page.items.map((row) => ({
      number: row.number,
      at: row.at,
      actorKind: row.actor_kind,
      actor: row.actor,
      address: row.address,
      action: row.action,
      subjectKind: row.subject_kind,
      subject: row.subject,
      facts: JSON.parse(row.facts),
    })),
  };
};

/** What live views are told of a change: what it was about, and no more. */
export interface ChangeRow {
  readonly number: number;
  readonly at: string;
  readonly action: string;
  readonly kind: string;
  readonly subject: string;
}

/** Number of the newest row; 0 without any. */
export const lastChange = async (db: Queries): Promise<number> => {
  const { last } = await db
    .selectFrom('audit')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirstOrThrow();
  return Number(last ?? 0);
};

/** Rows after a number, in order. */
export const changesAfter = (db: Queries, number: number, most: number): Promise<ChangeRow[]> =>
  db
    .selectFrom('audit')
    .select(['number', 'at', 'action', 'subject_kind as kind', 'subject'])
    .where('number', '>', number)
    .orderBy('number')
    .limit(most)
    .execute();
