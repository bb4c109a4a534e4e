/** A terminal takes an image to change it (spec T-1, T-6), goes on, gives it back, or has it taken away. */
import { NacreError } from '../../errors.ts';
import { checkImageName } from '../../image/store/image-reference.ts';
import { type Actor, type Ground, timeIn, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { digestOf, makeId, makeSecret } from '../identity/secret.ts';
import { findPackage } from '../store/package-rows.ts';
import type { Queries } from '../store/store.ts';
import { addUpdate, changeUpdate, holderOf } from '../store/update-rows.ts';
import type { UpdateSessionTable } from '../store/update-tables.ts';
import { moveUpdate, requiredUpdate, toUpdate, type Update } from './update.ts';

/** After so long without a word of the terminal the image is free again. */
export const HOLD_SECONDS = 14 * 86_400;

/** Of an id, as people see it. */
const SHOWN_DIGITS = 8;
const short = (id: string): string => id.slice(0, SHOWN_DIGITS);

/** Who asks, and as which user. */
export interface UpdateActor {
  readonly user: string;
  readonly actor: Actor;
}

/** What a terminal says that begins. */
export interface UpdateWish {
  readonly image: string;
  /** 8 or more hex digits of the version that it runs. */
  readonly base: string;
  readonly terminal: string;
}

const latestOf = async (db: Queries, image: string): Promise<string> => {
  const found = await findPackage(db, image);
  if (found === undefined)
    throw new NacreError('MANAGER_NOT_FOUND', { what: 'package', name: image });
  if (found.latest_id !== null) return found.latest_id;
  throw new NacreError('MANAGER_NOT_FOUND', { what: 'version', name: `${image}:latest` });
};

/** @throws NacreError UPDATE_HELD */
const requireFree = async (db: Queries, image: string): Promise<void> => {
  const held = await holderOf(db, image);
  if (held === undefined) return;
  const { terminal, user_name: user, started_at: since } = held;
  throw new NacreError('UPDATE_HELD', { image, terminal, user, since });
};

/**
 * A terminal holds an image from now on; the package lists must be up to date.
 *
 * @throws NacreError MANAGER_NOT_FOUND, IMAGE_NAME, UPDATE_HELD, UPDATE_NOT_LATEST
 */
export const startUpdate = (
  ground: Ground,
  { user, actor }: UpdateActor,
  { image, base, terminal }: UpdateWish,
): Promise<Update> =>
  ground.store.change(async (db) => {
    const latest = await latestOf(db, checkImageName(image));
    await requireFree(db, image);
    if (!latest.startsWith(base))
      throw new NacreError('UPDATE_NOT_LATEST', { latest: short(latest), booted: short(base) });
    const now = timeOf(ground);
    const row: UpdateSessionTable = {
      ...{ id: makeId().replaceAll('-', ''), image_name: image, base_id: latest, terminal },
      ...{ user_name: user, state: 'started', comment: '', token_hash: null, version_id: null },
      ...{ used_bytes: null, stored_bytes: null, reason: '', started_at: now, changed_at: now },
      ...{ expires_at: timeIn(ground, HOLD_SECONDS), warned_at: null, ended_at: null },
    };
    await addUpdate(db, row);
    const facts = { update: row.id, terminal, base: latest };
    await audit(ground, db, actor, {
      action: 'update.start',
      kind: 'update',
      subject: image,
      facts,
    });
    return toUpdate(row);
  });

/** Columns of an update whose terminal was just heard. */
export const heard = (ground: Ground): Partial<UpdateSessionTable> => ({
  expires_at: timeIn(ground, HOLD_SECONDS),
  warned_at: null,
});

/**
 * The terminal finishes: it gets a token with which it sends, and any earlier one counts no longer.
 *
 * @param comment of the new version; by default that of the `finish` before, or one that names the terminal
 * @throws NacreError MANAGER_NOT_FOUND, UPDATE_STATE, UPDATE_BASE_MOVED
 */
export const finishUpdate = (
  ground: Ground,
  { user, actor }: UpdateActor,
  id: string,
  comment: string | undefined,
): Promise<{ readonly update: Update; readonly token: string }> =>
  ground.store.change(async (db) => {
    const row = await requiredUpdate(db, id);
    const { image_name: image, base_id: base, terminal } = row;
    const token = makeSecret();
    const columns = {
      ...{ comment: comment || row.comment || `updated at terminal ${terminal}` },
      ...{ user_name: user, token_hash: digestOf(token), ...heard(ground) },
    };
    const moved = await moveUpdate(ground, db, row, { event: 'upload', actor, columns });
    const latest = await latestOf(db, image);
    if (latest !== base)
      throw new NacreError('UPDATE_BASE_MOVED', {
        ...{ image, base: short(base), latest: short(latest) },
      });
    return { update: toUpdate(moved), token };
  });

/** The terminal gives up. @throws NacreError MANAGER_NOT_FOUND, UPDATE_STATE */
export const cancelUpdate = (ground: Ground, { actor }: UpdateActor, id: string): Promise<Update> =>
  ground.store.change(async (db) => {
    const columns = { reason: `cancelled by ${actor.name}` };
    const row = await requiredUpdate(db, id);
    return toUpdate(await moveUpdate(ground, db, row, { event: 'cancel', actor, columns }));
  });

/** An administrator takes the image from a terminal, whose changes stay there. @throws NacreError MANAGER_NOT_FOUND, UPDATE_STATE */
export const releaseUpdate = (
  ground: Ground,
  { actor }: UpdateActor,
  id: string,
): Promise<Update> =>
  ground.store.change(async (db) => {
    const columns = { reason: `released by ${actor.name}` };
    const row = await requiredUpdate(db, id);
    return toUpdate(await moveUpdate(ground, db, row, { event: 'release', actor, columns }));
  });

/** The terminal may take as long again. @throws NacreError MANAGER_NOT_FOUND, UPDATE_STATE for one that is over */
export const extendUpdate = (ground: Ground, { actor }: UpdateActor, id: string): Promise<Update> =>
  ground.store.change(async (db) => {
    const row = await requiredUpdate(db, id);
    const { image_name: image, terminal, state } = row;
    if (row.ended_at !== null)
      throw new NacreError('UPDATE_STATE', { image, terminal, state, event: 'extend' });
    await changeUpdate(db, id, heard(ground));
    const facts = { update: id, terminal };
    await audit(ground, db, actor, {
      action: 'update.extend',
      kind: 'update',
      subject: image,
      facts,
    });
    return toUpdate({ ...row, ...heard(ground) });
  });
