/** Writes down who changed what: called in the transaction of the change, so that there is none without its row. */
import type { FactValue } from '../../errors.ts';
import type { Actor, Ground } from '../ground.ts';
import { timeOf } from '../ground.ts';
import { type AuditFilter, type AuditRow, addAudit, listAudit } from '../store/audit-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { Queries } from '../store/store.ts';

/** What was done to what. */
export interface Deed {
  readonly action: string;
  readonly kind: string;
  readonly subject: string;
  readonly facts?: Readonly<Record<string, FactValue | null>> | undefined;
}

export const audit = (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  { kind: actorKind, name: actor, address }: Actor,
  { action, kind: subjectKind, subject, facts = {} }: Deed,
): Promise<void> =>
  addAudit(db, {
    at: timeOf(ground),
    actorKind,
    actor,
    address,
    action,
    subjectKind,
    subject,
    facts,
  });

/** The newest first. */
export const readAudit = (
  { store }: Ground,
  filter: AuditFilter,
  wish: PageWish,
): Promise<Page<AuditRow>> => store.read((db) => listAudit(db, filter, wish));
