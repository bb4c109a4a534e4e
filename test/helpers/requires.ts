import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';

const isThere = (requirement: string): boolean => {
  if (requirement === 'root') return process.getuid?.() === 0;
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, requirement), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
};

/**
 * True when the machine has all that is named: `root`, or commands on the PATH. Otherwise the test is passed
 * over with the reason in its log; with `CI` set it fails, so that nothing is left out unseen.
 */
export const requires = (t: ExecutionContext, ...wanted: readonly string[]): boolean => {
  const missing = wanted.filter((requirement) => !isThere(requirement));
  if (missing.length === 0) return true;
  const reason = `needs ${missing.join(', ')}`;
  if (process.env['CI'] === undefined) {
    t.log(`not run: ${reason}`);
    t.pass();
  } else t.fail(reason);
  return false;
};
