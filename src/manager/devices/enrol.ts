/**
 * How devices appear. The key comes first: a known one is its device, whatever else it says. A new key is a new device, unless it
 * belongs to one that was only seen starting from the network. What it says of itself is compared with all others.
 */
import { NacreError } from '../../errors.ts';
import { type EnrolmentStatement, fingerprintOf, type Hints } from '../../job/enrolment.ts';
import { type Actor, type Ground, MANAGER, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { makeId } from '../identity/secret.ts';
import { findPreApproval, removePreApproval } from '../store/admission-rows.ts';
import {
  addDeviceRow,
  changeDeviceRow,
  countDevices,
  devicesWith,
  findDeviceByKey,
  isIgnoredHint,
  setConflicts,
  setMacs,
  setTags,
} from '../store/device-rows.ts';
import { addMember } from '../store/group-rows.ts';
import type { Queries } from '../store/store.ts';
import type { DeviceTable } from '../store/tables.ts';
import { moveDevice } from './decide.ts';
import { type Device, deviceIn, knownDevice, refreshSearch } from './device.ts';
import { type HintValue, isStrong, swappedUuid, tellingHints } from './hints.ts';
import { takeJoinCode } from './join-codes.ts';

/** Strangers can make keys as fast as they like; a person has to be able to look at what they leave. */
const MOST_PENDING = 5000;

/** Another device that says the same. */
interface Match {
  readonly device: DeviceTable;
  readonly hint: HintValue;
}

const COLUMNS = { uuid: 'uuid', serial: 'serial', diskSerial: 'disk_serial', mac: 'mac' } as const;

/** Devices that say one of these of themselves. */
export const matchesOf = async (db: Queries, hints: Partial<Hints>): Promise<readonly Match[]> => {
  const found: Match[] = [];
  for (const hint of tellingHints(hints)) {
    if (await isIgnoredHint(db, hint.hint, hint.value)) continue;
    const values = hint.hint === 'uuid' ? [hint.value, swappedUuid(hint.value)] : [hint.value];
    for (const device of await devicesWith(db, COLUMNS[hint.hint], values))
      found.push({ device, hint });
  }
  return found;
};

const nameOf = ({ name, serial, macs = [] }: Partial<Hints>, id: string): string =>
  name ?? serial ?? macs[0] ?? id;

const hintColumns = ({ uuid, serial, diskSerial }: Partial<Hints>) => ({
  ...(uuid === undefined ? {} : { uuid }),
  ...(serial === undefined ? {} : { serial }),
  ...(diskSerial === undefined ? {} : { disk_serial: diskSerial }),
});

const checkRoom = async (db: Queries): Promise<void> => {
  const pending = (await countDevices(db)).find(({ state }) => state === 'pending')?.count ?? 0;
  if (pending >= MOST_PENDING)
    throw new NacreError('MANAGER_OVERLOADED', { what: 'pending devices' });
};

const addDevice = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  key: string | undefined,
  hints: Partial<Hints>,
): Promise<string> => {
  await checkRoom(db);
  const id = makeId();
  const now = timeOf(ground);
  const none = { uuid: null, serial: null, disk_serial: null };
  await addDeviceRow(db, {
    ...{ id, name: nameOf(hints, id), state: 'pending', ...none, ...hintColumns(hints) },
    public_key: key ?? null,
    fingerprint: key === undefined ? null : fingerprintOf(key),
    ...{ note: '', search: '', first_seen_at: now, last_seen_at: now },
    ...{ decided_at: null, decided_by: null },
    ...{ support_img_backup: null, backup_image_present: null, back_image_ver: null },
  });
  return id;
};

/** Writes down which others say the same of themselves. */
const noteConflicts = (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  id: string,
  conflicts: readonly Match[],
): Promise<void> => {
  const rows = new Map(
    conflicts.map(({ device, hint }) => [
      `${device.id} ${hint.hint}`,
      {
        ...{ device_id: id, other_id: device.id, hint: hint.hint, value: hint.value },
        found_at: timeOf(ground),
      },
    ]),
  );
  return setConflicts(db, id, [...rows.values()]);
};

/** A row of a CSV file that names the device: its name, group and tags are taken over. */
const takePreApproval = async (
  db: Queries,
  id: string,
  { key, hints }: Pick<EnrolmentStatement, 'key' | 'hints'>,
): Promise<string | undefined> => {
  const telling = tellingHints(hints);
  const valuesOf = (wanted: string): string[] =>
    telling.filter(({ hint }) => hint === wanted).map(({ value }) => value);
  const row = await findPreApproval(db, {
    fingerprint: [fingerprintOf(key)],
    uuid: valuesOf('uuid').flatMap((uuid) => [uuid, swappedUuid(uuid)]),
    serial: valuesOf('serial'),
    mac: valuesOf('mac'),
  });
  if (row === undefined) return undefined;
  if (row.name !== null) await changeDeviceRow(db, id, { name: row.name });
  if (row.tags !== '') await setTags(db, id, row.tags.split(' '));
  if (row.group_name !== null) await addMember(db, row.group_name, id);
  await removePreApproval(db, row.id);
  return `pre-approved by ${row.created_by}`;
};

const takeCode = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  id: string,
  code: string | undefined,
): Promise<string | undefined> => {
  if (code === undefined) return undefined;
  const { id: codeId, group } = await takeJoinCode(ground, db, code);
  if (group !== null) await addMember(db, group, id);
  return `join code ${codeId}`;
};

/** Lets a pending device in where a code or a file says so; one that another device contradicts is held. */
const admit = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  id: string,
  statement: EnrolmentStatement,
  conflicts: readonly Match[],
): Promise<void> => {
  const device = await knownDevice(db, id);
  if (device.state !== 'pending') return;
  const by =
    (await takeCode(ground, db, id, statement.code)) ?? (await takePreApproval(db, id, statement));
  const isContradicted = conflicts.some(
    ({ device: { state }, hint }) => isStrong(hint) && (state === 'approved' || state === 'held'),
  );
  if (isContradicted) await moveDevice(ground, db, MANAGER, device, 'hold');
  else if (by !== undefined)
    await moveDevice(ground, db, { ...MANAGER, name: by }, device, 'approve');
};

/** The device of a key, or a new one. One that was only seen starting from the network, and says the same, is it. */
const deviceOf = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  actor: Actor,
  { key, hints }: EnrolmentStatement,
): Promise<string> => {
  const known = await findDeviceByKey(db, key);
  if (known !== undefined) return known.id;
  const keyless = (await matchesOf(db, hints)).filter(({ device }) => device.public_key === null);
  const ids = new Set(keyless.map(({ device }) => device.id));
  const [only] = ids;
  const fingerprint = fingerprintOf(key);
  const isAdopted = only !== undefined && ids.size === 1;
  const id = isAdopted ? only : await addDevice(ground, db, key, hints);
  if (isAdopted) {
    const name = hints.name === undefined ? {} : { name: hints.name };
    // What was approved is a machine to start from the network. Whoever has its MAC address could come in with a key of theirs.
    const anew = { state: 'pending', decided_at: null, decided_by: null } as const;
    const isApproved = keyless.some(({ device: { state } }) => state === 'approved');
    const state = isApproved ? anew : {};
    await changeDeviceRow(db, id, { public_key: key, fingerprint, ...name, ...state });
  }
  await audit(ground, db, actor, {
    action: 'device.appear',
    kind: 'device',
    subject: id,
    facts: { fingerprint },
  });
  return id;
};

/** Writes down what a device says of itself, and which others say the same. @returns those */
export const takeHints = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  id: string,
  hints: Hints,
): Promise<readonly Match[]> => {
  await changeDeviceRow(db, id, { ...hintColumns(hints), last_seen_at: timeOf(ground) });
  await setMacs(db, id, hints.macs);
  const conflicts = (await matchesOf(db, hints)).filter(({ device }) => device.id !== id);
  await noteConflicts(ground, db, id, conflicts);
  return conflicts;
};

/**
 * Takes a statement whose signature was checked.
 *
 * @param address of the other end
 * @throws NacreError MANAGER_JOIN_CODE, MANAGER_OVERLOADED
 */
export const enrolDevice = (
  ground: Ground,
  statement: EnrolmentStatement,
  address: string,
): Promise<Device> =>
  ground.store.change(async (db) => {
    const { hints, key } = statement;
    const actor: Actor = { kind: 'device', name: fingerprintOf(key), address };
    const id = await deviceOf(ground, db, actor, statement);
    const conflicts = await takeHints(ground, db, id, hints);
    await admit(ground, db, id, statement, conflicts);
    await refreshSearch(db, id);
    return deviceIn(db, id);
  });

/** A device that asked to start from the network: one that nobody knows appears, without a key. */
export const noteNetworkStart = (
  ground: Ground,
  seen: { readonly mac: string; readonly uuid?: string | undefined },
): Promise<Device> =>
  ground.store.change(async (db) => {
    const hints: Partial<Hints> = { macs: [seen.mac], ...(seen.uuid && { uuid: seen.uuid }) };
    const known = (await matchesOf(db, hints))[0]?.device.id;
    const id = known ?? (await addDevice(ground, db, undefined, hints));
    if (known === undefined) {
      await setMacs(db, id, [seen.mac]);
      await audit(ground, db, MANAGER, {
        action: 'device.appear',
        kind: 'device',
        subject: id,
        facts: { mac: seen.mac },
      });
    }
    await changeDeviceRow(db, id, { last_seen_at: timeOf(ground) });
    await refreshSearch(db, id);
    return deviceIn(db, id);
  });
