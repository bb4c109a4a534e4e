/** What the device keeps when its OS is made anew (spec A-30): its identity, its name, the agent itself, and what the administrator named. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { KeptFile } from '../../codec/kept-files.ts';
import { isUntold } from '../../disk/machine.ts';
import { findBackup } from '../../image/backup/backup-place.ts';
import { changeKeptFiles, type KeptSource } from '../../image/backup/kept-files.ts';
import type { AgentFiles } from '../state/agent-files.ts';
import { type AgentState, serializeAgentState } from '../state/agent-state.ts';
import { writeWhole } from '../state/whole-file.ts';

const MOST_FILES = 2048;
const PERMISSIONS = 0o7777;

/** Paths that an agent of this machine keeps besides its own folder. */
export interface KeptPlaces {
  /** Host name, unit, what enables it: those that are there. */
  readonly files: readonly string[];
  /** Folder of this program where it was installed by a package; undefined for a checkout. */
  readonly program: string | undefined;
}

/** As a kept file is named: relative to the root. */
const keptPath = (file: string): string => path.resolve(file).replace(/^\/+/, '');

const infoOf = async (file: string) => {
  try {
    return await stat(file);
  } catch (reason) {
    if (isUntold(reason)) return undefined;
    throw reason;
  }
};

/** A file, or all files below a folder. Links are followed: the OS that comes may not have what they lead to. */
const sourcesOf = async (place: string, from = place): Promise<readonly KeptSource[]> => {
  const info = await infoOf(from);
  if (info?.isDirectory() === true) {
    const found: KeptSource[] = [];
    for (const name of (await readdir(from)).sort()) {
      found.push(...(await sourcesOf(path.join(place, name), path.join(from, name))));
      if (found.length > MOST_FILES) break;
    }
    return found.slice(0, MOST_FILES);
  }
  if (info?.isFile() !== true) return [];
  const { uid: owner, gid: group, mode } = info;
  return [{ path: keptPath(place), from, mode: mode & PERMISSIONS, owner, group }];
};

const isBelow = (file: string, folder: string | undefined): boolean =>
  folder !== undefined && file.startsWith(`${keptPath(folder)}/`);

export interface KeepOptions {
  /** Path of the disk. */
  readonly disk: string;
  readonly files: AgentFiles;
  /** What the new OS is to find as the state of its agent. */
  readonly state: AgentState;
  readonly places: KeptPlaces;
  /** `keep` of the settings. */
  readonly more: readonly string[];
}

/**
 * Makes all of it what the device keeps. What an administrator had kept by other ways stays.
 *
 * @throws NacreError BACKUP_…, DISK_…, FAT_FULL, KEPT_FILE_DAMAGED
 */
export const keepIdentity = async (options: KeepOptions): Promise<readonly KeptFile[]> => {
  const { disk, files, state, places, more } = options;
  const beside = `${files.state}.kept`;
  await writeWhole(beside, serializeAgentState(state));
  const sources: KeptSource[] = [...(await sourcesOf(files.state, beside))];
  const program = places.program === undefined ? [] : [places.program];
  for (const place of [files.key, files.settings, ...places.files, ...program, ...more])
    sources.push(...(await sourcesOf(place)));
  const unique = new Map(sources.map((source) => [source.path, source]));
  return await changeKeptFiles(await findBackup({ path: disk }), [...unique.values()], {
    // Parts of an older release of this program are of no use to the newer one.
    staying: ({ path: kept }) => !isBelow(kept, files.folder) && !isBelow(kept, places.program),
  });
};
