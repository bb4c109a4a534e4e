/**
 * The list of images of a store, beside its folders: a web server gives no list of files, so that whoever
 * changes the images of a store writes it down. It can be made again at any time.
 */
import * as z from 'zod';
import { isImageName } from '../../codec/image-name.ts';
import { isNacreError } from '../../errors.ts';
import type { ByteStore } from './byte-store.ts';
import { IMAGE_NAMES_FILE, storeFileOf } from './store-layout.ts';
import type { StoreContext } from './store-lock.ts';

const LIMIT_BYTES = 16 * 2 ** 20;

const schema = z.object({ names: z.array(z.string().refine(isImageName)) });

/** Names of the images of a folder's store in alphabetical order, by its files. */
export const listedNames = (files: readonly string[]): readonly string[] =>
  files.flatMap((name) => {
    const file = storeFileOf(name);
    return file.kind === 'image' ? [file.id] : [];
  });

/** The names in a list; `undefined` for a text that is none. */
export const parseImageNames = (text: string): readonly string[] | undefined => {
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data.names : undefined;
  } catch (reason) {
    if (reason instanceof SyntaxError) return undefined;
    throw reason;
  }
};

export const serializeImageNames = (names: readonly string[]): string =>
  `${JSON.stringify({ names })}\n`;

/** The list as it was written; `undefined` when there is none, or none that can be read. */
export const readImageNames = async (files: ByteStore): Promise<readonly string[] | undefined> => {
  const bytes = await files.readSmall(IMAGE_NAMES_FILE, LIMIT_BYTES);
  if (bytes === undefined || bytes.length > LIMIT_BYTES) return undefined;
  return parseImageNames(bytes.toString('utf8'));
};

/**
 * Brings the list up to date. Runs under the store lock. What is published counts without it, so that a full
 * store, or one that may not be written, is no failure here.
 */
export const keepImageNames = async ({ files }: StoreContext): Promise<void> => {
  const names = listedNames(await files.list('images'));
  const known = await readImageNames(files);
  if (known?.length === names.length && known.every((name, at) => name === names[at])) return;
  try {
    await files.write(IMAGE_NAMES_FILE, Buffer.from(serializeImageNames(names)));
  } catch (reason) {
    if (!isNacreError(reason, 'STORE_FULL') && !isNacreError(reason, 'STORE_READ_ONLY'))
      throw reason;
  }
};
