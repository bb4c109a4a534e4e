import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';

const SOURCE = path.resolve(import.meta.dirname, '../src');
// Low to high (docs/architecture.md). Rooms on one line are siblings and never import each other.
const LAYERS = [
  ['errors.ts'],
  ['messages-ja.ts'],
  ['codec'],
  ['disk'],
  ['image'],
  ['job'],
  ['pxe', 'agent', 'manager'],
  ['cli', 'web'],
];

const roomOf = (file: string): string => path.relative(SOURCE, file).split(path.sep)[0] ?? '';
const layerOf = (room: string): number => LAYERS.findIndex((rooms) => rooms.includes(room));

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)].map((match) =>
    path.resolve(path.dirname(file), match[1] ?? ''),
  );

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => path.join(SOURCE, name));

test('every source file lies in a room of the house', (t) => {
  t.deepEqual(
    files.filter((file) => layerOf(roomOf(file)) < 0),
    [],
  );
});

test('a file imports its own room or a lower layer', (t) => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith(SOURCE) && roomOf(target) !== roomOf(file))
      .filter((target) => layerOf(roomOf(target)) >= layerOf(roomOf(file)))
      .map((target) => `${path.relative(SOURCE, file)} -> ${path.relative(SOURCE, target)}`),
  );
  t.deepEqual(upward, []);
});

test('only src/disk/native.ts loads the addon', (t) => {
  const loaders = files.filter((file) => /\.node\b/.test(readFileSync(file, 'utf8')));
  t.deepEqual(
    loaders.map((file) => path.relative(SOURCE, file)).filter((name) => name !== 'disk/native.ts'),
    [],
  );
});

test('the web console takes types alone from the manager', (t) => {
  const inWeb = files.filter((file) => roomOf(file) === 'web');
  t.true(inWeb.length > 0);
  const taken = inWeb.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /^import (?!type )[^;]*from '[^']*\/manager\/[^']*'/gm,
      ),
    ].map(([line]) => `${path.relative(SOURCE, file)}: ${line}`),
  );
  t.deepEqual(taken, []);
});
