/** The Debian package: what is in it, that it is the same twice, and that its program runs. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const run = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8', cwd: ROOT });

const digestOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

test('the package holds program, addons, helper and units, and is the same bytes twice', async (t) => {
  if (!requires(t, 'dpkg-deb', 'strip')) return;
  const folder = await temporaryFolder(t);
  const deb = run('scripts/package', path.join(folder, 'one')).trim();
  const again = run('scripts/package', path.join(folder, 'two')).trim();
  t.is(digestOf(deb), digestOf(again));
  const control = run('dpkg-deb', '--field', deb);
  t.regex(control, /^Package: nacre$/m);
  t.regex(control, /^Depends: nodejs \(>= 20\.19\), .*libzstd1.*libntfs-3g89/m);
  const tree = path.join(folder, 'tree');
  run('dpkg-deb', '--extract', deb, tree);
  for (const name of ['agent', 'manager', 'pxe'])
    t.regex(
      readFileSync(path.join(tree, `usr/lib/systemd/system/nacre-${name}.service`), 'utf8'),
      /^ExecStart=.*nacre/m,
    );
  t.regex(readFileSync(path.join(tree, 'usr/share/doc/nacre/licences/zod'), 'utf8'), /MIT/);
  t.regex(run('dpkg-deb', '--contents', deb), /-rwxr-xr-x root\/root .*\.\/usr\/bin\/nacre$/m);
  const main = path.join(tree, 'usr/lib/nacre/dist/cli/main.cjs');
  t.regex(run(process.execPath, main, '--version'), /^\d+\.\d+\.\d+/);
  // The addon is there, and finds its libraries.
  t.regex(run(process.execPath, main, 'disk', 'list', '--json'), /"disks"/);
  const root = path.join(folder, 'image');
  const written = run(process.execPath, main, 'agent', 'install', '--enable', '--root', root);
  t.regex(written, /nacre-agent\.service\n.*nacre-agent\.conf\n/);
  const unit = readFileSync(path.join(root, 'etc/systemd/system/nacre-agent.service'), 'utf8');
  t.true(unit.includes(`ExecStart=${process.execPath} ${main} agent run`));
});

test('the package of the write cache holds a static program and what initramfs-tools starts, and is the same bytes twice', async (t) => {
  if (!requires(t, 'dpkg-deb', 'g++', 'readelf')) return;
  const folder = await temporaryFolder(t);
  const deb = run('scripts/package-writecache', path.join(folder, 'one')).trim();
  t.is(digestOf(deb), digestOf(run('scripts/package-writecache', path.join(folder, 'two')).trim()));
  t.regex(run('dpkg-deb', '--field', deb), /^Depends: initramfs-tools$/m);
  const tree = path.join(folder, 'tree');
  run('dpkg-deb', '--extract', deb, tree);
  const program = path.join(tree, 'usr/lib/nacre-writecache/nacre-writecache');
  t.notRegex(run('readelf', '-lW', program), /INTERP/);
  // A root that is on no partition stays what it is.
  t.is(run(program, 'start', '/dev/null'), '/dev/null\n');
  const scripts = path.join(tree, 'usr/share/initramfs-tools');
  for (const name of ['hooks', 'scripts/local-premount'])
    t.is(run(path.join(scripts, name, 'nacre-writecache'), 'prereqs'), '');
});
