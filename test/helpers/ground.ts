/** What the tests of a file take copies of: made once in a process, and gone with it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

let folder: string | undefined;

/** A new folder that is deleted when the process ends. */
export const groundFolder = (name: string): string => {
  if (folder === undefined) {
    const whole = mkdtempSync(path.join(tmpdir(), 'nacre-ground-'));
    process.once('exit', () => rmSync(whole, { recursive: true, force: true }));
    folder = whole;
  }
  const made = path.join(folder, name);
  mkdirSync(made, { recursive: true });
  return made;
};

/** Copies files, and folders with all that is in them, to `to`, which it returns; holes stay holes. */
export const copySparse = (from: readonly string[], to: string): string => {
  execFileSync('cp', ['-r', '--reflink=auto', '--sparse=always', ...from, to]);
  return to;
};
