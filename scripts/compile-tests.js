/**
 * Compiles src and test, file by file, into .cache/tests, for AVA: what is compiled once needs no loader in each of the many processes. The
 * AVA configurations call it before every run; only what changed is compiled.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, rename, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Folder of what is compiled, below the checkout. */
export const COMPILED = '.cache/tests';

const filesBelow = (folder, extension) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => path.join(entry.parentPath, entry.name));

const compiledOf = (source) =>
  path.join(ROOT, COMPILED, path.relative(ROOT, source)).replace(/\.ts$/, '.js');

/** In whole milliseconds, as exactly as a time can be given to a file; -1 for a file that is not there. */
const changedAt = (file) => Math.round(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -1);

/** Imports stay as they are but for their extension: one module of its own for each file, as the sources have it. */
const eachAlone = {
  name: 'each-alone',
  setup(pass) {
    pass.onResolve({ filter: /^\./ }, ({ kind, path: name }) =>
      kind === 'entry-point' ? undefined : { path: name.replace(/\.ts$/, '.js'), external: true },
    );
    pass.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      // Where a file thinks it lies is where its source lies: beside its fixtures. In the first line, so that no line moves.
      const places = {
        NACRE_URL: pathToFileURL(file).href,
        NACRE_FILE: file,
        NACRE_FOLDER: path.dirname(file),
      };
      const lines = Object.entries(places).map(
        ([name, place]) => `${name} = ${JSON.stringify(place)}`,
      );
      const text = readFileSync(file, 'utf8').replace(/^#!/, '//');
      return { loader: 'ts', contents: `const ${lines.join(', ')}; ${text}` };
    });
  },
};

// Two runs of AVA may compile the same file; a third never sees half of one.
const writeWhole = async ({ path: file, contents }, time) => {
  const part = `${file}.${process.pid}`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(part, contents);
  await utimes(part, time, time);
  await rename(part, file);
};

/** Brings .cache/tests up to date with src and test. */
export const compileTests = async () => {
  const sources = ['src', 'test'].flatMap((folder) => filesBelow(path.join(ROOT, folder), '.ts'));
  const wanted = new Map(sources.map((source) => [compiledOf(source), source]));
  for (const folder of ['src', 'test']) {
    const place = path.join(ROOT, COMPILED, folder);
    if (statSync(place, { throwIfNoEntry: false }) === undefined) continue;
    for (const file of filesBelow(place, '.js'))
      if (!wanted.has(file)) rmSync(file, { force: true });
  }
  // The time of the source, not a later one: a source that is written while it is compiled is compiled again. A newer recipe makes
  // all of them anew.
  const recipe = changedAt(fileURLToPath(import.meta.url));
  const times = new Map(
    sources.map((source) => [compiledOf(source), Math.max(recipe, changedAt(source))]),
  );
  const changed = [...wanted].filter(([file]) => changedAt(file) !== times.get(file));
  if (changed.length === 0) return;
  const { outputFiles } = await build({
    entryPoints: changed.map(([, source]) => source),
    outdir: path.join(ROOT, COMPILED),
    outbase: ROOT,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    define: {
      'import.meta.url': 'NACRE_URL',
      'import.meta.filename': 'NACRE_FILE',
      'import.meta.dirname': 'NACRE_FOLDER',
    },
    logLevel: 'warning',
    plugins: [eachAlone],
    write: false,
  });
  await Promise.all(
    outputFiles.map((file) => writeWhole(file, (times.get(file.path) ?? 0) / 1000)),
  );
};
