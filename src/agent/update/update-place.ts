/**
 * Where a terminal keeps its record of an update: on the boot agent partition, which the OS and Merlin both see and no image of the OS
 * holds; on a machine without one, in a folder.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { BOOT_AGENT_FILES } from '../../disk/boot-places.ts';
import { type DeviceInfo, listDisks } from '../../disk/device.ts';
import type { FatVolume } from '../../disk/fat.ts';
import { isNacreError } from '../../errors.ts';
import { changeBootAgent, type DeviceChoice, readBootAgent } from '../boot-agent-volume.ts';
import { findOwnDisk } from '../facts/own-disk.ts';
import { writeWhole } from '../state/whole-file.ts';
import {
  NO_UPDATES,
  parseUpdateRecord,
  RECORD_LIMIT_BYTES,
  serializeUpdateRecord,
  type UpdateRecord,
} from './update-record.ts';

const FILE = 'update.json';

/** Where a record lies. */
export interface UpdatePlace {
  /** For people. */
  readonly shown: string;
  /** The disk with the boot agent partition that it lies on; undefined for a folder. */
  readonly disk: DeviceChoice | undefined;
  /** @throws NacreError UPDATE_STATE_DAMAGED, DISK_… */
  readonly read: () => Promise<UpdateRecord>;
  /** On the medium when it resolves. @throws NacreError DISK_IN_USE, … */
  readonly write: (record: UpdateRecord) => Promise<void>;
}

/** Where people say that it lies. */
export interface PlaceChoice {
  /** Disk or image file; default: the one that this system runs from, else the only one with an update. */
  readonly disk?: DeviceChoice | undefined;
  /** For a machine whose disk has no boot agent partition. */
  readonly folder: string;
  /** UUID of this machine; empty where it tells none. */
  readonly machine: string;
}

const isEmpty = ({ manager, update }: UpdateRecord): boolean => manager === null && update === null;

const readVolume = async (volume: FatVolume, shown: string): Promise<UpdateRecord> => {
  const item = await volume.find(BOOT_AGENT_FILES.update);
  if (item === undefined || item.isFolder) return NO_UPDATES;
  const bytes = await volume.read(BOOT_AGENT_FILES.update, 0, RECORD_LIMIT_BYTES + 1);
  return parseUpdateRecord(shown, bytes);
};

const onDisk = (disk: DeviceChoice): UpdatePlace => {
  const shown = `${disk.path}: ${BOOT_AGENT_FILES.update}`;
  return {
    ...{ shown, disk },
    read: () => readBootAgent(disk, (volume) => readVolume(volume, shown)),
    write: (record) =>
      changeBootAgent(disk, async (volume) => {
        if (!isEmpty(record))
          await volume.write(BOOT_AGENT_FILES.update, serializeUpdateRecord(record));
        else if ((await volume.find(BOOT_AGENT_FILES.update)) !== undefined)
          await volume.remove(BOOT_AGENT_FILES.update);
      }),
  };
};

const readIfThere = async (file: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(file);
  } catch (reason) {
    const code = reason instanceof Error && 'code' in reason ? reason.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw reason;
  }
};

/** A record that came with an image is that of another machine. */
const ownRecord = (record: UpdateRecord, machine: string): UpdateRecord =>
  record.update === null || record.update.machine === machine
    ? record
    : { ...record, update: null };

const inFolder = ({ folder, machine }: PlaceChoice): UpdatePlace => {
  const file = path.join(folder, FILE);
  return {
    ...{ shown: file, disk: undefined },
    read: async () => {
      const bytes = await readIfThere(file);
      return bytes === undefined ? NO_UPDATES : ownRecord(parseUpdateRecord(file, bytes), machine);
    },
    write: async (record) => {
      if (isEmpty(record)) return rm(file, { force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeWhole(file, serializeUpdateRecord(record));
    },
  };
};

/** The record of a disk; undefined where it has no boot agent partition, or cannot be looked at. */
const recordOf = async (disk: DeviceChoice): Promise<UpdateRecord | undefined> => {
  try {
    return await onDisk(disk).read();
  } catch (reason) {
    if (isNacreError(reason, 'UPDATE_STATE_DAMAGED')) throw reason;
    if (isNacreError(reason)) return undefined;
    throw reason;
  }
};

/** The only disk with an update, for a system that runs from elsewhere. */
const updatingDisk = async (disks: readonly DeviceInfo[]): Promise<DeviceChoice | undefined> => {
  const found: DeviceChoice[] = [];
  for (const { path: disk } of disks) {
    const record = await recordOf({ path: disk });
    if (record?.update) found.push({ path: disk });
  }
  return found.length === 1 ? found[0] : undefined;
};

/** Where the record lies, or is to lie. @throws NacreError UPDATE_STATE_DAMAGED */
export const findUpdatePlace = async (wish: PlaceChoice): Promise<UpdatePlace> => {
  const { disk } = wish;
  const own = disk?.path ?? (await findOwnDisk({}));
  const choice = disk ?? (own === undefined ? undefined : { path: own });
  if (choice !== undefined && (await recordOf(choice)) !== undefined) return onDisk(choice);
  if (disk !== undefined) return inFolder(wish);
  const other = await updatingDisk(await listDisks());
  return other === undefined ? inFolder(wish) : onDisk(other);
};
