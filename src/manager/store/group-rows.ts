/** Groups of devices. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { DesiredStateTable } from './rollout-tables.ts';
import type { Queries } from './store.ts';
import type { DeviceGroupTable } from './tables.ts';

type Nullable<Row> = { readonly [Column in keyof Row]: Row[Column] | null };

/** A group, how many are in it, and what it is to run. */
export type GroupRow = DeviceGroupTable &
  Pick<Nullable<DesiredStateTable>, 'image' | 'state'> & { readonly devices: number };

export const listGroups = (db: Queries, wish: PageWish): Promise<Page<GroupRow>> => {
  const query = db
    .selectFrom('device_group')
    .leftJoin('desired_state', 'desired_state.group_name', 'device_group.name')
    .selectAll('device_group')
    .select(['desired_state.image', 'desired_state.state'])
    .select(
      sql<number>`(select count(*) from device_group_member where group_name = device_group.name)`.as(
        'devices',
      ),
    );
  const name = sql.ref('device_group.name');
  return readPage(query, { by: name, id: name }, wish);
};

export const findGroup = (db: Queries, name: string): Promise<DeviceGroupTable | undefined> =>
  db.selectFrom('device_group').selectAll().where('name', '=', name).executeTakeFirst();

export const addGroupRow = async (db: Queries, row: DeviceGroupTable): Promise<void> => {
  await db.insertInto('device_group').values(row).execute();
};

export const removeGroupRow = async (db: Queries, name: string): Promise<void> => {
  await db.deleteFrom('device_group').where('name', '=', name).execute();
};

/** Nothing happens where it is one already. */
export const addMember = async (db: Queries, group: string, device: string): Promise<void> => {
  const row = { group_name: group, device_id: device };
  await db
    .insertInto('device_group_member')
    .values(row)
    .onConflict((on) => on.doNothing())
    .execute();
};

export const removeMember = async (db: Queries, group: string, device: string): Promise<void> => {
  await db
    .deleteFrom('device_group_member')
    .where('group_name', '=', group)
    .where('device_id', '=', device)
    .execute();
};
