/** What a store shows of its images. */

import type { ByteStore } from './byte-store.ts';
import { type ImageRecord, idOfLabel, labelsOf, type VersionRow } from './image-record.ts';
import { readRecords } from './image-records.ts';
import { LATEST } from './image-reference.ts';
import { packName } from './store-layout.ts';
import { readLocator } from './version-files.ts';

/** An image as `list` shows it. */
export interface ImageSummary {
  readonly name: string;
  readonly title: string;
  /** Id of the version that the label `latest` names. */
  readonly latest: string | null;
  /** Oldest first. */
  readonly versions: readonly (VersionRow & { readonly labels: readonly string[] })[];
  /** Bytes of all packs that the versions need; images may share some of them. */
  readonly storedBytes: number;
}

const storedBytesOf = async (files: ByteStore, ids: readonly string[]): Promise<number> => {
  const packs = new Set<string>();
  for (const id of ids) {
    for (const pack of (await readLocator(files, id)) ?? []) packs.add(pack);
  }
  let bytes = 0;
  for (const pack of packs) bytes += (await files.size(packName(pack))) ?? 0;
  return bytes;
};

const summaryOf = async (files: ByteStore, record: ImageRecord): Promise<ImageSummary> => {
  const { name, title, versions } = record;
  return {
    name,
    title,
    latest: idOfLabel(record, LATEST) ?? null,
    versions: versions.map((row) => ({ ...row, labels: labelsOf(record, row.id) })),
    storedBytes: await storedBytesOf(
      files,
      versions.map((row) => row.id),
    ),
  };
};

/** Images with at least one version, in alphabetical order. @throws NacreError `STORE_IMAGE_DAMAGED` */
export const listImages = async (files: ByteStore): Promise<readonly ImageSummary[]> => {
  const summaries: ImageSummary[] = [];
  for (const record of await readRecords(files)) {
    if (record.versions.length > 0) summaries.push(await summaryOf(files, record));
  }
  return summaries;
};
