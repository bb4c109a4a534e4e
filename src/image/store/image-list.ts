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

/** Behind a web server each question takes its time on the way. */
const AT_ONCE = 8;

/** Asks for each name, several at a time. @returns answers in the order of the names */
const askEach = async <Answer>(
  names: readonly string[],
  ask: (name: string) => Promise<Answer>,
): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE)
    answers.push(...(await Promise.all(names.slice(at, at + AT_ONCE).map(ask))));
  return answers;
};

const storedBytesOf = async (files: ByteStore, ids: readonly string[]): Promise<number> => {
  const locators = await askEach(ids, (id) => readLocator(files, id));
  const packs = new Set(locators.flatMap((found) => found ?? []));
  const sizes = await askEach([...packs], (pack) => files.size(packName(pack)));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
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
