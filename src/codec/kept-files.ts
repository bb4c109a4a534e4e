/**
 * What a device keeps when its OS is made anew (spec A-30), as JSON on its backup partition: files with their places in
 * the OS, and who owns them there. The contents lie beside it, each named by its SHA-256.
 */
import * as z from 'zod';
import { formatError } from './bytes.ts';
import { checkShape, parseShape } from './json-shape.ts';

/** Most files of a device. */
const MOST_FILES = 4096;
/** Longest path, in UTF-16 units. */
const LONGEST_PATH = 1024;
/** A file on FAT ends there (spec A-12). */
const LARGEST_BYTES = 2 ** 32 - 1;
const GREATEST_ID = 2 ** 32 - 2;
const GREATEST_MODE = 0o7777;

/** Names between slashes, relative to the root of the volume; `.` and `..` are no names. */
const isPlainPath = (path: string): boolean =>
  path
    .split('/')
    .every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'));

const keptFile = z.object({
  path: z.string().min(1).max(LONGEST_PATH).refine(isPlainPath, 'names joined by /'),
  sizeBytes: z.int().min(0).max(LARGEST_BYTES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Permission bits, owner and group on ext; on NTFS a file gets the security of its folder. */
  mode: z.int().min(0).max(GREATEST_MODE),
  owner: z.int().min(0).max(GREATEST_ID),
  group: z.int().min(0).max(GREATEST_ID),
});

const keptFiles = z.object({
  format: z.literal(1),
  files: z.array(keptFile).max(MOST_FILES),
});

export type KeptFile = Readonly<z.infer<typeof keptFile>>;

const PART = 'kept files';
/** Longest list. */
export const KEPT_LIST_LIMIT_BYTES = 8 * 2 ** 20;

/** @throws NacreError `IMAGE_FORMAT` */
export const parseKeptFiles = (bytes: Uint8Array): readonly KeptFile[] => {
  if (bytes.length > KEPT_LIST_LIMIT_BYTES)
    throw formatError(PART, 'length', bytes.length, `at most ${KEPT_LIST_LIMIT_BYTES}`);
  return parseShape(PART, keptFiles, bytes).files;
};

/** @throws NacreError `IMAGE_FORMAT` for what could not be read again */
export const serializeKeptFiles = (files: readonly KeptFile[]): Uint8Array =>
  new TextEncoder().encode(
    `${JSON.stringify(checkShape(PART, keptFiles, { format: 1, files }))}\n`,
  );
