import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';

/** A folder of its own for a test, removed when the test ends. */
export const scratchFolder = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** An image file without content that is removed when the test ends. */
export const emptyImage = async (
  t: ExecutionContext,
  sizeBytes: number,
  name = 'disk.img',
): Promise<string> => {
  const file = path.join(await scratchFolder(t), name);
  await writeFile(file, '');
  await truncate(file, sizeBytes);
  return file;
};
