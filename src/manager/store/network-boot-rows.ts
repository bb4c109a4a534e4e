/** Devices and orders as network boot needs them. */
import { isOpen, JOB_STATES, type JobState } from '../../job/job-states.ts';
import type { CommandArgTable, JobKind, JobTable } from './job-tables.ts';
import type { NetworkStartTable } from './network-boot-tables.ts';
import type { Queries } from './store.ts';

/** Kinds that Merlin does when it was started from the network. */
export const ORDER_KINDS = ['convert', 'capture'] as const satisfies readonly JobKind[];

/** An order may be given, or is under way. */
const GIVEN: readonly JobState[] = JOB_STATES.filter(
  (state) => isOpen(state) && state !== 'planned',
);

/** Approved devices, those first that were seen last. */
export const bootDevices = (
  db: Queries,
  most: number,
): Promise<{ readonly id: string; readonly uuid: string | null }[]> =>
  db
    .selectFrom('device')
    .select(['id', 'uuid'])
    .where('state', '=', 'approved')
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
    .limit(most)
    .execute();

export const bootMacs = (
  db: Queries,
): Promise<{ readonly device_id: string; readonly mac: string }[]> =>
  db
    .selectFrom('device_mac')
    .innerJoin('device', 'device.id', 'device_mac.device_id')
    .select(['device_mac.device_id', 'device_mac.mac'])
    .where('device.state', '=', 'approved')
    .orderBy('device_mac.mac')
    .execute();

/** Values that tell nobody from another, by what an administrator said. */
export const ignoredHints = async (db: Queries): Promise<ReadonlySet<string>> => {
  const rows = await db.selectFrom('ignored_hint').select(['hint', 'value']).execute();
  return new Set(rows.map(({ hint, value }) => `${hint} ${value}`));
};

/** Devices whose agent says that the firmware starts only what is signed. No text in the JSON can look like this. */
export const secureBootDevices = async (db: Queries): Promise<ReadonlySet<string>> => {
  const rows = await db
    .selectFrom('device_agent')
    .select('device_id')
    .where('inventory', 'like', '%"hasSecureBoot":true%')
    .execute();
  return new Set(rows.map(({ device_id: id }) => id));
};

export interface BootOrderRow {
  readonly id: string;
  readonly device_id: string;
  readonly command_id: string;
  readonly attempt: number;
  readonly kind: JobKind;
  readonly image_name: string;
  readonly version_id: string;
  readonly state: JobState;
  readonly cancel_requested_at: string | null;
}

const orders = (db: Queries) =>
  db
    .selectFrom('job')
    .innerJoin('command', 'command.id', 'job.command_id')
    .where('command.kind', 'in', [...ORDER_KINDS])
    .where('job.state', 'in', [...GIVEN]);

export const bootOrders = (db: Queries): Promise<BootOrderRow[]> =>
  orders(db)
    .select(['job.id', 'job.device_id', 'job.command_id', 'job.attempt', 'job.state'])
    .select(['job.cancel_requested_at'])
    .select(['command.kind', 'command.image_name', 'command.version_id'])
    .execute();

export const argsOfCommands = (db: Queries, ids: readonly string[]): Promise<CommandArgTable[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('command_arg')
        .selectAll()
        .where('command_id', 'in', [...ids])
        .execute();

/** Changes whenever an order does; devices and settings are told by the audit. */
export const bootOrderMark = async (db: Queries): Promise<string> => {
  const { count, last } = await orders(db)
    .select(({ fn }) => [fn.countAll().as('count'), fn.max('job.changed_at').as('last')])
    .executeTakeFirstOrThrow();
  return `${count} ${last ?? ''}`;
};

/** Takes down a start; what was said before and is not said now stays. */
export const putNetworkStart = async (db: Queries, row: NetworkStartTable): Promise<void> => {
  const { architecture, machine, disk_bytes: disk, sector_size: sector, seen_at } = row;
  await db
    .insertInto('network_start')
    .values(row)
    .onConflict((on) =>
      on.column('device_id').doUpdateSet({
        seen_at,
        ...(architecture === null ? {} : { architecture }),
        ...(machine === '' ? {} : { machine }),
        ...(disk === null ? {} : { disk_bytes: disk, sector_size: sector }),
      }),
    )
    .execute();
};

export const networkStartsOf = (
  db: Queries,
  ids: readonly string[],
): Promise<NetworkStartTable[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('network_start')
        .selectAll()
        .where('device_id', 'in', [...ids])
        .execute();

export const isNetworkOrder = async (
  db: Queries,
  { command_id: id }: Pick<JobTable, 'command_id'>,
): Promise<boolean> => {
  const found = await db
    .selectFrom('command')
    .select('kind')
    .where('id', '=', id)
    .executeTakeFirst();
  return ORDER_KINDS.some((kind) => kind === found?.kind);
};
