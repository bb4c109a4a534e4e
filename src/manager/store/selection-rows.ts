/** Which devices a person means: some by name, those of groups, those with tags, or all. */
import type { Queries } from './store.ts';
import type { DeviceTable } from './tables.ts';

export interface Selection {
  /** Ids. */
  readonly devices: readonly string[];
  readonly groups: readonly string[];
  readonly tags: readonly string[];
  readonly isAll: boolean;
}

/** The devices of a selection by name, each once. @param most rows of the answer */
export const selectDevices = (
  db: Queries,
  { devices, groups, tags, isAll }: Selection,
  most: number,
): Promise<DeviceTable[]> => {
  const query = db.selectFrom('device').selectAll('device').orderBy('name').orderBy('id');
  if (isAll) return query.limit(most).execute();
  return query
    .where((eb) =>
      eb.or([
        ...(devices.length === 0 ? [] : [eb('id', 'in', [...devices])]),
        ...(groups.length === 0
          ? []
          : [
              eb(
                'id',
                'in',
                eb
                  .selectFrom('device_group_member')
                  .select('device_id')
                  .where('group_name', 'in', [...groups]),
              ),
            ]),
        ...(tags.length === 0
          ? []
          : [
              eb(
                'id',
                'in',
                eb
                  .selectFrom('device_tag')
                  .select('device_id')
                  .where('tag', 'in', [...tags]),
              ),
            ]),
      ]),
    )
    .limit(most)
    .execute();
};
