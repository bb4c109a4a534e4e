/** Images, versions, labels and packages. */
import { sql } from 'kysely';
import { type Page, type PageWish, readPage } from './page.ts';
import type { Queries } from './store.ts';
import type { ImageTable, LabelTable, PackageTable, VersionTable } from './tables.ts';

export interface PackageFilter {
  /** Part of name, number or description. */
  readonly search?: string | undefined;
  readonly isAutogenic?: boolean | undefined;
}

export type PackageListRow = PackageTable &
  Pick<ImageTable, 'title' | 'latest_id' | 'stored_bytes'> & {
    /** Devices whose backup partition holds a version of it. */
    readonly devices: number;
    /** Jobs with a version of it that are not over. */
    readonly jobs: number;
  };

const DEVICES = sql<number>`(
  select count(distinct device_generation.device_id)
  from device_generation join version on version.id = device_generation.version_id
  where version.image_name = package.name
)`;

const JOBS = sql<number>`(
  select count(*) from job join command on command.id = job.command_id
  where command.image_name = package.name
    and job.state not in ('done', 'failed', 'cancelled', 'lost')
)`;

/** For `like … escape '\\'`. */
const pattern = (text: string): string => `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;

const packages = (db: Queries) =>
  db
    .selectFrom('package')
    .innerJoin('image', 'image.name', 'package.name')
    .selectAll('package')
    .select(['image.title', 'image.latest_id', 'image.stored_bytes', DEVICES.as('devices')])
    .select([JOBS.as('jobs')]);

export const listPackages = (
  db: Queries,
  { search, isAutogenic }: PackageFilter,
  wish: PageWish,
): Promise<Page<PackageListRow>> => {
  let query = packages(db);
  if (isAutogenic !== undefined)
    query = query.where('package.is_autogenic', '=', isAutogenic ? 1 : 0);
  if (search !== undefined) {
    const like = pattern(search);
    query = query.where(
      sql<boolean>`lower(package.name || ' ' || package.number || ' ' || package.description) like ${like} escape '\\'`,
    );
  }
  const name = sql.ref('package.name');
  return readPage(query, { by: name, id: name }, wish);
};

export const findPackage = (db: Queries, name: string): Promise<PackageListRow | undefined> =>
  packages(db).where('package.name', '=', name).executeTakeFirst();

/** A device whose backup partition holds a version of a package, a group that is to have one, or a job that is not over. */
export interface PackageUser {
  readonly kind: 'device' | 'group' | 'job';
  readonly id: string;
  /** Of a job the first digits of its id. */
  readonly name: string;
}

/** Who uses a package: devices and groups by name, jobs by id. @param most of each */
export const usersOfPackage = async (
  db: Queries,
  name: string,
  most: number,
): Promise<readonly PackageUser[]> => {
  const devices = await db
    .selectFrom('device_generation')
    .innerJoin('version', 'version.id', 'device_generation.version_id')
    .innerJoin('device', 'device.id', 'device_generation.device_id')
    .select(['device.id', 'device.name'])
    .distinct()
    .where('version.image_name', '=', name)
    .orderBy('device.name')
    .limit(most)
    .execute();
  const jobs = await db
    .selectFrom('job')
    .innerJoin('command', 'command.id', 'job.command_id')
    .select('job.id')
    .where('command.image_name', '=', name)
    .where('job.state', 'not in', ['done', 'failed', 'cancelled', 'lost'])
    .limit(most)
    .execute();
  const wishes = await db
    .selectFrom('desired_state')
    .select(['group_name', 'image'])
    .orderBy('group_name')
    .execute();
  const groups = wishes.filter(({ image }) => image.split(/[@:]/)[0] === name).slice(0, most);
  return [
    ...devices.map(({ id, name: device }) => ({ kind: 'device' as const, id, name: device })),
    ...groups.map(({ group_name: id }) => ({ kind: 'group' as const, id, name: id })),
    ...jobs.map(({ id }) => ({ kind: 'job' as const, id, name: id.slice(0, 8) })),
  ];
};

/** Versions of some images, oldest first. */
export const versionsOf = (db: Queries, names: readonly string[]): Promise<VersionTable[]> =>
  names.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('version')
        .selectAll()
        .where('image_name', 'in', [...names])
        .orderBy('created_at')
        .execute();

export const labelsOf = (db: Queries, names: readonly string[]): Promise<LabelTable[]> =>
  names.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('label')
        .selectAll()
        .where('image_name', 'in', [...names])
        .orderBy('label')
        .execute();

export const listImageRows = (db: Queries): Promise<ImageTable[]> =>
  db.selectFrom('image').selectAll().orderBy('name').execute();

/** Ids of versions that were looked at, with their image: `NAME ID`. */
export const knownVersions = async (db: Queries): Promise<ReadonlySet<string>> => {
  const rows = await db
    .selectFrom('version')
    .select(['image_name', 'id'])
    .where('stored_bytes', 'is not', null)
    .execute();
  return new Set(rows.map(({ image_name: name, id }) => `${name} ${id}`));
};

/** Every version of every image, in order of names and times. */
export const allVersions = (db: Queries): Promise<Pick<VersionTable, 'image_name' | 'id'>[]> =>
  db
    .selectFrom('version')
    .select(['image_name', 'id'])
    .orderBy('image_name')
    .orderBy('created_at')
    .execute();

/** Adds an image, or brings it up to date. */
export const putImageRow = async (db: Queries, row: ImageTable): Promise<void> => {
  const { name: _, ...change } = row;
  await db
    .insertInto('image')
    .values(row)
    .onConflict((on) => on.column('name').doUpdateSet(change))
    .execute();
};

/** Its versions, labels and package go with it. */
export const removeImageRow = async (db: Queries, name: string): Promise<void> => {
  await db.deleteFrom('image').where('name', '=', name).execute();
};

/** Adds a version, or brings it up to date. */
export const putVersionRow = async (db: Queries, row: VersionTable): Promise<void> => {
  const { image_name: _, id: __, ...change } = row;
  await db
    .insertInto('version')
    .values(row)
    .onConflict((on) => on.columns(['image_name', 'id']).doUpdateSet(change))
    .execute();
};

export const keepVersions = async (
  db: Queries,
  name: string,
  ids: readonly string[],
): Promise<void> => {
  let query = db.deleteFrom('version').where('image_name', '=', name);
  if (ids.length > 0) query = query.where('id', 'not in', [...ids]);
  await query.execute();
};

export const setLabels = async (
  db: Queries,
  name: string,
  rows: readonly LabelTable[],
): Promise<void> => {
  await db.deleteFrom('label').where('image_name', '=', name).execute();
  if (rows.length > 0)
    await db
      .insertInto('label')
      .values([...rows])
      .execute();
};

/** Nothing happens where there is one already. */
export const addPackageRow = async (db: Queries, row: PackageTable): Promise<void> => {
  await db
    .insertInto('package')
    .values(row)
    .onConflict((on) => on.doNothing())
    .execute();
};

export const setAutogenic = async (
  db: Queries,
  name: string,
  isAutogenic: boolean,
): Promise<void> => {
  const change = { is_autogenic: isAutogenic ? 1 : 0 } as const;
  await db.updateTable('package').set(change).where('name', '=', name).execute();
};
