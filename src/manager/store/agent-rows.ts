/** What agents say of their devices: rows. */
import type { DeviceAgentTable, DeviceGenerationTable, DeviceRunTable } from './agent-tables.ts';
import type { Queries } from './store.ts';

export const findAgent = (db: Queries, device: string): Promise<DeviceAgentTable | undefined> =>
  db.selectFrom('device_agent').selectAll().where('device_id', '=', device).executeTakeFirst();

/** Agents of some devices. */
export const agentsOf = (db: Queries, devices: readonly string[]): Promise<DeviceAgentTable[]> =>
  devices.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('device_agent')
        .selectAll()
        .where('device_id', 'in', [...devices])
        .execute();

/** From where some devices checked in last. */
export const addressesOf = (
  db: Queries,
  devices: readonly string[],
): Promise<{ readonly device_id: string; readonly name: string; readonly address: string }[]> =>
  devices.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('device_agent')
        .innerJoin('device', 'device.id', 'device_agent.device_id')
        .select(['device_agent.device_id', 'device.name', 'device_agent.address'])
        .where('device_agent.device_id', 'in', [...devices])
        .where('device.state', '=', 'approved')
        .orderBy('device.name')
        .execute();

/** Adds the row of a device, or replaces it. */
export const putAgent = async (db: Queries, row: DeviceAgentTable): Promise<void> => {
  const { device_id: _, ...change } = row;
  await db
    .insertInto('device_agent')
    .values(row)
    .onConflict((on) => on.column('device_id').doUpdateSet(change))
    .execute();
};

export const changeAgent = async (
  db: Queries,
  device: string,
  change: Partial<Omit<DeviceAgentTable, 'device_id'>>,
): Promise<void> => {
  await db.updateTable('device_agent').set(change).where('device_id', '=', device).execute();
};

export const findRun = (
  db: Queries,
  device: string,
  run: string,
): Promise<DeviceRunTable | undefined> =>
  db
    .selectFrom('device_run')
    .selectAll()
    .where('device_id', '=', device)
    .where('run', '=', run)
    .executeTakeFirst();

/** Writes down a run that is over, and forgets those that were over longest ago. */
export const retireRun = async (db: Queries, row: DeviceRunTable, most: number): Promise<void> => {
  const { device_id: device } = row;
  await db.insertInto('device_run').values(row).execute();
  const kept = await db
    .selectFrom('device_run')
    .select('run')
    .where('device_id', '=', device)
    .orderBy('retired_at', 'desc')
    .orderBy('run')
    .limit(most)
    .execute();
  await db
    .deleteFrom('device_run')
    .where('device_id', '=', device)
    .where(
      'run',
      'not in',
      kept.map(({ run }) => run),
    )
    .execute();
};

/** It goes on after all. */
export const reviveRun = async (db: Queries, device: string, run: string): Promise<void> => {
  await db
    .deleteFrom('device_run')
    .where('device_id', '=', device)
    .where('run', '=', run)
    .execute();
};

/** Generations of some devices. */
export const generationsOf = (
  db: Queries,
  devices: readonly string[],
): Promise<DeviceGenerationTable[]> =>
  devices.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('device_generation')
        .selectAll()
        .where('device_id', 'in', [...devices])
        .orderBy('version_id')
        .execute();

/** What is there now replaces what was there before. */
export const setGenerations = async (
  db: Queries,
  device: string,
  rows: readonly DeviceGenerationTable[],
): Promise<void> => {
  await db.deleteFrom('device_generation').where('device_id', '=', device).execute();
  if (rows.length > 0)
    await db
      .insertInto('device_generation')
      .values([...rows])
      .execute();
};
