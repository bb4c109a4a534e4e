/**
 * Brings the tables of images up to date with the store of images, which stays what counts: it is written by whoever captures, and
 * read by devices. Each image that is new becomes a package.
 */
import type { Manifest } from '../../codec/manifest.ts';
import { isNacreError } from '../../errors.ts';
import { versionBytes } from '../../image/backup/version-bytes.ts';
import { parsePackageFacts } from '../../image/convert/package-import.ts';
import type { ImageSummary } from '../../image/store/image-list.ts';
import type { ImageStore } from '../../image/store/store.ts';
import { type Actor, type Ground, timeOf } from '../ground.ts';
import { audit } from '../identity/audit.ts';
import {
  addPackageRow,
  keepVersions,
  knownVersions,
  listImageRows,
  putImageRow,
  putVersionRow,
  removeImageRow,
  setLabels,
} from '../store/package-rows.ts';
import type { Queries } from '../store/store.ts';
import type { VersionTable } from '../store/tables.ts';

/** What the store of images is asked; never while the data base is held. */
export type ImageSource = Pick<ImageStore, 'list' | 'readManifest' | 'packsOf' | 'remove'>;

export interface SyncReport {
  readonly images: number;
  readonly addedVersions: number;
  readonly removedImages: number;
}

/** 0 where packs are missing or damaged: whoever restores is told, and the list goes on. */
const storedBytesOf = async (
  images: ImageSource,
  manifest: Manifest,
  id: string,
): Promise<number> => {
  try {
    return versionBytes(manifest, await images.packsOf(id));
  } catch (reason) {
    if (isNacreError(reason)) return 0;
    throw reason;
  }
};

const rowOf = async (
  images: ImageSource,
  name: string,
  { id, parent, comment, createdAt }: ImageSummary['versions'][number],
): Promise<VersionTable> => {
  const manifest = await images.readManifest(id);
  const { disk, partitions } = manifest;
  const used = partitions.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  const times = { created_at: createdAt, parent_id: parent, comment };
  const sizes = { disk_bytes: disk.sizeBytes, used_bytes: used };
  const stored = await storedBytesOf(images, manifest, id);
  return { image_name: name, id, ...times, ...sizes, stored_bytes: stored };
};

const newVersions = async (
  images: ImageSource,
  summaries: readonly ImageSummary[],
  known: ReadonlySet<string>,
): Promise<readonly VersionTable[]> => {
  const rows: VersionTable[] = [];
  for (const { name, versions } of summaries)
    for (const version of versions)
      if (!known.has(`${name} ${version.id}`)) rows.push(await rowOf(images, name, version));
  return rows;
};

/** What a package folder said of itself when it was imported. */
const packageFacts = ({ name, title, versions }: ImageSummary) => {
  const facts = versions
    .map(({ comment }) => parsePackageFacts(comment))
    .findLast((found) => found !== undefined);
  const {
    Number: number = name,
    Description: description = title,
    OS: os = '',
    Category: category = '',
  } = facts?.settings ?? {};
  return { number, description, os, category, is_autogenic: facts?.isAutogenic ? 1 : 0 } as const;
};

const putImage = async (
  ground: Pick<Ground, 'now'>,
  db: Queries,
  summary: ImageSummary,
  added: readonly VersionTable[],
): Promise<void> => {
  const { name, title, latest, storedBytes, versions } = summary;
  await putImageRow(db, { name, title, latest_id: latest, stored_bytes: storedBytes });
  await keepVersions(
    db,
    name,
    versions.map(({ id }) => id),
  );
  const known = await knownVersions(db);
  // Another manager may have written it meanwhile.
  for (const row of added.filter(({ image_name: image }) => image === name))
    if (!known.has(`${name} ${row.id}`)) await putVersionRow(db, row);
  const labels = versions.flatMap(({ id, labels: own }) =>
    own.map((label) => ({ image_name: name, label, version_id: id })),
  );
  await setLabels(db, name, labels);
  await addPackageRow(db, {
    name,
    type: 'Merlin',
    ...packageFacts(summary),
    created_at: timeOf(ground),
  });
};

/** @throws NacreError those of the store of images */
export const syncPackages = async (
  ground: Ground,
  actor: Actor,
  images: ImageSource,
): Promise<SyncReport> => {
  const summaries = await images.list();
  const added = await newVersions(images, summaries, await ground.store.read(knownVersions));
  return ground.store.change(async (db) => {
    const names = new Set(summaries.map(({ name }) => name));
    const gone = (await listImageRows(db)).filter(({ name }) => !names.has(name));
    for (const { name } of gone) await removeImageRow(db, name);
    for (const summary of summaries) await putImage(ground, db, summary, added);
    const counts = { addedVersions: added.length, removedImages: gone.length };
    if (added.length + gone.length > 0)
      await audit(ground, db, actor, {
        action: 'package.sync',
        kind: 'store',
        subject: 'images',
        facts: counts,
      });
    return { images: summaries.length, ...counts };
  });
};
