/** What happened to a device: rows of the audit and of its jobs, as one list. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';

export interface HistoryRow {
  readonly at: string;
  readonly kind: 'device' | 'job';
  /** Id of the device or of the job. */
  readonly subject: string;
  readonly action: string;
  readonly actor: string;
  readonly code: string | null;
  readonly message: string;
}

/** The newest first. */
export const deviceHistory = (
  db: Queries,
  device: string,
  wish: PageWish,
): Promise<Page<HistoryRow & { readonly place: string }>> => {
  // Two counters: the kind makes their numbers one.
  const rows = db
    .selectFrom('audit')
    .select([
      sql<string>`at`.as('at'),
      sql<'device' | 'job'>`'device'`.as('kind'),
      'subject',
      'action',
      'actor',
      sql<string | null>`null`.as('code'),
      sql<string>`''`.as('message'),
      sql<string>`'a' || number`.as('place'),
    ])
    .where('subject_kind', '=', 'device')
    .where('subject', '=', device)
    .unionAll(
      db
        .selectFrom('job_event')
        .innerJoin('job', 'job.id', 'job_event.job_id')
        .select([
          'job_event.at',
          sql<'device' | 'job'>`'job'`.as('kind'),
          'job_event.job_id as subject',
          sql<string>`job_event.event || ' ' || job_event.to_state`.as('action'),
          'job_event.actor',
          'job_event.code',
          'job_event.message',
          sql<string>`'j' || job_event.number`.as('place'),
        ])
        .where('job.device_id', '=', device),
    );
  const query = db.selectFrom(rows.as('history')).selectAll();
  const order = { by: sql.ref('history.at'), id: sql.ref('history.place') };
  return readPage(query, order, { ...wish, isDescending: true });
};
