/** Backups: one file of SQLite with everything, whatever data base it comes from and whatever it goes back into. */
import { chmod, link, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { claimNewFile } from '../../disk/new-file.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { ServiceLog } from '../../job/serving/service-log.ts';
import { copyRows } from './copy-rows.ts';
import { toDatabaseError } from './database-error.ts';
import { lastMigration, MIGRATIONS } from './migrate.ts';
import { openStore, type StorePlace, shownPlace } from './open-store.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

const QUIET: Pick<ServiceLog, 'info' | 'warn'> = { info: () => undefined, warn: () => undefined };
const now = (): Date => new Date();

const flush = async (file: string): Promise<void> => {
  await using opened = await open(file, 'r+');
  await opened.sync();
};

const flushFolder = async (folder: string): Promise<void> => {
  await using opened = await open(folder, 'r');
  await opened.sync();
};

/** Copies a file of SQLite as it is at one moment, also while a manager writes it. */
const copyFile = (
  from: string,
  to: string,
  invalid: (reason: string, cause?: unknown) => unknown,
): void => {
  let file: ReturnType<typeof openSqlite> | undefined;
  try {
    file = openSqlite(from, { isReadOnly: true });
    if (!file.isOurs()) throw invalid('it is no data base of a manager');
    const damage = file.findDamage();
    if (damage !== undefined) throw invalid(damage);
    file.copyTo(to);
  } catch (reason) {
    if (isNacreError(reason)) throw reason;
    const known = toDatabaseError(reason, from);
    if (isNacreError(known, 'MANAGER_DATABASE_CORRUPT'))
      throw invalid(String(known.facts['reason']), reason);
    throw known;
  } finally {
    file?.close();
  }
};

const copyServer = async (place: StorePlace, file: string): Promise<void> => {
  await using from = await openStore({ place, now, log: QUIET, isUntouched: true });
  const number = await from.read(lastMigration);
  const migrations = MIGRATIONS.slice(0, number);
  await using to = await openStore({
    place: { kind: 'sqlite', file },
    now,
    log: QUIET,
    migrations,
  });
  await from.snapshot((rows) => to.change((db) => copyRows(rows, db, 'sqlite')));
};

/**
 * Writes everything to a new file of mode 0600. The data base is not changed, nor brought forward.
 *
 * @throws NacreError CLI_FILE_EXISTS, MANAGER_DATABASE_…
 */
export const backUp = async (place: StorePlace, file: string): Promise<void> => {
  await using claimed = await claimNewFile(file);
  await chmod(file, 0o600);
  const corrupt = (reason: string, cause?: unknown): NacreError =>
    new NacreError('MANAGER_DATABASE_CORRUPT', { place: shownPlace(place), reason }, { cause });
  if (place.kind === 'sqlite') copyFile(place.file, file, corrupt);
  else await copyServer(place, file);
  await flush(file);
  claimed.keep();
};

/** The backup as a file beside the data base, brought forward to this release. */
const prepare = async (backup: string, file: string): Promise<void> => {
  const invalid = (reason: string, cause?: unknown): NacreError =>
    new NacreError('MANAGER_BACKUP_INVALID', { path: backup, reason }, { cause });
  await rm(file, { force: true });
  copyFile(backup, file, invalid);
  const store = await openStore({ place: { kind: 'sqlite', file }, now, log: QUIET });
  await store.close();
  await flush(file);
};

const isThere = async (file: string): Promise<boolean> => {
  try {
    await using _opened = await open(file, 'r');
    return true;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return false;
    throw reason;
  }
};

/** What was written last is brought into the file; one that is too damaged for that stays as it is. */
const settle = (file: string): void => {
  try {
    openSqlite(file).close();
  } catch (reason) {
    if (!isNacreError(toDatabaseError(reason, file), 'MANAGER_DATABASE_CORRUPT')) throw reason;
  }
};

/** Puts a file in the place of another, which keeps a name. There is a whole file in that place at every moment. */
const exchange = async (fresh: string, file: string, kept: string): Promise<void> => {
  settle(file);
  // The log of another file must not be taken for that of the new one (sqlite.org/howtocorrupt.html, section 1.4).
  for (const end of ['-wal', '-shm'])
    if (await isThere(`${file}${end}`)) await rename(`${file}${end}`, `${kept}${end}`);
  await link(file, kept);
  await rename(fresh, file);
};

export interface RestoreReport {
  /** Where the data base that was there before is now. */
  readonly kept: string | undefined;
}

const restoreFile = async (
  backup: string,
  file: string,
  isReplaced: boolean,
): Promise<RestoreReport> => {
  const hasOne = await isThere(file);
  if (hasOne && !isReplaced) throw new NacreError('MANAGER_DATABASE_EXISTS', { place: file });
  const fresh = `${file}.restored`;
  await prepare(backup, fresh);
  const kept = hasOne ? `${file}.replaced-${now().toISOString().replace(/[:.]/g, '-')}` : undefined;
  if (kept === undefined) await rename(fresh, file);
  else await exchange(fresh, file, kept);
  await flushFolder(path.dirname(file));
  return { kept };
};

const hasRows = async (store: Store): Promise<boolean> => {
  const key = await store.read((db) =>
    db.selectFrom('manager_key').select('name').executeTakeFirst(),
  );
  return key !== undefined;
};

const restoreServer = async (
  backup: string,
  place: StorePlace,
  scratch: string,
): Promise<RestoreReport> => {
  const fresh = path.join(scratch, 'backup.restored');
  try {
    await prepare(backup, fresh);
    await using from = await openStore({ place: { kind: 'sqlite', file: fresh }, now, log: QUIET });
    await using to = await openStore({ place, now, log: QUIET });
    // Its audit cannot be removed, so that nothing can be put in its place.
    if (await hasRows(to)) throw new NacreError('MANAGER_DATABASE_EXISTS', { place: to.place });
    await to.change((db) => from.read((rows) => copyRows(rows, db, 'postgres')));
    return { kept: undefined };
  } finally {
    await rm(fresh, { force: true });
  }
};

/**
 * Puts a backup in the place of a data base: a file keeps another name beside it, a server's has to be empty. No manager may run on it.
 *
 * @param scratch a folder of this user alone
 * @throws NacreError MANAGER_BACKUP_INVALID, MANAGER_DATABASE_EXISTS, MANAGER_DATABASE_NEWER, MANAGER_DATABASE_…; nothing was changed
 */
export const restoreBackup = (
  backup: string,
  place: StorePlace,
  { isReplaced, scratch }: { readonly isReplaced: boolean; readonly scratch: string },
): Promise<RestoreReport> =>
  place.kind === 'sqlite'
    ? restoreFile(backup, place.file, isReplaced)
    : restoreServer(backup, place, scratch);
