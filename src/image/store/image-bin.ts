/** The bin: removed versions, which stay complete until the bin is emptied. */
import { NacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { type ImageRecord, type RemovedRow, withoutVersion, withRestored } from './image-record.ts';
import {
  changeRecord,
  deleteRecord,
  idInBin,
  type ResolvedImage,
  readRecord,
  readRecords,
  resolveImage,
  writeRecord,
} from './image-records.ts';
import { parseImageReference } from './image-reference.ts';
import { type StoreContext, timeOf, withStoreLock } from './store-lock.ts';

/** A version in the bin of an image. */
export type BinEntry = RemovedRow & { readonly name: string };

/** Puts a version into the bin. Its labels come off; `latest` goes to the newest version that is left. */
export const removeImage = async (context: StoreContext, image: string): Promise<ResolvedImage> => {
  const resolved = await resolveImage(context.files, image);
  const { name, id } = resolved;
  await changeRecord(context, name, (record) => withoutVersion(record, id, timeOf(context)));
  return resolved;
};

/** What lies in the bins of all images. */
export const listBin = async (files: ByteStore): Promise<readonly BinEntry[]> =>
  (await readRecords(files)).flatMap((record) =>
    record.bin.map((row) => ({ name: record.name, ...row })),
  );

/**
 * Brings a version back. NAME means the one that was `latest`, or the last one removed.
 * @throws NacreError `IMAGE_NOT_FOUND`, `IMAGE_AMBIGUOUS`
 */
export const restoreFromBin = async (
  context: StoreContext,
  image: string,
): Promise<ResolvedImage> => {
  const { name } = parseImageReference(image);
  const record = await readRecord(context.files, name);
  const id = record === undefined ? undefined : idInBin(record, image);
  if (id === undefined) {
    const near = '"nacre image bin list" shows what can be brought back. ';
    throw new NacreError('IMAGE_NOT_FOUND', { image, store: context.files.location, near });
  }
  await changeRecord(context, name, (old) => withRestored(old, id, timeOf(context)));
  return resolveImage(context.files, `${name}@${id}`);
};

const emptied = async (context: StoreContext, record: ImageRecord): Promise<number> => {
  if (record.versions.length > 0) await writeRecord(context, { ...record, bin: [] });
  else await deleteRecord(context, record.name);
  return record.bin.length;
};

/** Empties all bins; the space comes back with the next garbage collection. @returns versions dropped */
export const emptyBin = (context: StoreContext): Promise<number> =>
  withStoreLock(context, async () => {
    let dropped = 0;
    for (const record of await readRecords(context.files)) {
      if (record.bin.length > 0) dropped += await emptied(context, record);
    }
    return dropped;
  });
