/**
 * What PID 1 starts Node with: Merlin's program with what V8 made of it when the boot environment was built. That its bytes are whole is
 * known to PID 1, by the digest of the Node part.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCompiled } from './compiled-program.ts';

const FILE = path.join(import.meta.dirname, 'merlin.cjs');

const codeCache = (): Buffer | undefined => {
  try {
    return readFileSync(`${FILE}.cache`);
  } catch {
    return undefined;
  }
};

runCompiled(FILE, readFileSync(FILE), codeCache());
