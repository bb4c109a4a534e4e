/**
 * What PID 1 starts Node with: Merlin's program with what V8 made of it when the boot environment was built, so that not every start of a
 * device parses it anew. What V8 does not take, such as that of another Node, is parsed as ever. V8 does not look whether the bytes are
 * whole: PID 1 has, by the digest of the Node part.
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

const FILE = path.join(import.meta.dirname, 'merlin.cjs');

const codeCache = (): { readonly cachedData: Buffer } | object => {
  try {
    return { cachedData: readFileSync(`${FILE}.cache`) };
  } catch {
    return {};
  }
};

// The bundle has ASCII letters alone, which V8 keeps in one byte each.
const script = new Script(Module.wrap(readFileSync(FILE, 'latin1')), {
  filename: FILE,
  ...codeCache(),
});
const module = { exports: {} };
const run: unknown = script.runInThisContext();
if (typeof run !== 'function') throw new TypeError(`${FILE} is no program`);
run(module.exports, createRequire(FILE), module, FILE, path.dirname(FILE));
