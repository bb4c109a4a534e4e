/**
 * Values that many devices share, such as the address of a dock that goes from desk to desk: what an administrator names here tells no device
 * from another, neither in conflicts nor at a start from the network.
 */
import { NacreError } from '../../errors.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import {
  dropConflictsOver,
  listIgnoredHints,
  putIgnoredHint,
  removeIgnoredHint,
} from '../store/ignored-hint-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { HintValue } from './hints.ts';

export interface IgnoredHint {
  readonly hint: string;
  readonly value: string;
  readonly note: string;
}

export const readIgnoredHints = async (
  { store }: Ground,
  wish: PageWish,
): Promise<Page<IgnoredHint>> => {
  const page = await store.read((db) => listIgnoredHints(db, wish));
  return { ...page, items: page.items.map(({ hint, value, note }) => ({ hint, value, note })) };
};

/** From now on; conflicts over it are gone. @returns how many devices had one */
export const ignoreHint = (
  ground: Ground,
  actor: Actor,
  { hint, value }: HintValue,
  note: string,
): Promise<number> =>
  ground.store.change(async (db) => {
    await putIgnoredHint(db, { hint, value, note });
    const devices = (await dropConflictsOver(db, hint, value)).length;
    const facts = { value, note, devices };
    await audit(ground, db, actor, { action: 'hint.ignore', kind: 'hint', subject: hint, facts });
    return devices;
  });

/** It counts again, from the next check-in of each device that says it. @throws NacreError MANAGER_NOT_FOUND */
export const countHint = (
  ground: Ground,
  actor: Actor,
  { hint, value }: HintValue,
): Promise<void> =>
  ground.store.change(async (db) => {
    if (!(await removeIgnoredHint(db, hint, value)))
      throw new NacreError('MANAGER_NOT_FOUND', { what: `ignored ${hint}`, name: value });
    const deed = { action: 'hint.count', kind: 'hint', subject: hint, facts: { value } };
    await audit(ground, db, actor, deed);
  });
