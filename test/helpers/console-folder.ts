/** Where the build put the web console. */
import path from 'node:path';

export const CONSOLE_FOLDER = path.resolve(import.meta.dirname, '../../dist/web');
