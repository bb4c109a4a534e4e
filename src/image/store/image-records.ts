/** The images of a store: finding a version by what people call it, and changing records under the lock. */
import { isNacreError, NacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { keepImageNames, listedNames } from './image-names.ts';
import {
  type ImageRecord,
  idOfLabel,
  labelsOf,
  parseImageRecord,
  serializeImageRecord,
} from './image-record.ts';
import { LATEST, parseImageReference } from './image-reference.ts';
import { nearestNames } from './nearest-name.ts';
import { imageName } from './store-layout.ts';
import { type StoreContext, withStoreLock } from './store-lock.ts';

/** Most bytes of a record that are read. */
export const RECORD_LIMIT_BYTES = 256 * 2 ** 20;

/** A version of an image. */
export interface ResolvedImage {
  readonly name: string;
  readonly id: string;
  /** Labels that point at it. */
  readonly labels: readonly string[];
}

/** The record of an image; `undefined` when there is none. @throws NacreError `STORE_IMAGE_DAMAGED` */
export const readRecord = async (
  files: ByteStore,
  name: string,
): Promise<ImageRecord | undefined> => {
  const bytes = await files.readSmall(imageName(name), RECORD_LIMIT_BYTES);
  if (bytes === undefined) return undefined;
  if (bytes.length > RECORD_LIMIT_BYTES) {
    const reason = `it has more than ${RECORD_LIMIT_BYTES} bytes`;
    throw new NacreError('STORE_IMAGE_DAMAGED', { image: name, reason });
  }
  return parseImageRecord(name, bytes.toString('utf8'));
};

/** Names of the images of a store in alphabetical order. */
export const listImageNames = async (files: ByteStore): Promise<readonly string[]> =>
  listedNames(await files.list('images'));

/** All records of a store. @throws NacreError `STORE_IMAGE_DAMAGED` */
export const readRecords = async (files: ByteStore): Promise<readonly ImageRecord[]> => {
  const records: ImageRecord[] = [];
  for (const name of await listImageNames(files)) {
    const record = await readRecord(files, name);
    if (record !== undefined) records.push(record);
  }
  return records;
};

/** Only for a hint: without a list there is none. */
const namesIfListed = async (files: ByteStore): Promise<readonly string[]> => {
  try {
    return await listImageNames(files);
  } catch (reason) {
    if (isNacreError(reason, 'STORE_WEB_NO_LIST')) return [];
    throw reason;
  }
};

const notFound = async (files: ByteStore, found: string, name: string): Promise<NacreError> => {
  const names = (await namesIfListed(files)).filter((other) => other !== name);
  const nearest = nearestNames(name, names);
  const near = nearest.length === 0 ? '' : `Nearest: ${nearest.join(', ')}. `;
  return new NacreError('IMAGE_NOT_FOUND', { image: found, store: files.location, near });
};

/** The error for a name that no image has. */
export const noImage = (files: ByteStore, name: string): Promise<NacreError> =>
  notFound(files, name, name);

const missingVersion = (record: ImageRecord, text: string, store: string): NacreError => {
  const at = parseImageReference(text);
  const labels = record.labels.filter((row) => row.id !== null).map((row) => row.label);
  const near = 'label' in at ? nearestNames(at.label, labels) : [];
  const hint = near.length === 0 ? '' : `Nearest: ${near.join(', ')}. `;
  return new NacreError('IMAGE_NOT_FOUND', { image: text, store, near: hint });
};

/** The one id of `ids` that a reference means. */
const idIn = (record: ImageRecord, ids: readonly string[], text: string): string | undefined => {
  const reference = parseImageReference(text);
  if ('label' in reference) return idOfLabel(record, reference.label);
  const found = ids.filter((id) => id.startsWith(reference.idPrefix));
  if (found.length <= 1) return found[0];
  const facts = { image: text, count: found.length, ids: found.join(', ') };
  throw new NacreError('IMAGE_AMBIGUOUS', facts);
};

/**
 * Finds the version that an IMAGE of cli.md names.
 * @throws NacreError `IMAGE_NAME`, `IMAGE_AMBIGUOUS`, `IMAGE_NOT_FOUND`, `IMAGE_IN_BIN`
 */
export const resolveImage = async (files: ByteStore, text: string): Promise<ResolvedImage> => {
  const { name } = parseImageReference(text);
  const record = await readRecord(files, name);
  if (record === undefined) throw await notFound(files, text, name);
  const id = idIn(
    record,
    record.versions.map((row) => row.id),
    text,
  );
  if (id !== undefined) return { name, id, labels: labelsOf(record, id) };
  const removed = idInBin(record, text);
  if (removed !== undefined) throw new NacreError('IMAGE_IN_BIN', { image: text, id: removed });
  throw missingVersion(record, text, files.location);
};

/** The version in the bin that a reference means; for a name or label the last one that had it. */
export const idInBin = (record: ImageRecord, text: string): string | undefined => {
  const reference = parseImageReference(text);
  if ('idPrefix' in reference) {
    return idIn(
      record,
      record.bin.map((row) => row.id),
      text,
    );
  }
  const { label } = reference;
  const last = record.bin.findLast((row) => row.labels.includes(label));
  return (last ?? (label === LATEST ? record.bin.at(-1) : undefined))?.id;
};

/** Writes a record whole. Runs under the store lock. */
export const writeRecord = async (context: StoreContext, record: ImageRecord): Promise<void> => {
  const bytes = Buffer.from(serializeImageRecord(record));
  await context.files.write(imageName(record.name), bytes);
  await keepImageNames(context);
};

/** Deletes the record of an image that has nothing left. Runs under the store lock. */
export const deleteRecord = async (context: StoreContext, name: string): Promise<void> => {
  await context.files.delete(imageName(name));
  await keepImageNames(context);
};

/** Changes the record of an image under the store lock. @throws NacreError `IMAGE_NOT_FOUND` */
export const changeRecord = (
  context: StoreContext,
  name: string,
  change: (record: ImageRecord) => ImageRecord,
): Promise<void> =>
  withStoreLock(context, async () => {
    const record = await readRecord(context.files, name);
    if (record === undefined) throw await notFound(context.files, name, name);
    const changed = change(record);
    if (changed !== record) await writeRecord(context, changed);
  });
