/** The two ends of a conversion: files and images, and the folder in which its parts are made. */
import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { NacreError } from '../../errors.ts';

/** A place that a disk comes from or goes to. */
export type ConvertEnd =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'image'; readonly image: string };

/** What a target file becomes. */
export type TargetFormat = 'raw' | 'qcow2';

const TARGET_ENDINGS: readonly (readonly [string, TargetFormat])[] = [
  ['.raw', 'raw'],
  ['.img', 'raw'],
  ['.qcow2', 'qcow2'],
];

const endingOf = (name: string): TargetFormat | undefined =>
  TARGET_ENDINGS.find(([ending]) => name.toLowerCase().endsWith(ending))?.[1];

/** Endings that make a name without a slash a file, so that a mistyped one is not looked for in the store. */
const FILE_ENDING = /\.(?:raw|img|qcow2|vhdx?|vmdk|gz|xz|zst|i2d)$/i;

const IMAGE = /^[a-z0-9][a-z0-9._-]{0,63}(?:[@:][a-z0-9][a-z0-9._-]{0,63})?$/;

const exists = async (name: string): Promise<boolean> => {
  try {
    await stat(name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
};

/**
 * What IN or OUT means: with a slash a file; otherwise an existing file, or a name with the ending of a
 * disk file, is a file, and the name of an image of the store an image.
 * @throws {NacreError} CONVERT_AMBIGUOUS where both a file and an image have that name.
 */
export const chooseEnd = async (
  text: string,
  hasImage: (image: string) => Promise<boolean>,
): Promise<ConvertEnd> => {
  const isFile = text.includes('/') || FILE_ENDING.test(text) || (await exists(text));
  const isImage = IMAGE.test(text) && (await hasImage(text));
  if (isFile && isImage && !text.includes('/')) {
    throw new NacreError('CONVERT_AMBIGUOUS', { name: text });
  }
  if (isFile || !IMAGE.test(text)) return { kind: 'file', path: text };
  return { kind: 'image', image: text };
};

/**
 * Format of a new target file, by its ending.
 * @throws {NacreError} CONVERT_TARGET where it exists or its name says no format.
 */
export const checkTargetFile = async (target: string): Promise<TargetFormat> => {
  if (await exists(target)) {
    throw new NacreError('CONVERT_TARGET', { path: target, reason: 'it exists already' });
  }
  const format = endingOf(target);
  if (format === undefined) {
    const reason = 'its name ends in none of .raw, .img, .qcow2';
    throw new NacreError('CONVERT_TARGET', { path: target, reason });
  }
  return format;
};

/** Turns the end of a cancelled child process or stream into what it is: CANCELLED. */
export const namingCancel = async <Result>(
  signal: AbortSignal | undefined,
  work: Promise<Result>,
): Promise<Result> => {
  try {
    return await work;
  } catch (error) {
    const isAbort = error instanceof Error && error.name === 'AbortError';
    if (!isAbort || signal?.aborted !== true) throw error;
    throw new NacreError('CANCELLED', { phase: 'convert' }, { cause: error });
  }
};

/** Runs `use` with a private folder inside `parent` that is removed in any case. */
export const withWorkFolder = async <Result>(
  parent: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> => {
  const folder = await mkdtemp(path.join(parent, '.nacre-convert-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Puts a finished file in its place, on the medium with its name. A file there by now is refused. */
export const placeFile = async (made: string, target: string): Promise<void> => {
  await syncPath(made);
  if (await exists(target)) {
    throw new NacreError('CONVERT_TARGET', { path: target, reason: 'it appeared meanwhile' });
  }
  await rename(made, target);
  await syncPath(path.dirname(target));
};

const syncPath = async (name: string): Promise<void> => {
  const file = await open(name, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};

/** What tells whether a file was written to; of a block device nothing. */
export const fileMarker = async (name: string): Promise<string> => {
  const { dev, ino, size, mtimeNs } = await stat(name, { bigint: true });
  return `${dev}:${ino}:${size}:${mtimeNs}`;
};
