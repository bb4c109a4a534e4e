/** Packages as people see them: an image with its versions, and what may be done with it. */
import { NacreError } from '../../errors.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import {
  findPackage,
  labelsOf,
  listPackages,
  type PackageFilter,
  type PackageListRow,
  setAutogenic,
  versionsOf,
} from '../store/package-rows.ts';
import type { Page, PageWish } from '../store/page.ts';
import type { Queries } from '../store/store.ts';
import type { LabelTable, VersionTable } from '../store/tables.ts';

export interface PackageVersion {
  readonly id: string;
  readonly parent: string | null;
  readonly comment: string;
  readonly createdAt: string;
  readonly diskBytes: number;
  readonly usedBytes: number;
  readonly labels: string[];
}

export interface Package {
  readonly name: string;
  /** The seed's word for it. */
  readonly type: 'Merlin';
  readonly title: string;
  readonly number: string;
  readonly description: string;
  readonly os: string;
  readonly category: string;
  readonly isAutogenic: boolean;
  /** Id of the version that `latest` names. */
  readonly latest: string | null;
  readonly storedBytes: number;
  /** Oldest first. */
  readonly versions: PackageVersion[];
  readonly usedBy: { readonly devices: number; readonly jobs: number };
}

interface Parts {
  readonly versions: readonly VersionTable[];
  readonly labels: readonly LabelTable[];
}

const toPackage = (row: PackageListRow, { versions, labels }: Parts): Package => {
  const own = labels.filter(({ image_name: image }) => image === row.name);
  const labelsOn = (id: string): string[] =>
    own.filter(({ version_id: version }) => version === id).map(({ label }) => label);
  return {
    ...{ name: row.name, type: row.type, title: row.title, number: row.number },
    ...{ description: row.description, os: row.os, category: row.category },
    isAutogenic: row.is_autogenic === 1,
    latest: row.latest_id,
    storedBytes: row.stored_bytes,
    usedBy: { devices: Number(row.devices), jobs: Number(row.jobs) },
    versions: versions
      .filter(({ image_name: image }) => image === row.name)
      .map((version) => ({
        id: version.id,
        parent: version.parent_id,
        comment: version.comment,
        createdAt: version.created_at,
        diskBytes: version.disk_bytes,
        usedBytes: version.used_bytes,
        labels: labelsOn(version.id),
      })),
  };
};

const partsOf = async (db: Queries, names: readonly string[]): Promise<Parts> => ({
  versions: await versionsOf(db, names),
  labels: await labelsOf(db, names),
});

/** Packages by name, a page at a time. */
export const readPackages = (
  { store }: Ground,
  filter: PackageFilter,
  wish: PageWish,
): Promise<Page<Package>> =>
  store.read(async (db) => {
    const page = await listPackages(db, filter, wish);
    const parts = await partsOf(
      db,
      page.items.map(({ name }) => name),
    );
    return { ...page, items: page.items.map((row) => toPackage(row, parts)) };
  });

const packageIn = async (db: Queries, name: string): Promise<Package> => {
  const row = await findPackage(db, name);
  if (row === undefined) throw new NacreError('MANAGER_NOT_FOUND', { what: 'package', name });
  return toPackage(row, await partsOf(db, [name]));
};

/** @throws NacreError MANAGER_NOT_FOUND */
export const readPackage = ({ store }: Ground, name: string): Promise<Package> =>
  store.read((db) => packageIn(db, name));

/** The command "Autogenic Capable", and its opposite. @throws NacreError MANAGER_NOT_FOUND */
export const changeAutogenic = (
  ground: Ground,
  actor: Actor,
  name: string,
  isAutogenic: boolean,
): Promise<Package> =>
  ground.store.change(async (db) => {
    const before = await packageIn(db, name);
    if (before.isAutogenic === isAutogenic) return before;
    await setAutogenic(db, name, isAutogenic);
    const facts = { isAutogenic: isAutogenic ? 'yes' : 'no' };
    await audit(ground, db, actor, {
      action: 'package.autogenic',
      kind: 'package',
      subject: name,
      facts,
    });
    return { ...before, isAutogenic };
  });
