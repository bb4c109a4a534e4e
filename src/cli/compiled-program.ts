/** Runs a bundle with what V8 made of it before, so that not every start parses it anew. */
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

/**
 * Runs the CommonJS bundle `file`, whose text is `source`, and gives its exports. `cachedData` is what V8 gave for the same text; what it
 * does not take, such as that of another Node, is compiled as ever. V8 does not look whether the bytes are whole: the caller has to know.
 */
export const runCompiled = (
  file: string,
  source: Buffer,
  cachedData: Buffer | undefined,
): unknown => {
  // The bundle has ASCII letters alone, which V8 keeps in one byte each.
  const script = new Script(Module.wrap(source.toString('latin1')), {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module: { exports: unknown } = { exports: {} };
  const run: unknown = script.runInThisContext();
  if (typeof run !== 'function') throw new TypeError(`${file} is no program`);
  run(module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
};
