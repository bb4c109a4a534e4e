/**
 * Leases: what running work still needs. A lease is a locked file in `leases/` that names versions and
 * packs, with a folder of the same name in `tmp/`. Garbage collection keeps what a locked lease names;
 * a lease that nobody locks is left from a crash and is swept with its folder.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { NativeLock } from '../../disk/native.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { makeFolder } from './folder-store.ts';
import { hasErrorCode, toStoreError, writing } from './store-error.ts';
import { leaseName } from './store-layout.ts';
import { type StoreContext, timeOf, tryLockFile, withStoreLock } from './store-lock.ts';
import { isLive, listUploads } from './upload-record.ts';

const needs = z.object({ versions: z.array(z.string()), packs: z.array(z.string()) });

/** Ids of versions and names of packs. */
export interface LeaseNeeds {
  readonly versions: readonly string[];
  readonly packs: readonly string[];
}

/** A lease of running work. */
export interface Lease {
  /** Folder for files in the making, on the file system of the store. */
  readonly directory: string;
  /** The same folder as the store names it. */
  readonly folder: string;
  /** Gives up the lease and deletes its folder; idempotent. */
  close(): Promise<void>;
}

const folderOf = (context: StoreContext, id: string): string =>
  context.files.localPath(`tmp/${id}`);

/**
 * Makes a lease. `find` tells what it needs and runs under the store lock, so that nothing of it can be
 * deleted before the lease stands. Leftovers of crashed work are swept on the way.
 */
export const openLease = async (
  context: StoreContext,
  find: () => Promise<LeaseNeeds>,
): Promise<Lease> => {
  const id = randomUUID();
  const file = context.files.localPath(leaseName(id));
  let lock: NativeLock | undefined;
  const close = async (): Promise<void> => {
    await rm(folderOf(context, id), { recursive: true, force: true });
    await context.files.delete(leaseName(id));
    lock?.close();
    lock = undefined;
  };
  await withStoreLock(context, async () => {
    await sweepLeases(context);
    const found = await find();
    try {
      lock = tryLockFile(context, file, 'exclusive');
      const text = JSON.stringify({ ...context.owner, since: timeOf(context), ...found });
      await writing(file, () => writeFile(file, text));
      await writing(file, () => makeFolder(folderOf(context, id)));
    } catch (reason) {
      // Half a lease that stays locked would stop every other work on the store.
      await close();
      throw reason;
    }
  });
  return { directory: folderOf(context, id), folder: `tmp/${id}`, close };
};

/**
 * A lease for reading. @returns undefined where none can be made: a store that may not be written is not
 * collected by this user either, and a full one must still be read
 */
export const openReadLease = async (
  context: StoreContext,
  find: () => Promise<LeaseNeeds>,
): Promise<Lease | undefined> => {
  try {
    return await openLease(context, find);
  } catch (reason) {
    if (isNacreError(reason, 'STORE_READ_ONLY') || isNacreError(reason, 'STORE_FULL')) {
      return undefined;
    }
    throw reason;
  }
};

/** What a held lease needs; nothing when its owner has just given it up. */
const readNeeds = async (file: string): Promise<LeaseNeeds> => {
  try {
    const result = needs.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (result.success) return result.data;
  } catch (reason) {
    if (hasErrorCode(reason, 'ENOENT')) return { versions: [], packs: [] };
    if (!(reason instanceof SyntaxError)) throw toStoreError(reason, file);
  }
  throw new NacreError('STORE_IO', { path: file, reason: 'it is no lease' });
};

/** Leases that are held, and what the others left in `tmp/`. */
export interface LeaseState {
  readonly held: readonly LeaseNeeds[];
  /** Entries of `tmp/` that belong to no held lease, and uploads that nobody goes on with: `tmp/…`, `uploads/…`. */
  readonly leftovers: readonly string[];
}

/** What uploads need, and those that are given up. */
const readUploads = async (context: StoreContext): Promise<LeaseState> => {
  const held: LeaseNeeds[] = [];
  const leftovers: string[] = [];
  for (const upload of await listUploads(context)) {
    if (upload.record === undefined || !isLive(upload, context.now())) {
      leftovers.push(`uploads/${upload.id}`);
      continue;
    }
    const { parent, known, own } = upload.record;
    held.push({ versions: parent === null ? [] : [parent], packs: [...known, ...own] });
  }
  return { held, leftovers };
};

/** Looks at all leases and deletes those whose owner is gone. Runs under the store lock. */
export const readLeases = async (context: StoreContext): Promise<LeaseState> => {
  const held: LeaseNeeds[] = [];
  const folders = new Set<string>();
  for (const name of await context.files.list('leases')) {
    const file = context.files.localPath(name);
    const lock = tryLockFile(context, file, 'shared');
    if (lock === undefined) {
      held.push(await readNeeds(file));
      folders.add(name.replace(/^leases\/(.*)\.json$/, '$1'));
      continue;
    }
    await context.files.delete(name);
    lock.close();
  }
  const entries = await readdir(context.files.localPath('tmp'));
  const unfinished = entries.filter((entry) => !folders.has(entry)).map((entry) => `tmp/${entry}`);
  const uploads = await readUploads(context);
  return {
    held: [...held, ...uploads.held],
    leftovers: [...unfinished, ...uploads.leftovers],
  };
};

/** Deletes what crashed work left in `tmp/`, and uploads that are given up. Runs under the store lock. */
export const sweepLeases = async (context: StoreContext): Promise<LeaseState> => {
  const state = await readLeases(context);
  for (const entry of state.leftovers) {
    const target = context.files.localPath(entry);
    await writing(target, () => rm(target, { recursive: true, force: true }));
  }
  return state;
};
