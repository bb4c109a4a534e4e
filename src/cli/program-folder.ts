/** Where this program lies: the folder with its package.json, scripts and build. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Sources lie in `src/cli`, and the bundle that is made of them in `dist/cli`: two levels below. */
export const PROGRAM_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** Where the build puts the web console. */
export const CONSOLE_FOLDER = path.join(PROGRAM_FOLDER, 'dist/web');

/** Release of this program, of its package.json. */
export const programVersion = (): string => {
  const text = readFileSync(path.join(PROGRAM_FOLDER, 'package.json'), 'utf8');
  const document: unknown = JSON.parse(text);
  const isObject = typeof document === 'object' && document !== null && 'version' in document;
  return isObject ? String(document.version) : 'unknown';
};
