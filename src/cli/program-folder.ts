/** Where this program lies: the folder with its package.json, scripts and build. */
import { fileURLToPath } from 'node:url';

/** Sources lie in `src/cli`, and the bundle that is made of them in `dist/cli`: two levels below. */
export const PROGRAM_FOLDER = fileURLToPath(new URL('../..', import.meta.url));
