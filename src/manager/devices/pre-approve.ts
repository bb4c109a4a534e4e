/** Approves devices by a list, before they appear or after. */
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { makeId } from '../identity/secret.ts';
import { addPreApproval } from '../store/admission-rows.ts';
import { changeDeviceRow, listDevices, setTags } from '../store/device-rows.ts';
import { addGroupRow, addMember, findGroup } from '../store/group-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable, PreApprovalTable } from '../store/tables.ts';
import { type CsvRow, csvError, parseCsv } from './csv.ts';
import { moveDevice } from './decide.ts';
import { refreshSearch } from './device.ts';
import { matchesOf } from './enrol.ts';
import { tellingHints } from './hints.ts';

const COLUMNS = ['name', 'fingerprint', 'uuid', 'serial', 'mac', 'group', 'tags'] as const;
type Column = (typeof COLUMNS)[number];

/** What a column holds; all are lower case but names and serials. */
const FORMS: Readonly<Partial<Record<Column, readonly [pattern: RegExp, needed: string]>>> = {
  fingerprint: [/^[0-9a-f]{64}$/, '64 hex digits'],
  uuid: [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID with its dashes'],
  mac: [/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 'a MAC address such as 52:54:00:12:34:56'],
  group: [/^[a-z0-9][a-z0-9._-]{0,63}$/, '1 to 64 of a-z 0-9 . _ -'],
  tags: [/^[a-z0-9._-]{1,64}( [a-z0-9._-]{1,64})*$/, 'tags of a-z 0-9 . _ - with blanks between'],
};

type Wish = Pick<PreApprovalTable, 'name' | 'fingerprint' | 'uuid' | 'serial' | 'mac' | 'tags'> & {
  readonly group: string | undefined;
};

const fieldOf = ({ line, fields }: CsvRow, column: Column): string | undefined => {
  const value = fields.get(column);
  const [pattern, needed] = FORMS[column] ?? [];
  if (value === undefined || pattern === undefined) return value;
  const lower = column === 'mac' ? value.toLowerCase().replaceAll('-', ':') : value.toLowerCase();
  if (!pattern.test(lower)) throw csvError(line, column, `"${value}" has to be ${needed}`);
  return lower;
};

/** @throws NacreError MANAGER_CSV for a row that no device could be told by */
const wishOf = (row: CsvRow): Wish => {
  const [name, fingerprint, uuid, serial, mac, group, tags] = COLUMNS.map((column) =>
    fieldOf(row, column),
  );
  const hints = { uuid, serial, macs: mac === undefined ? [] : [mac] };
  if (fingerprint === undefined && tellingHints(hints).length === 0)
    throw csvError(
      row.line,
      'fingerprint',
      'a row needs a fingerprint, UUID, serial or MAC address that only one device has',
    );
  return {
    ...{ name: name ?? null, fingerprint: fingerprint ?? null, uuid: uuid ?? null },
    ...{ serial: serial ?? null, mac: mac ?? null, tags: tags ?? '', group },
  };
};

/** Devices that are there already and that a row means. */
const presentOf = async (db: Queries, wish: Wish): Promise<readonly DeviceTable[]> => {
  const { fingerprint, uuid, serial, mac } = wish;
  if (fingerprint !== null) {
    const page = await listDevices(db, { find: fingerprint }, 'name', { limit: 2 });
    if (page.items.length > 0) return page.items;
  }
  const hints = {
    ...(uuid === null ? {} : { uuid }),
    ...(serial === null ? {} : { serial }),
    macs: mac === null ? [] : [mac],
  };
  const found = (await matchesOf(db, hints)).map(({ device }) => device);
  return [...new Map(found.map((device) => [device.id, device])).values()];
};

const applyTo = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  actor: Actor,
  device: DeviceTable,
  { name, tags, group }: Wish,
): Promise<void> => {
  if (name !== null) await changeDeviceRow(db, device.id, { name });
  if (tags !== '') await setTags(db, device.id, tags.split(' '));
  if (group !== undefined) await addMember(db, group, device.id);
  // A device that is held or revoked needs a look, not a list; one without a key waits for it.
  if (device.state === 'pending' && device.public_key !== null)
    await moveDevice(ground, db, actor, device, 'approve');
  await refreshSearch(db, device.id);
};

export interface PreApprovalReport {
  readonly rows: number;
  /** Devices that were there already. */
  readonly present: number;
  /** Rows that wait for their device. */
  readonly waiting: number;
}

const makeGroups = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  wishes: readonly Wish[],
): Promise<void> => {
  for (const name of new Set(wishes.map(({ group }) => group))) {
    if (name === undefined || (await findGroup(db, name)) !== undefined) continue;
    await addGroupRow(db, { name, note: '', created_at: timeOf(ground) });
  }
};

const applyOne = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  actor: Actor,
  wish: Wish,
): Promise<'present' | 'waiting'> => {
  const present = await presentOf(db, wish);
  for (const device of present) await applyTo(ground, db, actor, device, wish);
  if (present.some(({ public_key: key }) => key !== null)) return 'present';
  const { group, ...row } = wish;
  const times = { created_at: timeOf(ground), created_by: actor.name };
  await addPreApproval(db, { id: makeId(), ...row, group_name: group ?? null, ...times });
  return 'waiting';
};

/**
 * Takes a list: all of its rows or none. Groups that it names are made.
 *
 * @throws NacreError MANAGER_CSV with line and column
 */
export const preApprove = async (
  ground: Ground,
  actor: Actor,
  csv: string,
): Promise<PreApprovalReport> => {
  const wishes = parseCsv(csv, COLUMNS).map(wishOf);
  return ground.store.change(async (db) => {
    await makeGroups(ground, db, wishes);
    let present = 0;
    for (const wish of wishes)
      if ((await applyOne(ground, db, actor, wish)) === 'present') present += 1;
    const report = { rows: wishes.length, present, waiting: wishes.length - present };
    await audit(ground, db, actor, {
      action: 'device.pre-approve',
      kind: 'device',
      subject: 'csv',
      facts: report,
    });
    return report;
  });
};
