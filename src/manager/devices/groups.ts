/** Groups of devices. */
import { NacreError } from '../../errors.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import {
  addGroupRow,
  addMember,
  findGroup,
  listGroups,
  removeGroupRow,
  removeMember,
} from '../store/group-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { RolloutState } from '../store/rollout-tables.ts';
import type { Queries } from '../store/store.ts';
import { type Device, deviceIn, knownDevice, refreshSearch } from './device.ts';

export interface Group {
  readonly name: string;
  readonly note: string;
  /** How many are in it. */
  readonly devices: number;
  readonly createdAt: string;
  /** What it is to run; null where nobody says. */
  readonly image: string | null;
  readonly rolloutState: RolloutState | null;
}

export const readGroups = async ({ store }: Ground, wish: PageWish): Promise<Page<Group>> => {
  const page = await store.read((db) => listGroups(db, wish));
  const items = page.items.map(({ name, note, devices, created_at: createdAt, image, state }) => ({
    ...{ name, note, devices, createdAt, image, rolloutState: state },
  }));
  return { ...page, items };
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const checkGroup = async (db: Queries, name: string): Promise<void> => {
  if ((await findGroup(db, name)) === undefined)
    throw new NacreError('MANAGER_NOT_FOUND', { what: 'group', name });
};

/** @throws NacreError MANAGER_EXISTS */
export const addGroup = (
  ground: Ground,
  actor: Actor,
  name: string,
  note: string,
): Promise<Group> =>
  ground.store.change(async (db) => {
    if ((await findGroup(db, name)) !== undefined)
      throw new NacreError('MANAGER_EXISTS', { what: 'group', name });
    const createdAt = timeOf(ground);
    await addGroupRow(db, { name, note, created_at: createdAt });
    await audit(ground, db, actor, { action: 'group.add', kind: 'group', subject: name });
    return { name, note, devices: 0, createdAt, image: null, rolloutState: null };
  });

/** The devices stay. @throws NacreError MANAGER_NOT_FOUND */
export const removeGroup = (ground: Ground, actor: Actor, name: string): Promise<void> =>
  ground.store.change(async (db) => {
    await checkGroup(db, name);
    await removeGroupRow(db, name);
    await audit(ground, db, actor, { action: 'group.remove', kind: 'group', subject: name });
  });

/** Puts a device into a group, or takes it out. @throws NacreError MANAGER_NOT_FOUND */
export const setMember = (
  ground: Ground,
  actor: Actor,
  {
    group,
    device: id,
    isMember,
  }: { readonly group: string; readonly device: string; readonly isMember: boolean },
): Promise<Device> =>
  ground.store.change(async (db) => {
    await checkGroup(db, group);
    const { name } = await knownDevice(db, id);
    await (isMember ? addMember : removeMember)(db, group, id);
    await refreshSearch(db, id);
    const action = isMember ? 'group.join' : 'group.leave';
    await audit(ground, db, actor, { action, kind: 'device', subject: id, facts: { name, group } });
    return deviceIn(db, id);
  });
