/** Programs of this folder as AVA's configuration compiled them (scripts/compile-tests.js): they start without a loader. */
import path from 'node:path';

const COMPILED = path.resolve(import.meta.dirname, '../../.cache/tests/test/helpers');

/** The file that Node starts for `name.ts`. */
export const compiledProgram = (name: string): string =>
  path.join(COMPILED, name.replace(/\.ts$/, '.js'));
