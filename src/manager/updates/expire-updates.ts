/** What happens to updates by themselves: those of which nothing was heard for too long end, and that is announced before. */
import { isNacreError } from '../../errors.ts';
import { type Ground, MANAGER, timeIn, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import type { Queries } from '../store/store.ts';
import { changeUpdate, endingUpdates, findUpdate } from '../store/update-rows.ts';
import type { UpdateSessionTable } from '../store/update-tables.ts';
import { moveUpdate } from './update.ts';

/** The end is announced so long before. */
export const WARN_SECONDS = 2 * 86_400;

const warn = async (ground: Ground, db: Queries, row: UpdateSessionTable): Promise<void> => {
  const { id, image_name: image, terminal, expires_at: expiresAt } = row;
  await changeUpdate(db, id, { warned_at: timeOf(ground) });
  const facts = { update: id, terminal, expiresAt };
  const deed = { action: 'update.warn', kind: 'update', subject: image, facts };
  await audit(ground, db, MANAGER, deed);
};

const expire = async (ground: Ground, db: Queries, row: UpdateSessionTable): Promise<void> => {
  const reason = `nothing was heard of ${row.terminal} until ${row.expires_at}`;
  try {
    await moveUpdate(ground, db, row, { event: 'expire', actor: MANAGER, columns: { reason } });
  } catch (failure) {
    // A version is being made of it at this moment.
    if (!isNacreError(failure, 'UPDATE_STATE')) throw failure;
  }
};

/** One look at updates whose end is near. */
export const expireUpdates = async (ground: Ground): Promise<void> => {
  const near = await ground.store.read((db) => endingUpdates(db, timeIn(ground, WARN_SECONDS)));
  for (const id of near)
    await ground.store.change(async (db) => {
      const row = await findUpdate(db, id);
      if (row === undefined || row.ended_at !== null) return;
      if (row.expires_at <= timeOf(ground)) await expire(ground, db, row);
      else if (row.warned_at === null) await warn(ground, db, row);
    });
};
