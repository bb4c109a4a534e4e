/**
 * `images/<name>.json`: the versions of an image, its labels with their history, and its bin.
 * Values are never changed in place: each step gives a new record, which is written whole.
 */
import * as z from 'zod';
import { IMAGE_NAME } from '../../codec/image-name.ts';
import { NacreError } from '../../errors.ts';
import { LATEST } from './image-reference.ts';

const HISTORY_LIMIT = 1000;

const id = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().regex(IMAGE_NAME);
const time = z.iso.datetime();

const version = z.object({ id, createdAt: time, parent: id.nullable(), comment: z.string() });
const label = z.object({
  label: name,
  id: id.nullable(),
  history: z.array(z.object({ id: id.nullable(), at: time })),
});
const removed = version.extend({ removedAt: time, labels: z.array(name) });

const imageRecord = z.object({
  format: z.literal(1),
  name,
  title: z.string(),
  versions: z.array(version),
  labels: z.array(label),
  bin: z.array(removed),
});

/** A version as an image lists it. */
export type VersionRow = Readonly<z.infer<typeof version>>;

/** A version in the bin, with the labels it had. */
export type RemovedRow = VersionRow & {
  readonly removedAt: string;
  readonly labels: readonly string[];
};

/** A label and where it pointed, oldest first; `id` is null after its version was removed. */
export interface LabelRow {
  readonly label: string;
  readonly id: string | null;
  readonly history: readonly { readonly id: string | null; readonly at: string }[];
}

/** An image: a name with its versions, oldest first. */
export interface ImageRecord {
  readonly format: 1;
  readonly name: string;
  readonly title: string;
  readonly versions: readonly VersionRow[];
  readonly labels: readonly LabelRow[];
  readonly bin: readonly RemovedRow[];
}

/** An image without versions. */
export const emptyRecord = (imageName: string, title: string): ImageRecord => ({
  format: 1,
  name: imageName,
  title,
  versions: [],
  labels: [],
  bin: [],
});

const reasonOf = (text: string): { readonly record?: ImageRecord; readonly reason: string } => {
  try {
    const result = imageRecord.safeParse(JSON.parse(text));
    if (result.success) return { record: result.data, reason: '' };
    const issue = result.error.issues[0];
    return { reason: `${issue?.path.join('.')}: ${issue?.message}` };
  } catch (reason) {
    return { reason: reason instanceof Error ? reason.message : String(reason) };
  }
};

/** @throws NacreError `STORE_IMAGE_DAMAGED` */
export const parseImageRecord = (imageName: string, text: string): ImageRecord => {
  const { record, reason } = reasonOf(text);
  if (record?.name === imageName) return record;
  const found = record === undefined ? reason : `it is the record of ${record.name}`;
  throw new NacreError('STORE_IMAGE_DAMAGED', { image: imageName, reason: found });
};

/** JSON with one member to a line, for people. */
export const serializeImageRecord = (record: ImageRecord): string =>
  `${JSON.stringify(record, null, 2)}\n`;

/** Ids of everything that the record keeps: versions and bin. */
export const idsOf = (record: ImageRecord): readonly string[] =>
  [...record.versions, ...record.bin].map((row) => row.id);

/** Labels that point at a version, in alphabetical order. */
export const labelsOf = (record: ImageRecord, versionId: string): readonly string[] =>
  record.labels
    .filter((row) => row.id === versionId)
    .map((row) => row.label)
    .sort();

/** Where a label points. */
export const idOfLabel = (record: ImageRecord, wanted: string): string | undefined =>
  record.labels.find((row) => row.label === wanted)?.id ?? undefined;

/** The record with a label moved; `null` takes it off. Its history grows. */
export const withLabel = (
  record: ImageRecord,
  wanted: string,
  move: { readonly id: string | null; readonly at: string },
): ImageRecord => {
  const old = record.labels.find((row) => row.label === wanted);
  if (old?.id === move.id) return record;
  const history = [...(old?.history ?? []), move].slice(-HISTORY_LIMIT);
  const others = record.labels.filter((row) => row.label !== wanted);
  return { ...record, labels: [...others, { label: wanted, id: move.id, history }] };
};

/** The record with one more version, to which `latest` moves. */
export const withVersion = (record: ImageRecord, row: VersionRow, at: string): ImageRecord => {
  const versions = [...record.versions.filter((old) => old.id !== row.id), row];
  const bin = record.bin.filter((old) => old.id !== row.id);
  return withLabel({ ...record, versions, bin }, LATEST, { id: row.id, at });
};

/** The record with a version in the bin. Its labels come off; `latest` goes to the newest that is left. */
export const withoutVersion = (record: ImageRecord, versionId: string, at: string): ImageRecord => {
  const row = record.versions.find((old) => old.id === versionId);
  if (row === undefined) return record;
  const labels = labelsOf(record, versionId);
  const versions = record.versions.filter((old) => old.id !== versionId);
  const bin = [...record.bin, { ...row, removedAt: at, labels: [...labels] }];
  const newest = versions.at(-1)?.id ?? null;
  return labels.reduce<ImageRecord>(
    (rest, moved) => withLabel(rest, moved, { id: moved === LATEST ? newest : null, at }),
    { ...record, versions, bin },
  );
};

/** The record with a version back from the bin. It gets those of its labels that are free. */
export const withRestored = (record: ImageRecord, versionId: string, at: string): ImageRecord => {
  const row = record.bin.find((old) => old.id === versionId);
  if (row === undefined) return record;
  const { id: rowId, createdAt, parent, comment } = row;
  const restored = { id: rowId, createdAt, parent, comment };
  const versions = [...record.versions, restored].sort((left, right) =>
    left.createdAt < right.createdAt ? -1 : 1,
  );
  const bin = record.bin.filter((old) => old.id !== versionId);
  const free = row.labels.filter((moved) => idOfLabel(record, moved) === undefined);
  return free.reduce<ImageRecord>((rest, moved) => withLabel(rest, moved, { id: rowId, at }), {
    ...record,
    versions,
    bin,
  });
};

/**
 * The record with a version that was copied from another store, whose record is `source`, unless somebody put it into the bin here.
 * Without a record it is a new one.
 */
export const withCopied = (
  target: ImageRecord | undefined,
  source: ImageRecord,
  row: VersionRow,
): ImageRecord => {
  const base = target ?? emptyRecord(source.name, source.title);
  if (idsOf(base).includes(row.id)) return base;
  const versions = [...base.versions, row].sort((left, right) =>
    left.createdAt < right.createdAt ? -1 : 1,
  );
  return { ...base, title: source.title, versions };
};

/** The record with the labels of another store's record, as far as their versions are listed. */
export const withLabelsOf = (target: ImageRecord, source: ImageRecord, at: string): ImageRecord => {
  const listed = new Set(target.versions.map((row) => row.id));
  return source.labels.reduce<ImageRecord>((rest, { label }) => {
    const id = idOfLabel(source, label);
    return id === undefined || !listed.has(id) ? rest : withLabel(rest, label, { id, at });
  }, target);
};
