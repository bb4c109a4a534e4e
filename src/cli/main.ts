#!/usr/bin/env node
/**
 * The program `nacre`: starts `nacre.cjs` beside it, with what V8 made of that when it was built (`scripts/code-cache`). The cache begins
 * with a digest of both, so that a damaged one, or one of other sources, is not used; without it every command starts, only later.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCompiled } from './compiled-program.ts';

const FILE = path.join(import.meta.dirname, 'nacre.cjs');
const DIGEST_BYTES = 32;

const codeCache = (source: Buffer): Buffer | undefined => {
  try {
    const file = readFileSync(`${FILE}.cache`);
    const data = file.subarray(DIGEST_BYTES);
    const digest = createHash('sha256').update(source).update(data).digest();
    return digest.equals(file.subarray(0, DIGEST_BYTES)) ? data : undefined;
  } catch {
    // Missing or not readable: the program is parsed as it is.
    return undefined;
  }
};

const source = readFileSync(FILE);
const program = runCompiled(FILE, source, codeCache(source)) as typeof import('./nacre.ts');
program.start();
