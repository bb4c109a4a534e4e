/** Where compiled addons lie. */
import { fileURLToPath } from 'node:url';

/** The folder `build` of this program: sources lie in `src/disk`, the bundle in `dist/cli`, both two levels below it. */
export const BUILD_FOLDER = fileURLToPath(new URL('../../build', import.meta.url));
