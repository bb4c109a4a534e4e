/** The scripts of the checkout: their help, and what set-up says on a machine that is not ready. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SCRIPTS = path.join(ROOT, 'scripts');

const shellScripts = readdirSync(SCRIPTS).filter((name) =>
  /^#!\/bin\/(ba)?sh\n/.test(readFileSync(path.join(SCRIPTS, name), 'utf8')),
);

for (const name of shellScripts) {
  test(`scripts/${name} --help shows its usage and does nothing else`, (t) => {
    const run = spawnSync(path.join(SCRIPTS, name), ['--help'], { encoding: 'utf8' });
    t.is(run.status, 0, run.stderr);
    t.regex(run.stdout, new RegExp(`usage: scripts/${name}`));
  });
}

test('each script that package.json names is there', (t) => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const present = readdirSync(SCRIPTS).map((name) => `scripts/${name}`);
  const named = Object.values<string>(scripts).map((script) => script.split(' ')[0] ?? '');
  t.deepEqual(
    named.filter((script) => !present.includes(script)),
    [],
  );
});

test('a Node that is too old is refused with both versions before anything is installed', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nacre-old-node-'));
  const tools = path.join(folder, 'bin');
  mkdirSync(tools);
  writeFileSync(path.join(tools, 'node'), '#!/bin/sh\necho 18.19.0\n');
  chmodSync(path.join(tools, 'node'), 0o755);
  const run = spawnSync(path.join(SCRIPTS, 'setup'), {
    encoding: 'utf8',
    env: { PATH: `${tools}:${process.env['PATH']}` },
  });
  t.is(run.status, 1);
  t.regex(run.stderr, /Node 18\.19\.0 is too old, 20\.19\.0 or newer is needed\nhint: /);
});

test('package-lock.json lists every optional package, as npm ci wants it', (t) => {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const listed = Object.keys(packages);
  const wanted = Object.values<{ optionalDependencies?: Record<string, string> }>(packages).flatMap(
    ({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}),
  );
  t.deepEqual(
    wanted.filter((name) => !listed.includes(`node_modules/${name}`)),
    [],
  );
});
