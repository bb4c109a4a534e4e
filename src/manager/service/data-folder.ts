/** The folder of a manager, and the lock by which only one has it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureDir } from 'fs-extra/esm';
import { type NativeLock, native } from '../../disk/native.ts';
import { NacreError } from '../../errors.ts';

/** What lies in the folder. */
export interface ManagerFiles {
  readonly folder: string;
  /** The data base, where it is SQLite's. */
  readonly dataBase: string;
  readonly lock: string;
}

/** @param data the data folder of this machine's services */
export const managerFiles = (data: string): ManagerFiles => {
  const folder = path.join(data, 'manager');
  return {
    folder,
    dataBase: path.join(folder, 'manager.sqlite'),
    lock: path.join(folder, 'manager.lock'),
  };
};

/** Makes it, for its owner alone: keys lie in there. */
export const makeManagerFolder = ({ folder }: ManagerFiles): Promise<void> =>
  ensureDir(folder, 0o700);

const holderOf = (file: string): { readonly pid: string; readonly since: string } => {
  const [pid = '?', since = '?'] = readFileSync(file, 'utf8').trim().split(' ');
  return { pid, since };
};

/**
 * Takes the folder until the lock is closed, or this process ends, however it does.
 *
 * @throws NacreError MANAGER_RUNS with the process that has it
 */
export const lockManagerFolder = ({ lock: file }: ManagerFiles, now: Date): NativeLock => {
  const lock = native.lockFile(file, 'exclusive');
  if (lock === undefined) throw new NacreError('MANAGER_RUNS', { ...holderOf(file), path: file });
  writeFileSync(file, `${process.pid} ${now.toISOString()}\n`);
  return lock;
};
