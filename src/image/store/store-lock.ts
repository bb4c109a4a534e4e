/**
 * Locks of a store: files in `locks/` that the kernel locks (flock). A lock ends with its process, so
 * nothing is left behind by a crash; the text in the file only tells others who holds it.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type NativeLock, native, toNacreError } from '../../disk/native.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import type { FolderStore } from './folder-store.ts';
import { toStoreError } from './store-error.ts';
import { lockName } from './store-layout.ts';

const POLL_MS = 25;

/** Who works on a store; stands in lock and lease files. */
export interface StoreOwner {
  readonly pid: number;
  readonly host: string;
}

/** What the parts of a store share. */
export interface StoreContext {
  readonly files: FolderStore;
  readonly owner: StoreOwner;
  readonly now: () => Date;
  /** How long a short lock is waited for, in milliseconds. */
  readonly lockWaitMs: number;
}

/** Name of the lock for short changes of the store: publishing, labels, deleting. */
export const STORE_LOCK = 'store';
/** Name of the lock of garbage collection; checks hold it shared. */
export const GC_LOCK = 'gc';
/** Name of the lock that a capture of an image holds. */
export const imageLock = (name: string): string => `image-${name}`;

/** Current time, ISO 8601 UTC. */
export const timeOf = (context: StoreContext): string => context.now().toISOString();

const holderOf = (file: string): { pid: string; host: string; since: string } => {
  const unknown = { pid: 'unknown', host: 'unknown', since: 'unknown' };
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null) return unknown;
    const fields = Object.entries(value).filter(([field]) => field in unknown);
    return Object.assign(unknown, Object.fromEntries(fields.map(([key, it]) => [key, String(it)])));
  } catch (reason) {
    if (reason instanceof Error) return unknown;
    throw reason;
  }
};

/** Says in a lock file who holds it. Only for people, so that a full file system does not matter. */
const noteOwner = (context: StoreContext, file: string): void => {
  try {
    writeFileSync(file, `${JSON.stringify({ ...context.owner, since: timeOf(context) })}\n`);
  } catch (reason) {
    if (!isNacreError(toStoreError(reason, file), 'STORE_FULL')) throw reason;
  }
};

/** The lock of a file; its text then names the owner. @returns undefined while it is held */
export const tryLockFile = (
  context: StoreContext,
  file: string,
  mode: 'shared' | 'exclusive',
): NativeLock | undefined => {
  let lock: NativeLock | undefined;
  try {
    lock = native.lockFile(file, mode);
    if (lock !== undefined && mode === 'exclusive') noteOwner(context, file);
    return lock;
  } catch (reason) {
    lock?.close();
    throw toStoreError(toNacreError(reason), file);
  }
};

const lockPath = (context: StoreContext, name: string): string =>
  context.files.localPath(lockName(name));

/** Processes of this machine that hold a lock on a file, by the kernel's list. */
const lockingPids = (file: string): readonly string[] => {
  const { ino } = statSync(file);
  const rows = readFileSync('/proc/locks', 'utf8').split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, kind, , , , inode = '']) => kind === 'FLOCK' && inode.endsWith(`:${ino}`))
    .map(([, , , , pid = '']) => pid);
};

/**
 * Who holds a lock. The text in the file may be that of an earlier holder, since one that shares the lock
 * leaves none; it counts when the kernel says the same, or knows nothing, as of other machines.
 */
const findHolder = (context: StoreContext, file: string): ReturnType<typeof holderOf> => {
  const noted = holderOf(file);
  const pids = lockingPids(file);
  const [pid] = pids;
  if (pid === undefined || pids.includes(noted.pid)) return noted;
  return { pid, host: context.owner.host, since: 'unknown' };
};

/** `STORE_BUSY` with the holder. */
const busyError = (context: StoreContext, name: string): NacreError => {
  const holder = findHolder(context, lockPath(context, name));
  return new NacreError('STORE_BUSY', { what: name, store: context.files.location, ...holder });
};

/** Takes a lock or refuses at once. @throws NacreError `STORE_BUSY`, `STORE_READ_ONLY` */
export const takeLock = (
  context: StoreContext,
  name: string,
  mode: 'shared' | 'exclusive' = 'exclusive',
): NativeLock => {
  const lock = tryLockFile(context, lockPath(context, name), mode);
  if (lock === undefined) throw busyError(context, name);
  return lock;
};

/** Runs a short change under the store lock. @throws NacreError `STORE_BUSY` after `lockWaitMs` */
export const withStoreLock = async <Result>(
  context: StoreContext,
  work: () => Promise<Result>,
): Promise<Result> => {
  const file = lockPath(context, STORE_LOCK);
  let waitedMs = 0;
  let lock = tryLockFile(context, file, 'exclusive');
  while (lock === undefined) {
    if (waitedMs >= context.lockWaitMs) throw busyError(context, STORE_LOCK);
    await setTimeout(POLL_MS);
    waitedMs += POLL_MS;
    lock = tryLockFile(context, file, 'exclusive');
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
};
