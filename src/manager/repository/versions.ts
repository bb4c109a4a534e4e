/**
 * Versions of images, their labels and the bin, as people work on them over the API. The store of images is what counts and is
 * changed first; audit and tables follow.
 */
import { NacreError } from '../../errors.ts';
import type { FilesDifference } from '../../image/files/image-files.ts';
import type { BinEntry } from '../../image/store/image-bin.ts';
import type { ImageDifference } from '../../image/store/image-diff.ts';
import type { ResolvedImage } from '../../image/store/image-records.ts';
import type { ImageStore } from '../../image/store/store.ts';
import type { GcReport } from '../../image/store/store-gc.ts';
import type { PublishedVersion } from '../../image/store/version-publish.ts';
import type { VersionNode } from '../../image/store/version-tree.ts';
import type { Actor, Ground } from '../ground.ts';
import { audit, type Deed } from '../identity/audit.ts';
import { terminalsOfImage, usesOfImage, type VersionUse } from '../store/version-rows.ts';
import { type ImageSource, syncPackages } from './sync.ts';

/** What people do with versions, over what the tables need. */
export type VersionSource = ImageSource &
  Pick<
    ImageStore,
    | ('bin' | 'branch' | 'diff' | 'diffFiles' | 'gc' | 'label' | 'labels')
    | ('resolve' | 'rollBack' | 'space' | 'tree')
  >;

/** Names of each kind of user that are looked at, and that an error names. */
const MOST_USERS = 1000;
const SHOWN = 5;

/** A version as the manager knows it. */
export interface UsedVersion extends VersionNode {
  /** The device whose capture it is; null where no device of ours made it. */
  readonly terminal: string | null;
  readonly usedBy: {
    readonly devices: readonly string[];
    readonly groups: readonly string[];
    readonly jobs: readonly string[];
  };
}

const namesOf = (uses: readonly VersionUse[], kind: VersionUse['kind']): readonly string[] =>
  uses.filter((use) => use.kind === kind).map(({ name }) => name);

/** Versions of an image with what uses them. @throws NacreError IMAGE_NOT_FOUND */
export const readVersions = async (
  { store }: Ground,
  images: VersionSource,
  name: string,
  options: { readonly isWithBin: boolean },
): Promise<readonly UsedVersion[]> => {
  const versions = await images.tree(name, options);
  const [uses, terminals] = await store.read(async (db) => [
    await usesOfImage(db, name, MOST_USERS),
    await terminalsOfImage(db, name),
  ]);
  return versions.map((version) => {
    const own = uses.filter((use) => use.version === version.id);
    const [devices, groups, jobs] = [
      namesOf(own, 'device'),
      namesOf(own, 'group'),
      namesOf(own, 'job'),
    ];
    const terminal = terminals.get(version.id) ?? null;
    return { ...version, terminal, usedBy: { devices, groups, jobs } };
  });
};

const note = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
  entry: Deed,
): Promise<void> => {
  await ground.store.change((db) => audit(ground, db, actor, entry));
  await syncPackages(ground, actor, images);
};

/** Moves a label; groups that follow it follow. @throws NacreError IMAGE_NOT_FOUND, IMAGE_NAME */
export const moveLabel = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
  { name, label, version }: { readonly name: string; readonly label: string; version: string },
): Promise<ResolvedImage> => {
  const moved = await images.label(`${name}@${version}`, label);
  const facts = { label, version: moved.id };
  await note(ground, actor, images, {
    ...{ action: 'image.label', kind: 'image', subject: name, facts },
  });
  return moved;
};

/** @throws NacreError IMAGE_NOT_FOUND, IMAGE_NO_EARLIER */
export const rollBack = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
  { name, label }: { readonly name: string; readonly label: string },
): Promise<ResolvedImage> => {
  const moved = await images.rollBack(`${name}:${label}`);
  const facts = { label, version: moved.id };
  await note(ground, actor, images, {
    ...{ action: 'image.rollback', kind: 'image', subject: name, facts },
  });
  return moved;
};

const refuse = (name: string, uses: readonly VersionUse[]): void => {
  if (uses.length === 0) return;
  const users = uses.slice(0, SHOWN).map((use) => `${use.kind} ${use.name}`);
  throw new NacreError('MANAGER_IN_USE', { what: 'version', name, users: users.join(', ') });
};

/** Puts a version into the bin that nobody uses. @throws NacreError MANAGER_IN_USE, IMAGE_NOT_FOUND */
export const removeVersion = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<void> => {
  const { id } = await images.resolve(`${name}@${version}`);
  const uses = await ground.store.read((db) => usesOfImage(db, name, MOST_USERS));
  refuse(
    `${name}@${id.slice(0, 8)}`,
    uses.filter((use) => use.version === id),
  );
  await images.remove(`${name}@${id}`);
  await note(ground, actor, images, {
    ...{ action: 'version.remove', kind: 'image', subject: name, facts: { version: id } },
  });
};

/** @throws NacreError IMAGE_NOT_FOUND */
export const restoreVersion = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
  image: string,
): Promise<ResolvedImage> => {
  const back = await images.bin.restore(image);
  const facts = { version: back.id };
  await note(ground, actor, images, {
    ...{ action: 'version.restore', kind: 'image', subject: back.name, facts },
  });
  return back;
};

/** Drops for good what lies in the bin. @throws NacreError MANAGER_IN_USE when a job or device came to need one of it */
export const emptyBin = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
): Promise<{ readonly droppedVersions: number }> => {
  const entries: readonly BinEntry[] = await images.bin.list();
  for (const name of new Set(entries.map((entry) => entry.name))) {
    const own = entries.filter((entry) => entry.name === name);
    const uses = await ground.store.read((db) => usesOfImage(db, name, MOST_USERS));
    for (const { id } of own) {
      const needed = uses.filter((use) => use.version === id);
      refuse(`${name}@${id.slice(0, 8)}`, needed);
    }
  }
  const droppedVersions = await images.bin.empty();
  await note(ground, actor, images, {
    ...{ action: 'bin.empty', kind: 'store', subject: 'images', facts: { droppedVersions } },
  });
  return { droppedVersions };
};

/** @throws NacreError IMAGE_EXISTS, IMAGE_NOT_FOUND, IMAGE_NAME */
export const branchImage = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
  wish: {
    readonly from: string;
    readonly name: string;
    readonly title?: string | undefined;
    readonly comment?: string | undefined;
  },
): Promise<PublishedVersion> => {
  const made = await images.branch({ ...wish, creator: actor.name });
  const facts = { from: wish.from, parent: made.parent ?? '', version: made.id };
  await note(ground, actor, images, {
    ...{ action: 'image.branch', kind: 'image', subject: made.name, facts },
  });
  return made;
};

/** What versions no longer need is deleted; with `dryRun` only counted. @throws NacreError STORE_BUSY */
export const collect = async (
  ground: Ground,
  actor: Actor,
  images: VersionSource,
  dryRun: boolean,
): Promise<GcReport> => {
  const report = await images.gc({ dryRun });
  if (dryRun) return report;
  const { freedBytes, deletedPacks, rewrittenPacks } = report;
  const facts = { freedBytes, deletedPacks, rewrittenPacks };
  await ground.store.change((db) =>
    audit(ground, db, actor, { action: 'store.gc', kind: 'store', subject: 'images', facts }),
  );
  return report;
};

// Two volumes are read and compared at a time, with up to 1 GiB for each: one comparison is enough for a manager.
let isComparing = false;

/** @throws NacreError MANAGER_OVERLOADED while files of others are compared; IMAGE_NOT_FOUND, IMAGE_DIGESTS_DIFFER */
export const compareVersions = async (
  images: VersionSource,
  { from, to }: { readonly from: string; readonly to: string },
  files: { readonly most: number } | undefined,
  left: AbortSignal,
): Promise<ImageDifference & { readonly files?: FilesDifference }> => {
  const difference = await images.diff(from, to);
  if (files === undefined) return difference;
  if (isComparing) throw new NacreError('MANAGER_OVERLOADED', { what: 'comparisons of files' });
  isComparing = true;
  try {
    return { ...difference, files: await images.diffFiles(from, to, { ...files, signal: left }) };
  } finally {
    isComparing = false;
  }
};
