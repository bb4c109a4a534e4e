/**
 * Uploads: captures that come over a network, and outlive the process that takes them. `uploads/<id>/upload.json` says what
 * one needs of the store, so that garbage collection keeps it as it keeps what a lease names; its own packs lie beside it.
 * Every function here runs under the store lock.
 */
import { readdir, rm } from 'node:fs/promises';
import * as z from 'zod';
import { IMAGE_NAME } from '../../codec/image-name.ts';
import { makeFolder } from './folder-store.ts';
import { writing } from './store-error.ts';
import { uploadFolder } from './store-layout.ts';
import type { StoreContext } from './store-lock.ts';

/** One that nobody went on with for so long is garbage. */
export const UPLOAD_EXPIRY_DAYS = 30;

const DAY_MS = 86_400_000;
const LIMIT_BYTES = 16 * 2 ** 20;
const UPLOAD_ID = /^[0-9a-f]{32}$/;

const id = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.int().min(0);

const schema = z.object({
  format: z.literal(1),
  /** Who takes it, and says when it is not wanted any more. */
  keeper: z.string().max(128),
  name: z.string().regex(IMAGE_NAME),
  algorithm: z.literal([1, 2]),
  parent: id.nullable(),
  /** Bytes of the disk that is captured. */
  diskBytes: size,
  /** Packs of the store that whoever sends was told of. */
  known: z.array(id),
  /** Packs that it brought; those that are not in its folder are in their place in the store already. */
  own: z.array(id),
  /** The version that it becomes, once that is decided: publishing it again is the same version. */
  version: z
    .object({ id, draft: id, createdAt: z.iso.datetime(), usedBytes: size, storedBytes: size })
    .nullable(),
  touchedAt: z.iso.datetime(),
});

export type UploadRecord = Readonly<z.infer<typeof schema>>;

const recordName = (upload: string): string => `${uploadFolder(upload)}/upload.json`;

/** True for what may name an upload: 32 hex digits. */
export const isUploadId = (text: string): boolean => UPLOAD_ID.test(text);

/** What is known of an upload; undefined when there is none, or none that can be gone on with. */
export const readUpload = async (
  context: StoreContext,
  upload: string,
): Promise<UploadRecord | undefined> => {
  const bytes = await context.files.readSmall(recordName(upload), LIMIT_BYTES);
  if (bytes === undefined || bytes.length > LIMIT_BYTES) return undefined;
  try {
    const result = schema.safeParse(JSON.parse(bytes.toString('utf8')));
    return result.success ? result.data : undefined;
  } catch (reason) {
    if (reason instanceof SyntaxError) return undefined;
    throw reason;
  }
};

/** Makes an upload or changes what is known of it. */
export const writeUpload = async (
  context: StoreContext,
  upload: string,
  record: UploadRecord,
): Promise<void> => {
  const folder = context.files.localPath(uploadFolder(upload));
  await writing(folder, () => makeFolder(folder));
  await context.files.write(recordName(upload), Buffer.from(JSON.stringify(record)));
};

/** Deletes an upload with all that it brought and that is not published. */
export const removeUpload = async (context: StoreContext, upload: string): Promise<void> => {
  const folder = context.files.localPath(uploadFolder(upload));
  await writing(folder, () => rm(folder, { recursive: true, force: true }));
};

/** An entry of the folder of uploads; without a record it is none that can be gone on with. */
export interface UploadEntry {
  readonly id: string;
  readonly record: UploadRecord | undefined;
}

const entryNames = async (context: StoreContext): Promise<readonly string[]> => {
  try {
    return await readdir(context.files.localPath('uploads'));
  } catch (reason) {
    // A store of an older version has no such folder.
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return [];
    throw reason;
  }
};

/** All uploads of a store. */
export const listUploads = async (context: StoreContext): Promise<readonly UploadEntry[]> => {
  const entries: UploadEntry[] = [];
  for (const name of await entryNames(context)) {
    const record = isUploadId(name) ? await readUpload(context, name) : undefined;
    entries.push({ id: name, record });
  }
  return entries;
};

/** True for one that may still be gone on with. */
export const isLive = ({ record }: UploadEntry, now: Date): boolean =>
  record !== undefined &&
  now.getTime() - Date.parse(record.touchedAt) < UPLOAD_EXPIRY_DAYS * DAY_MS;
