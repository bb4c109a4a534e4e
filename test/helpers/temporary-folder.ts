/** A folder of its own for a test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';

/** What ends things when it is over: a test, or a demonstration. */
export type Owner = Pick<ExecutionContext, 'teardown'>;

/** Makes a folder that is deleted after the test. */
export const temporaryFolder = async (t: Owner): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};
