/** Join codes: who types one on a device says with it that the device may come in. */
import { createHash, randomInt } from 'node:crypto';
import { NacreError } from '../../errors.ts';
import { type Actor, type Ground, timeIn, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { makeId } from '../identity/secret.ts';
import {
  addJoinCode,
  findJoinCode,
  listJoinCodes,
  removeJoinCode,
  useJoinCode,
} from '../store/admission-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { Queries } from '../store/store.ts';
import type { JoinCodeTable } from '../store/tables.ts';
import { checkGroup } from './groups.ts';

/** Crockford's base 32: no I, L, O and U. 12 letters have 60 bits. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUPS = 3;
const GROUP_LENGTH = 4;

/** A code as people see it; the code itself is told once. */
export interface JoinCode {
  readonly id: string;
  readonly note: string;
  readonly group: string | null;
  readonly usesLeft: number;
  readonly expiresAt: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

const toJoinCode = (row: JoinCodeTable): JoinCode => ({
  id: row.id,
  note: row.note,
  group: row.group_name,
  usesLeft: row.uses_left,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  createdBy: row.created_by,
});

const makeCode = (): string =>
  Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP_LENGTH }, () => LETTERS.charAt(randomInt(LETTERS.length))).join(''),
  ).join('-');

/** What people write for another letter is read as it. */
const hashOf = (code: string): string => {
  const letters = code
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/[IL]/g, '1')
    .replaceAll('O', '0');
  return createHash('sha256').update(letters).digest('hex');
};

export interface NewJoinCode {
  readonly note: string;
  readonly group?: string | undefined;
  readonly uses: number;
  readonly hours: number;
}

/** @throws NacreError MANAGER_NOT_FOUND for a group that is not there */
export const makeJoinCode = (
  ground: Ground,
  actor: Actor,
  { note, group, uses, hours }: NewJoinCode,
): Promise<JoinCode & { readonly code: string }> => {
  const [id, code] = [makeId(), makeCode()];
  const times = { created_at: timeOf(ground), expires_at: timeIn(ground, hours * 3600) };
  return ground.store.change(async (db) => {
    if (group !== undefined) await checkGroup(db, group);
    const rest = { code_hash: hashOf(code), note, group_name: group ?? null, uses_left: uses };
    const row = { id, ...rest, ...times, created_by: actor.name };
    await addJoinCode(db, row);
    const facts = { note, uses, group: group ?? null, expiresAt: row.expires_at };
    await audit(ground, db, actor, {
      action: 'join-code.make',
      kind: 'join-code',
      subject: id,
      facts,
    });
    return { ...toJoinCode(row), code };
  });
};

export const readJoinCodes = async ({ store }: Ground, wish: PageWish): Promise<Page<JoinCode>> => {
  const page = await store.read((db) => listJoinCodes(db, wish));
  return { ...page, items: page.items.map(toJoinCode) };
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const dropJoinCode = (ground: Ground, actor: Actor, id: string): Promise<void> =>
  ground.store.change(async (db) => {
    if (!(await removeJoinCode(db, id)))
      throw new NacreError('MANAGER_NOT_FOUND', { what: 'join code', name: id });
    await audit(ground, db, actor, { action: 'join-code.remove', kind: 'join-code', subject: id });
  });

/** Uses a code up by one. @throws NacreError MANAGER_JOIN_CODE */
export const takeJoinCode = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  code: string,
): Promise<JoinCode> => {
  const row = await findJoinCode(db, hashOf(code), timeOf(ground));
  if (row === undefined) throw new NacreError('MANAGER_JOIN_CODE', {});
  await useJoinCode(db, row);
  return toJoinCode(row);
};
