/** Where the labels of an image pointed, and the way back. */
import { NacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { type ImageRecord, type LabelRow, withLabel } from './image-record.ts';
import {
  changeRecord,
  noImage,
  type ResolvedImage,
  readRecord,
  resolveImage,
} from './image-records.ts';
import { parseImageReference } from './image-reference.ts';
import { type StoreContext, timeOf } from './store-lock.ts';

/** A label with each place it had, oldest first. */
export interface LabelHistory extends LabelRow {
  /** Where a roll-back would bring it; null when it had no other place that is still there. */
  readonly earlier: string | null;
}

/**
 * Where a label was before it came to where it is. A move back is an undo: the next one goes further back. Versions that are gone
 * or in the bin are passed over.
 */
const earlierOf = (record: ImageRecord, { history, id }: LabelRow): string | null => {
  const present = new Set(record.versions.map((row) => row.id));
  const places: string[] = [];
  for (const { id: place } of history) {
    if (place === null || !present.has(place) || place === places.at(-1)) continue;
    if (place === places.at(-2)) places.pop();
    else places.push(place);
  }
  return (places.at(-1) === id ? places.at(-2) : places.at(-1)) ?? null;
};

/** Labels of an image in alphabetical order. @throws NacreError `IMAGE_NOT_FOUND`, `IMAGE_NAME` */
export const readLabels = async (
  files: ByteStore,
  name: string,
): Promise<readonly LabelHistory[]> => {
  const record = await readRecord(files, parseImageReference(name).name);
  if (record === undefined) throw await noImage(files, name);
  return record.labels
    .map((row) => ({ ...row, earlier: earlierOf(record, row) }))
    .sort((left, right) => (left.label < right.label ? -1 : 1));
};

/**
 * Moves a label to where it was before: NAME is `latest`, NAME:LABEL another one.
 * @throws NacreError `IMAGE_NOT_FOUND`, `IMAGE_NO_EARLIER`, `IMAGE_NAME` for NAME@ID
 */
export const rollBackLabel = async (
  context: StoreContext,
  image: string,
): Promise<ResolvedImage> => {
  const reference = parseImageReference(image);
  if (!('label' in reference)) {
    throw new NacreError('IMAGE_NAME', { found: image, needed: 'NAME:LABEL' });
  }
  const { name, label } = reference;
  let back = '';
  await changeRecord(context, name, (record) => {
    const row = record.labels.find((one) => one.label === label);
    const id = row === undefined ? null : earlierOf(record, row);
    if (id === null) throw new NacreError('IMAGE_NO_EARLIER', { image: name, label });
    back = id;
    return withLabel(record, label, { id, at: timeOf(context) });
  });
  return resolveImage(context.files, `${name}@${back}`);
};
