/** From the tables of a policy file to a policy: what one table alone cannot tell. */
import { nearestNames } from '../../image/store/nearest-name.ts';
import type { Policy, PolicyAction, PolicyMember, PolicyRow, PolicySubnet } from './policy.ts';
import {
  type DefaultText,
  type DeviceText,
  faultOf,
  foundText,
  type GroupText,
  POLICY_SCHEMA,
  type PolicyFault,
  type PolicyText,
} from './policy-schema.ts';

/** Seconds in which a key opens the menu when the file says nothing. */
const WAIT_SECONDS = 2;

/** Carries what is wrong out of the checks; never leaves `readPolicy`. */
class Fault extends Error {
  readonly fault: PolicyFault;

  constructor(fault: PolicyFault) {
    super(fault.key);
    this.fault = fault;
  }
}

type Place = readonly [table: 'device' | 'group' | 'subnet', row: number];

const refuse = ([table, row]: Place, key: string, found: unknown, needed: string): never => {
  const place = `${table} ${row + 1}`;
  const fault = { key: key === '' ? place : `${key} of ${place}`, found: foundText(found), needed };
  throw new Fault({ ...fault, table, row });
};

const actionOf = (row: DeviceText | DefaultText, place: Place | undefined): PolicyAction => {
  if (row.action === 'capture') {
    const { name, comment = '', disk, sign, order } = row;
    return { kind: 'capture', name, comment, disk, sign, order };
  }
  if (row.action !== 'image') return { kind: row.action };
  const { layout, disk, trust, unsigned, order } = row;
  const layoutPolicy = row['layout-policy'];
  if (place !== undefined && trust !== undefined && unsigned === true)
    refuse(place, 'trust', trust, 'left out when unsigned is true');
  for (const key of ['layout-policy', 'backup'] as const)
    if (place !== undefined && layout === undefined && row[key] !== undefined)
      refuse(place, key, row[key], 'left out without a layout');
  return {
    kind: 'image',
    image: row.image,
    layout,
    layoutPolicy: layoutPolicy ?? 'auto',
    hasBackup: layout !== undefined && row.backup !== false,
    disk,
    trust,
    allowsUnsigned: unsigned ?? false,
    order,
  };
};

const rowOf = (row: DeviceText | DefaultText, place?: Place): PolicyRow => ({
  action: actionOf(row, place),
  hasSecureBoot: row['secure-boot'] ?? false,
});

/** Whom a row is for: exactly one of three keys. */
const selectorOf = (row: DeviceText, place: Place): readonly ['mac' | 'uuid' | 'group', string] => {
  const named = (['mac', 'uuid', 'group'] as const).flatMap((kind) => {
    const value = row[kind];
    return value === undefined ? [] : [[kind, value] as const];
  });
  const [first] = named;
  if (first !== undefined && named.length === 1) return first;
  const found =
    named.length === 0 ? 'for nobody' : `for ${named.map(([kind]) => kind).join(' and ')}`;
  return refuse(place, '', found, 'for one mac, one uuid or one group');
};

interface Selected {
  readonly place: Place;
  readonly row: PolicyRow;
}

/** Rows by whom they are for; each of them once. */
const selectRows = (rows: readonly DeviceText[]): ReadonlyMap<string, Selected> => {
  const selected = new Map<string, Selected>();
  for (const [index, row] of rows.entries()) {
    const place: Place = ['device', index];
    const [kind, value] = selectorOf(row, place);
    const before = selected.get(`${kind} ${value}`);
    if (before !== undefined)
      refuse(place, kind, value, `another one: device ${before.place[1] + 1} has it already`);
    selected.set(`${kind} ${value}`, { place, row: rowOf(row, place) });
  }
  return selected;
};

type Members = Map<string, PolicyMember>;

/** The members of all groups, each in one of them, with the rows of their groups. */
const memberMaps = (
  groups: readonly GroupText[],
  rows: ReadonlyMap<string, Selected>,
): { readonly mac: Members; readonly uuid: Members } => {
  const maps: { readonly mac: Members; readonly uuid: Members } = {
    mac: new Map(),
    uuid: new Map(),
  };
  const homes = new Map<string, number>();
  for (const [index, group] of groups.entries()) {
    const row = rows.get(`group ${group.name}`)?.row;
    const member = {
      row,
      isOwn: false,
      ...(group['one-device'] && { key: `device-${group.name}` }),
    };
    for (const [kind, values] of [
      ['mac', group.macs],
      ['uuid', group.uuids],
    ] as const)
      for (const value of values ?? []) {
        const home = homes.get(value);
        if (home !== undefined)
          refuse(
            ['group', index],
            `a ${kind}`,
            value,
            `another one: group ${home + 1} has it already`,
          );
        homes.set(value, index);
        maps[kind].set(value, member);
      }
  }
  return maps;
};

const checkGroups = (groups: readonly GroupText[], rows: ReadonlyMap<string, Selected>): void => {
  const names = new Map<string, number>();
  for (const [index, { name }] of groups.entries()) {
    const before = names.get(name);
    if (before !== undefined)
      refuse(['group', index], 'name', name, `another one: group ${before + 1} has it`);
    names.set(name, index);
  }
  for (const [selector, { place }] of rows) {
    const name = /^group (.*)$/.exec(selector)?.[1];
    if (name === undefined || names.has(name)) continue;
    const [nearest] = nearestNames(name, [...names.keys()]);
    refuse(place, 'group', name, nearest ?? 'the name of a [[group]]');
  }
};

/** Each subnet once; a pin needs a server that has a key. */
const subnetsOf = ({ subnet: rows = [] }: PolicyText): readonly PolicySubnet[] => {
  const before = new Map<string, number>();
  return rows.map(({ network, store, 'store-pin': pin }, index) => {
    const place: Place = ['subnet', index];
    const other = before.get(network);
    if (other !== undefined)
      refuse(place, 'network', network, `another one: subnet ${other + 1} has it already`);
    before.set(network, index);
    if (pin !== undefined && !store?.startsWith('https:'))
      refuse(place, 'store-pin', pin, 'left out where the store is no https:// address');
    return { network, copy: store === undefined ? undefined : { url: store, pin: pin ?? null } };
  });
};

const policyOf = (text: PolicyText): Policy => {
  const rows = selectRows(text.device ?? []);
  checkGroups(text.group ?? [], rows);
  const maps = memberMaps(text.group ?? [], rows);
  for (const [selector, { row }] of rows) {
    const [kind = '', value = ''] = selector.split(' ');
    if (kind === 'mac' || kind === 'uuid') maps[kind].set(value, { row, isOwn: true });
  }
  return {
    answer: text.answer ?? 'known',
    otherwise: rowOf(text.default ?? { action: 'local-disk' }),
    menu: {
      waitSeconds: text.menu?.wait ?? WAIT_SECONDS,
      hasShell: text.menu?.['rescue-shell'] ?? false,
      hasPassword: text.menu?.password !== undefined,
    },
    menuPassword: text.menu?.password,
    stores: text.stores ?? [],
    subnets: subnetsOf(text),
    byMac: maps.mac,
    byUuid: maps.uuid,
  };
};

/**
 * A policy from the tables of its file.
 *
 * @param refusal makes the error for the first thing that is wrong, which is thrown
 */
export const readPolicy = (value: unknown, refusal: (fault: PolicyFault) => Error): Policy => {
  const result = POLICY_SCHEMA.safeParse(value);
  if (!result.success) throw refusal(faultOf(result.error, value));
  try {
    return policyOf(result.data);
  } catch (reason) {
    throw reason instanceof Fault ? refusal(reason.fault) : reason;
  }
};
