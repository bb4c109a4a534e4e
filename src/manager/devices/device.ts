/** A device as people and programs see it. */
import { NacreError } from '../../errors.ts';
import type { Ground } from '../ground.ts';
import {
  changeDeviceRow,
  type DeviceFilter,
  type DeviceParts,
  type DeviceSort,
  findDevice,
  listDevices,
  readDeviceParts,
} from '../store/device-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import type { DeviceState } from './device-states.ts';

/** Another device that says the same of itself. */
export interface DeviceConflict {
  readonly device: string;
  readonly name: string;
  readonly hint: string;
  readonly value: string;
  readonly foundAt: string;
}

export interface Device {
  readonly id: string;
  readonly name: string;
  readonly state: DeviceState;
  /** SHA-256 of its key, hex; null for one that has only started from the network. */
  readonly fingerprint: string | null;
  readonly uuid: string | null;
  readonly serial: string | null;
  readonly diskSerial: string | null;
  readonly macs: string[];
  readonly note: string;
  readonly tags: string[];
  readonly groups: string[];
  readonly conflicts: DeviceConflict[];
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly decidedAt: string | null;
  readonly decidedBy: string | null;
  /** The seed's words. */
  readonly supportImgBackup: boolean | null;
  readonly backupImagePresent: boolean | null;
  readonly backImageVer: string | null;
}

const flag = (value: 0 | 1 | null): boolean | null => (value === null ? null : value === 1);

const toDevice = (row: DeviceTable, { macs, tags, groups, conflicts }: DeviceParts): Device => {
  const own = (part: { readonly device_id: string }): boolean => part.device_id === row.id;
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    fingerprint: row.fingerprint,
    uuid: row.uuid,
    serial: row.serial,
    diskSerial: row.disk_serial,
    macs: macs.filter(own).map(({ mac }) => mac),
    note: row.note,
    tags: tags.filter(own).map(({ tag }) => tag),
    groups: groups.filter(own).map(({ group_name: name }) => name),
    conflicts: conflicts.filter(own).map((each) => ({
      device: each.other_id,
      name: each.other_name,
      hint: each.hint,
      value: each.value,
      foundAt: each.found_at,
    })),
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
    supportImgBackup: flag(row.support_img_backup),
    backupImagePresent: flag(row.backup_image_present),
    backImageVer: row.back_image_ver,
  };
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const knownDevice = async (db: Queries, id: string): Promise<DeviceTable> => {
  const row = await findDevice(db, id);
  if (row === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'device', name: id });
  return row;
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const deviceIn = async (db: Queries, id: string): Promise<Device> =>
  toDevice(await knownDevice(db, id), await readDeviceParts(db, [id]));

/** @throws NacreError MANAGER_NOT_FOUND */
export const readDevice = ({ store }: Ground, id: string): Promise<Device> =>
  store.read((db) => deviceIn(db, id));

/** Devices, a page at a time. */
export const readDevices = (
  { store }: Ground,
  filter: DeviceFilter,
  sort: DeviceSort,
  wish: PageWish,
): Promise<Page<Device>> =>
  store.read(async (db) => {
    const page = await listDevices(db, filter, sort, wish);
    const parts = await readDeviceParts(
      db,
      page.items.map(({ id }) => id),
    );
    return { ...page, items: page.items.map((row) => toDevice(row, parts)) };
  });

/** Writes down anew what a search looks through: after every change of a device, in its transaction. */
export const refreshSearch = async (db: Queries, id: string): Promise<void> => {
  const device = await deviceIn(db, id);
  const { name, note, serial, diskSerial, uuid, fingerprint, macs, tags, groups } = device;
  const words = [name, note, serial, diskSerial, uuid, fingerprint, ...macs, ...tags, ...groups];
  const search = words
    .filter((word) => word !== null)
    .join('\n')
    .toLowerCase();
  await changeDeviceRow(db, id, { search });
};
