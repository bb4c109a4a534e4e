/** Files in which the bridge remembers things, each replaced at once. */
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ensureDir } from 'fs-extra/esm';
import type * as z from 'zod';
import { flushFolder } from '../../image/store/folder-store.ts';

const MOST_BYTES = 64 * 2 ** 20;

/** What a file holds; undefined when it is missing, damaged or not of this shape: it is asked for again then. */
export const readSmallFile = async <Shape extends z.ZodType>(
  file: string,
  shape: Shape,
): Promise<z.output<Shape> | undefined> => {
  try {
    const bytes = await readFile(file);
    if (bytes.length > MOST_BYTES) return undefined;
    return shape.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch (reason) {
    const isMissing = reason instanceof Error && 'code' in reason && reason.code === 'ENOENT';
    if (isMissing || reason instanceof SyntaxError) return undefined;
    throw reason;
  }
};

/** Resolves when it survives a power cut; after a failure the one before it is still there. */
export const writeSmallFile = async (file: string, value: unknown): Promise<void> => {
  await ensureDir(path.dirname(file), 0o700);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  await flushFolder(path.dirname(file));
};
