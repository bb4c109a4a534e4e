/** Groups of devices. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { DeviceGroupTable } from './tables.ts';

export const listGroups = (
  db: Queries,
  wish: PageWish,
): Promise<Page<DeviceGroupTable & { readonly devices: number }>> => {
  const query = db
    .selectFrom('device_group')
    .selectAll('device_group')
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
