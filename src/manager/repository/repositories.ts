/**
 * Remote repositories: copies of the store of images behind any web server, near the devices. Devices of a subnet are told to ask
 * its copy first; what it lacks, and what it gives wrongly, comes from the manager. The copy itself is made by `nacre store sync`.
 */
import { NacreError } from '../../errors.ts';
import { openStore } from '../../image/store/store.ts';
import { parseWebAddress } from '../../image/store/web-address.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import { subnetOf } from '../jobs/subnets.ts';
import { allVersions } from '../store/package-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import {
  findRepository,
  listRepositories,
  putRepository,
  removeRepository,
  subnetsOfRepository,
} from '../store/repository-rows.ts';
import type { Queries } from '../store/store.ts';
import type { RepositoryTable } from '../store/tables.ts';

export interface Repository extends RepositoryTable {
  /** Whose devices ask it first. */
  readonly subnets: readonly string[];
}

/** What a copy has of the versions that there are. */
export interface RepositoryCheck {
  readonly versions: number;
  /** `IMAGE@ID` of those that it lacks. */
  readonly missing: readonly string[];
}

const withSubnets = async (
  db: Queries,
  { name, url, pin, note }: RepositoryTable,
): Promise<Repository> => ({
  ...{ name, url, pin, note },
  subnets: await subnetsOfRepository(db, name),
});

export const readRepositories = ({ store }: Ground, wish: PageWish): Promise<Page<Repository>> =>
  store.read(async (db) => {
    const page = await listRepositories(db, wish);
    return { ...page, items: await Promise.all(page.items.map((row) => withSubnets(db, row))) };
  });

/** @throws NacreError STORE_ADDRESS, STORE_PIN_PLAIN */
const checkAddress = ({ url, pin }: RepositoryTable): void => {
  const { url: parsed, authorization, shown } = parseWebAddress(url);
  // Every device of the subnet is told the address.
  if (authorization !== undefined) throw new NacreError('STORE_ADDRESS', { store: shown });
  if (pin !== null && parsed.protocol !== 'https:')
    throw new NacreError('STORE_PIN_PLAIN', { store: shown });
};

/** @throws NacreError STORE_ADDRESS, STORE_PIN_PLAIN */
export const setRepository = (
  ground: Ground,
  actor: Actor,
  row: RepositoryTable,
): Promise<Repository> => {
  checkAddress(row);
  return ground.store.change(async (db) => {
    await putRepository(db, row);
    const { name: subject, url, pin } = row;
    const facts = { url, pin };
    await audit(ground, db, actor, {
      action: 'repository.set',
      kind: 'repository',
      subject,
      facts,
    });
    return withSubnets(db, row);
  });
};

const required = async (db: Queries, name: string): Promise<RepositoryTable> => {
  const row = await findRepository(db, name);
  if (row === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'repository', name });
  return row;
};

/** @throws NacreError MANAGER_NOT_FOUND, REPOSITORY_IN_USE */
export const dropRepository = (ground: Ground, actor: Actor, name: string): Promise<void> =>
  ground.store.change(async (db) => {
    await required(db, name);
    const subnets = await subnetsOfRepository(db, name);
    if (subnets.length > 0)
      throw new NacreError('REPOSITORY_IN_USE', { name, subnets: subnets.join(', ') });
    await removeRepository(db, name);
    const what = { action: 'repository.remove', kind: 'repository', subject: name };
    await audit(ground, db, actor, what);
  });

/** Patience of somebody who looks at it. */
const LIMITS = { connectMs: 3000, answerMs: 5000, patienceMs: 5000 };

/**
 * Asks a copy which versions it has. That their chunks are right, devices find out themselves.
 *
 * @throws NacreError MANAGER_NOT_FOUND; STORE_… as the copy answers
 */
export const checkRepository = async (
  { store }: Ground,
  name: string,
  left: AbortSignal,
): Promise<RepositoryCheck> => {
  const [{ url, pin }, known] = await store.read(async (db) =>
    Promise.all([required(db, name), allVersions(db)]),
  );
  const storePins = pin === null ? [] : [`sha256:${pin}`];
  const copy = await openStore(url, { storePins, signal: left, web: { limits: LIMITS } });
  const images = await copy.list();
  const there = new Set(images.flatMap((image) => image.versions.map(({ id }) => id)));
  const missing = known.filter(({ id }) => !there.has(id));
  return {
    versions: known.length,
    missing: missing.map(({ image_name: image, id }) => `${image}@${id}`),
  };
};

/** The copy that a device at this address asks first. */
export const nearestRepository = async (
  db: Queries,
  address: string,
): Promise<RepositoryTable | undefined> => {
  const name = (await subnetOf(db, address))?.repository ?? null;
  return name === null ? undefined : findRepository(db, name);
};
