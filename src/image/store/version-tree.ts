/** The versions of an image as a tree: what each is made from, and how much it changed. */
import type { Manifest } from '../../codec/manifest.ts';
import { isNacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { diffManifests } from './image-diff.ts';
import { type ImageRecord, labelsOf, type VersionRow } from './image-record.ts';
import { listImageNames, noImage, readRecord } from './image-records.ts';
import { parseImageReference } from './image-reference.ts';
import { readManifest, readSignatures } from './version-files.ts';

/** A version with where it comes from. */
export interface VersionNode {
  readonly id: string;
  readonly parent: string | null;
  /** Where the parent is: the image that has it, or nobody has it any more; null without a parent. */
  readonly parentImage: string | null;
  readonly parentState: 'here' | 'bin' | 'gone' | null;
  readonly title: string;
  readonly comment: string;
  readonly creator: string;
  readonly machines: readonly string[];
  readonly createdAt: string;
  readonly diskBytes: number;
  readonly usedBytes: number;
  /** Chunks, and raw bytes of their used blocks, that differ from the parent; null where the parent is gone. */
  readonly changedChunks: number | null;
  readonly changedBytes: number | null;
  readonly labels: readonly string[];
  readonly signatures: number;
  /** Time of its removal; null outside the bin. */
  readonly removedAt: string | null;
}

/** A manifest that is needed for a comparison only; damage of it is told by others. */
const manifestIfThere = async (files: ByteStore, id: string): Promise<Manifest | undefined> => {
  try {
    return await readManifest(files, id);
  } catch (reason) {
    if (isNacreError(reason)) return undefined;
    throw reason;
  }
};

type ParentPlace = Pick<VersionNode, 'parentImage' | 'parentState'>;

const isIn = (rows: readonly VersionRow[], id: string): boolean =>
  rows.some((row) => row.id === id);

const placeIn = (record: ImageRecord, id: string): ParentPlace | undefined => {
  const parentImage = record.name;
  if (isIn(record.versions, id)) return { parentImage, parentState: 'here' };
  return isIn(record.bin, id) ? { parentImage, parentState: 'bin' } : undefined;
};

/** Looks in the image itself first: a branch has its parent in another one. */
const placeOfParent = async (
  files: ByteStore,
  record: ImageRecord,
  parent: string | null,
): Promise<ParentPlace> => {
  if (parent === null) return { parentImage: null, parentState: null };
  const own = placeIn(record, parent);
  if (own !== undefined) return own;
  for (const name of await listImageNames(files)) {
    const other = await readRecord(files, name);
    const found = other && placeIn(other, parent);
    if (found) return found;
  }
  return { parentImage: null, parentState: 'gone' };
};

const changeOf = (
  before: Manifest | undefined,
  manifest: Manifest,
): Pick<VersionNode, 'changedChunks' | 'changedBytes'> => {
  if (before === undefined || before.algorithm !== manifest.algorithm) {
    return { changedChunks: null, changedBytes: null };
  }
  const { chunks, bytes } = diffManifests(before, manifest);
  return { changedChunks: chunks, changedBytes: bytes };
};

/**
 * Versions of an image, oldest first; with `isWithBin` also those in the bin.
 * @throws NacreError `IMAGE_NOT_FOUND`, `IMAGE_NAME`, `STORE_MANIFEST_MISSING`, `IMAGE_MANIFEST_DAMAGED`
 */
export const readVersionTree = async (
  files: ByteStore,
  image: string,
  options: { readonly isWithBin: boolean },
): Promise<readonly VersionNode[]> => {
  const record = await readRecord(files, parseImageReference(image).name);
  if (record === undefined) throw await noImage(files, image);
  const removed = options.isWithBin ? record.bin : [];
  const times = new Map(removed.map((row) => [row.id, row.removedAt]));
  const rows = [...record.versions, ...removed].sort((left, right) =>
    left.createdAt < right.createdAt ? -1 : 1,
  );
  const nodes: VersionNode[] = [];
  // A parent mostly is the version before.
  let last: { readonly id: string; readonly manifest: Manifest } | undefined;
  for (const { id, parent, comment, createdAt } of rows) {
    const manifest = await readManifest(files, id);
    const isLast = last !== undefined && last.id === parent;
    const before =
      parent === null ? undefined : isLast ? last?.manifest : await manifestIfThere(files, parent);
    const { title, creator, machines = [], disk, partitions } = manifest;
    nodes.push({
      ...{ id, parent, ...(await placeOfParent(files, record, parent)) },
      ...{ title, comment, creator, machines, createdAt },
      diskBytes: disk.sizeBytes,
      usedBytes: partitions.reduce((sum, part) => sum + part.usedBytes, 0),
      ...changeOf(before, manifest),
      labels: labelsOf(record, id),
      signatures: (await readSignatures(files, id)).length,
      removedAt: times.get(id) ?? null,
    });
    last = { id, manifest };
  }
  return nodes;
};
