/** Terminal-side updates as people see them, and the only way in which their state changes. */
import { NacreError } from '../../errors.ts';
import {
  isHeld,
  next,
  resumesAs,
  type UpdateEvent,
  type UpdateState,
} from '../../job/update-states.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { Queries } from '../store/store.ts';
import { changeUpdate, findUpdate, listUpdates, type UpdateFilter } from '../store/update-rows.ts';
import type { UpdateSessionTable } from '../store/update-tables.ts';

/** Who verified a version for so long has died: the update may end. */
const VERIFY_MS = 600_000;

/** An update. */
export interface Update {
  /** 32 hex digits. */
  readonly id: string;
  readonly image: string;
  /** Id of the version that is changed. */
  readonly base: string;
  readonly terminal: string;
  readonly user: string;
  readonly state: UpdateState;
  readonly comment: string;
  /** Id of the new version, once it is there. */
  readonly version: string | null;
  readonly usedBytes: number | null;
  /** Size of the difference, as it is stored. */
  readonly storedBytes: number | null;
  readonly reason: string;
  readonly startedAt: string;
  readonly changedAt: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
}

export const toUpdate = (row: UpdateSessionTable): Update => ({
  ...{ id: row.id, image: row.image_name, base: row.base_id, terminal: row.terminal },
  ...{ user: row.user_name, state: row.state, comment: row.comment, version: row.version_id },
  ...{ usedBytes: row.used_bytes, storedBytes: row.stored_bytes, reason: row.reason },
  ...{ startedAt: row.started_at, changedAt: row.changed_at, expiresAt: row.expires_at },
  endedAt: row.ended_at,
});

/** @throws NacreError MANAGER_NOT_FOUND */
export const requiredUpdate = async (db: Queries, id: string): Promise<UpdateSessionTable> => {
  const row = await findUpdate(db, id);
  if (row !== undefined) return row;
  throw new NacreError('MANAGER_NOT_FOUND', { what: 'update', name: id });
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const readUpdate = ({ store }: Ground, id: string): Promise<Update> =>
  store.read(async (db) => toUpdate(await requiredUpdate(db, id)));

/** The newest first. */
export const readUpdates = async (
  { store }: Ground,
  filter: UpdateFilter,
  wish: PageWish,
): Promise<Page<Update>> => {
  const page = await store.read((db) => listUpdates(db, filter, wish));
  return { ...page, items: page.items.map(toUpdate) };
};

/** What comes with an event. */
export interface UpdateMove {
  readonly event: UpdateEvent;
  readonly actor: Actor;
  readonly columns?: Partial<UpdateSessionTable>;
}

const stateFor = (ground: Ground, { state, changed_at: at }: UpdateSessionTable): UpdateState =>
  state === 'verifying' && ground.now().getTime() - Date.parse(at) > VERIFY_MS
    ? resumesAs[state]
    : state;

/**
 * Moves an update by an event, with its row in the audit.
 *
 * @throws NacreError UPDATE_STATE for a pair that the table of states does not have: nothing was changed
 */
export const moveUpdate = async (
  ground: Ground,
  db: Queries,
  row: UpdateSessionTable,
  { event, actor, columns = {} }: UpdateMove,
): Promise<UpdateSessionTable> => {
  const { image_name: image, terminal } = row;
  const state = next(row.state, event) ?? next(stateFor(ground, row), event);
  if (state === undefined)
    throw new NacreError('UPDATE_STATE', { image, terminal, state: row.state, event });
  const now = timeOf(ground);
  const ended = isHeld(state) ? {} : { ended_at: row.ended_at ?? now };
  const change = { state, changed_at: now, ...ended, ...columns };
  await changeUpdate(db, row.id, change);
  if (state !== row.state || event === 'upload') {
    const { version_id: version } = { ...row, ...change };
    const facts = { update: row.id, terminal, state, version };
    const deed = { action: `update.${event}`, kind: 'update', subject: image, facts };
    await audit(ground, db, actor, deed);
  }
  return { ...row, ...change };
};
