/** Programs in C++ of test/fixtures: compiled once, and again when a source changes. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Compiles `test/fixtures/NAME/NAME.cc`; needs `g++`. @returns the program */
export const fixtureProgram = (name: string): string => {
  const sources = path.join(ROOT, 'test/fixtures', name);
  const source = path.join(sources, `${name}.cc`);
  const hash = createHash('sha256');
  for (const file of readdirSync(sources).sort())
    hash.update(readFileSync(path.join(sources, file)));
  const digest = hash.digest('hex').slice(0, 16);
  const folder = path.join(ROOT, '.cache/fixtures');
  const program = path.join(folder, `${name}-${digest}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const part = `${program}.${process.pid}`;
  execFileSync('g++', ['-O2', '-std=c++20', '-o', part, source], { stdio: 'inherit' });
  renameSync(part, program);
  return program;
};
