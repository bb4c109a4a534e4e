/** The built boot environment as the network serves it: no guest starts here, but the build is the one of the guests. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { readBootFileSet } from '../../src/pxe/files/boot-file-set.ts';
import { BOOT_NEEDS, bootEnvironment } from '../helpers/boot-environment.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** A section of a PE file, cut out by a tool of others. */
const sectionOf = (file: string, name: string): Buffer => {
  // It writes the whole file once more, which would be in the place of what it read.
  execFileSync('objcopy', ['--dump-section', `${name}=${file}${name}`, file, `${file}.copy`]);
  return readFileSync(`${file}${name}`);
};

test('merlin.efi has kernel, initrd and a command line that the server ends', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const folder = bootEnvironment();
  const set = await readBootFileSet(folder);
  const content = set.find('merlin.efi', () => 'nacre.server=http://192.0.2.1');
  const file = `${await temporaryFolder(t)}/merlin.efi`;
  writeFileSync(file, Buffer.concat(content?.pieces ?? []));
  t.is(
    sectionOf(file, '.cmdline').toString('latin1').trimEnd(),
    'console=ttyS0,115200 console=tty0 quiet panic=10 nacre.why=network nacre.server=http://192.0.2.1',
  );
  t.true(sectionOf(file, '.linux').equals(readFileSync(`${folder}/vmlinuz`)));
  t.true(sectionOf(file, '.initrd').equals(readFileSync(`${folder}/initrd.pxe`)));
});

test('local-disk.efi has a script that the server fills, and the functions that the signed GRUB reads', async (t) => {
  if (!requires(t, ...BOOT_NEEDS)) return;
  const set = await readBootFileSet(bootEnvironment());
  const content = set.find('menu.efi', () => 'set action=menu');
  const text = Buffer.concat(content?.pieces ?? []).toString('latin1');
  t.true(text.includes('\nset action=menu  '));
  const functions = Buffer.concat(set.find('grub/network.cfg', () => '')?.pieces ?? []);
  t.true(text.includes(functions.toString('latin1')));
  t.is(set.find('local-disk.efi', () => '')?.sizeBytes, content?.sizeBytes);
});
