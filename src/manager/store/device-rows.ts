/** Devices: rows, and finding them by what they are known by. */
import { type ExpressionBuilder, sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { DeviceConflictTable, DeviceTable, Tables } from './tables.ts';

/** Which devices. */
export interface DeviceFilter {
  /** Part of a name, a note, a hint or a tag. */
  readonly search?: string | undefined;
  /** One device, by what a person would type: the whole name, serial, UUID, MAC, or the start of id or fingerprint. */
  readonly find?: string | undefined;
  readonly state?: DeviceTable['state'] | undefined;
  readonly group?: string | undefined;
  readonly tag?: string | undefined;
}

export type DeviceSort = 'name' | 'state' | 'first_seen_at' | 'last_seen_at';

type Where = ExpressionBuilder<Tables, 'device'>;

/** For `like … escape '\\'`. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const contains = (text: string) =>
  sql<boolean>`device.search like ${`%${literal(text.toLowerCase())}%`} escape '\\'`;

const startsWith = (column: string, text: string) =>
  sql<boolean>`${sql.ref(column)} like ${`${literal(text)}%`} escape '\\'`;

const LEAST_PREFIX = 8;

const isNamed = (eb: Where, text: string) => {
  const lower = text.toLowerCase();
  const macs = eb.selectFrom('device_mac').select('device_id').where('mac', '=', lower);
  return eb.or([
    eb('device.name', '=', text),
    eb('device.serial', '=', text),
    eb('device.uuid', '=', lower),
    eb('device.id', 'in', macs),
    ...(lower.length < LEAST_PREFIX
      ? []
      : [startsWith('device.id', lower), startsWith('device.fingerprint', lower)]),
  ]);
};

const filtered = (db: Queries, { search, find, state, group, tag }: DeviceFilter) => {
  let query = db.selectFrom('device').selectAll('device');
  if (search !== undefined) query = query.where(contains(search));
  if (find !== undefined) query = query.where((eb) => isNamed(eb, find));
  if (state !== undefined) query = query.where('device.state', '=', state);
  if (group !== undefined)
    query = query.where('device.id', 'in', (eb) =>
      eb.selectFrom('device_group_member').select('device_id').where('group_name', '=', group),
    );
  if (tag !== undefined)
    query = query.where('device.id', 'in', (eb) =>
      eb.selectFrom('device_tag').select('device_id').where('tag', '=', tag),
    );
  return query;
};

export const listDevices = (
  db: Queries,
  filter: DeviceFilter,
  sort: DeviceSort,
  wish: PageWish,
): Promise<Page<DeviceTable>> =>
  readPage(filtered(db, filter), { by: sql.ref(`device.${sort}`), id: sql.ref('device.id') }, wish);

export const findDevice = (db: Queries, id: string): Promise<DeviceTable | undefined> =>
  db.selectFrom('device').selectAll().where('id', '=', id).executeTakeFirst();

export const findDeviceByKey = (db: Queries, key: string): Promise<DeviceTable | undefined> =>
  db.selectFrom('device').selectAll().where('public_key', '=', key).executeTakeFirst();

/** Devices that say this of themselves. */
export const devicesWith = (
  db: Queries,
  hint: 'uuid' | 'serial' | 'disk_serial' | 'mac',
  values: readonly string[],
): Promise<DeviceTable[]> => {
  const query = db.selectFrom('device').selectAll();
  if (hint !== 'mac') return query.where(hint, 'in', [...values]).execute();
  return query
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('device_mac')
        .select('device_id')
        .where('mac', 'in', [...values]),
    )
    .execute();
};

export const isIgnoredHint = async (db: Queries, hint: string, value: string): Promise<boolean> => {
  const found = await db
    .selectFrom('ignored_hint')
    .select('hint')
    .where('hint', '=', hint)
    .where('value', '=', value)
    .executeTakeFirst();
  return found !== undefined;
};

export const countDevices = async (
  db: Queries,
): Promise<readonly { readonly state: DeviceTable['state']; readonly count: number }[]> => {
  const rows = await db
    .selectFrom('device')
    .select(['state', ({ fn }) => fn.countAll().as('count')])
    .groupBy('state')
    .execute();
  return rows.map(({ state, count }) => ({ state, count: Number(count) }));
};

export const addDeviceRow = async (db: Queries, row: DeviceTable): Promise<void> => {
  await db.insertInto('device').values(row).execute();
};

export const changeDeviceRow = async (
  db: Queries,
  id: string,
  change: Partial<Omit<DeviceTable, 'id'>>,
): Promise<void> => {
  await db.updateTable('device').set(change).where('id', '=', id).execute();
};

/** With all that is known of it. */
export const removeDeviceRow = async (db: Queries, id: string): Promise<void> => {
  await db.deleteFrom('device').where('id', '=', id).execute();
};

export const setMacs = async (db: Queries, id: string, macs: readonly string[]): Promise<void> => {
  await db.deleteFrom('device_mac').where('device_id', '=', id).execute();
  const rows = [...new Set(macs)].map((mac) => ({ device_id: id, mac }));
  if (rows.length > 0) await db.insertInto('device_mac').values(rows).execute();
};

export const setTags = async (db: Queries, id: string, tags: readonly string[]): Promise<void> => {
  await db.deleteFrom('device_tag').where('device_id', '=', id).execute();
  const rows = [...new Set(tags)].map((tag) => ({ device_id: id, tag }));
  if (rows.length > 0) await db.insertInto('device_tag').values(rows).execute();
};

/** Another machine has the key of a device: no hint, and nothing that goes away by itself. */
export const SAME_KEY = 'key';

export const addConflict = async (db: Queries, row: DeviceConflictTable): Promise<void> => {
  const { found_at: foundAt, value } = row;
  await db
    .insertInto('device_conflict')
    .values(row)
    .onConflict((on) =>
      on.columns(['device_id', 'other_id', 'hint']).doUpdateSet({ found_at: foundAt, value }),
    )
    .execute();
};

/** Somebody has looked at it. */
export const removeKeyConflict = async (db: Queries, id: string): Promise<void> => {
  await db
    .deleteFrom('device_conflict')
    .where('device_id', '=', id)
    .where('hint', '=', SAME_KEY)
    .execute();
};

/** What hints tell now replaces what they told before. */
export const setConflicts = async (
  db: Queries,
  id: string,
  rows: readonly DeviceConflictTable[],
): Promise<void> => {
  await db
    .deleteFrom('device_conflict')
    .where('device_id', '=', id)
    .where('hint', '!=', SAME_KEY)
    .execute();
  if (rows.length > 0)
    await db
      .insertInto('device_conflict')
      .values([...rows])
      .execute();
};

/** What lies in other tables, of several devices at once. */
export interface DeviceParts {
  readonly macs: readonly { readonly device_id: string; readonly mac: string }[];
  readonly tags: readonly { readonly device_id: string; readonly tag: string }[];
  readonly groups: readonly { readonly device_id: string; readonly group_name: string }[];
  readonly conflicts: readonly (DeviceConflictTable & { readonly other_name: string })[];
}

export const readDeviceParts = async (
  db: Queries,
  ids: readonly string[],
): Promise<DeviceParts> => {
  if (ids.length === 0) return { macs: [], tags: [], groups: [], conflicts: [] };
  const all = [...ids];
  return {
    macs: await db
      .selectFrom('device_mac')
      .selectAll()
      .where('device_id', 'in', all)
      .orderBy('mac')
      .execute(),
    tags: await db
      .selectFrom('device_tag')
      .selectAll()
      .where('device_id', 'in', all)
      .orderBy('tag')
      .execute(),
    groups: await db
      .selectFrom('device_group_member')
      .selectAll()
      .where('device_id', 'in', all)
      .orderBy('group_name')
      .execute(),
    conflicts: await db
      .selectFrom('device_conflict')
      .innerJoin('device', 'device.id', 'device_conflict.other_id')
      .selectAll('device_conflict')
      .select('device.name as other_name')
      .where('device_id', 'in', all)
      .orderBy('device_conflict.hint')
      .execute(),
  };
};
