/** How an upload begins: over which version, with which digests, within which limits. */
import {
  BOOT_LIMIT_BYTES,
  CHUNK_BYTES,
  DIGEST_BYTES,
  type DigestAlgorithm,
  MASK_RECORD_BYTES,
  RUN_RECORD_BYTES,
  TEXT_LIMIT_BYTES,
} from '../../codec/image-limits.ts';
import { isNacreError, NacreError } from '../../errors.ts';
import { idOfLabel } from '../store/image-record.ts';
import { readRecord } from '../store/image-records.ts';
import { LATEST } from '../store/image-reference.ts';
import { type StoreContext, timeOf } from '../store/store-lock.ts';
import type { UploadRecord } from '../store/upload-record.ts';
import { readManifest } from '../store/version-files.ts';

const SHOWN_DIGITS = 8;

/** Most bytes of a manifest of a disk. */
export const draftLimit = (diskBytes: number): number =>
  TEXT_LIMIT_BYTES +
  2 * BOOT_LIMIT_BYTES +
  Math.ceil(diskBytes / CHUNK_BYTES) * (DIGEST_BYTES + MASK_RECORD_BYTES + RUN_RECORD_BYTES);

/** Digests of the parent stay comparable. */
const algorithmOf = async (
  context: StoreContext,
  parent: string | null,
): Promise<DigestAlgorithm> => {
  if (parent === null) return 1;
  try {
    return (await readManifest(context.files, parent)).algorithm;
  } catch (reason) {
    if (isNacreError(reason, 'STORE_MANIFEST_MISSING')) return 1;
    throw reason;
  }
};

const newestOf = async (context: StoreContext, name: string): Promise<string | null> => {
  const image = await readRecord(context.files, name);
  return image === undefined ? null : (idOfLabel(image, LATEST) ?? null);
};

/** Runs under the store lock. @throws NacreError UPDATE_BASE_MOVED when another version is the newest */
export const requireNewest = async (
  context: StoreContext,
  { name, parent }: Pick<UploadRecord, 'name' | 'parent'>,
): Promise<void> => {
  const newest = await newestOf(context, name);
  if (newest === parent) return;
  const [base, latest] = [parent, newest].map((id) => id?.slice(0, SHOWN_DIGITS) ?? 'none');
  throw new NacreError('UPDATE_BASE_MOVED', { image: name, base: `${base}`, latest: `${latest}` });
};

/** The record of an upload that begins; runs under the store lock. @throws NacreError UPDATE_BASE_MOVED when `parent` is not the newest */
export const freshRecord = async (
  context: StoreContext,
  wish: {
    readonly keeper: string;
    readonly name: string;
    readonly parent?: string | undefined;
  },
): Promise<UploadRecord> => {
  const { keeper, name } = wish;
  const parent = wish.parent ?? (await newestOf(context, name));
  await requireNewest(context, { name, parent });
  return {
    ...{ format: 1, keeper, name, parent, algorithm: await algorithmOf(context, parent) },
    ...{ diskBytes: 0, known: [], own: [], version: null, touchedAt: timeOf(context) },
  };
};
