import { readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  type BootFileSet,
  readBootFileSet,
  watchBootFileSet,
} from '../../../src/pxe/files/boot-file-set.ts';
import { PLACE_BYTES } from '../../../src/pxe/files/filled-place.ts';
import {
  EMPTY_PLACE,
  makeNetworkBootFiles,
  networkBootFiles,
} from '../../helpers/network-boot-files.ts';
import { collectingLog, nextRead } from '../../helpers/service-log.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const SERVED = [
  ['vmlinuz', 'vmlinuz'],
  ['initrd.pxe', 'initrd.pxe'],
  ['undionly.kpxe', 'ipxe/undionly.kpxe'],
  ['snponly.efi', 'ipxe/snponly.efi'],
  ['grub/network.cfg', 'grub/network.cfg'],
  ['shimx64.efi', 'signed/BOOTX64.EFI'],
  ['grubx64.efi', 'signed/grubnetx64.efi'],
  ['mmx64.efi', 'signed/mmx64.efi'],
] as const;

const textOf = (set: BootFileSet, name: string, place = ''): string | undefined => {
  const content = set.find(name, () => place);
  return content && Buffer.concat(content.pieces).toString('latin1');
};

const madeFolder = async (t: ExecutionContext): Promise<string> => {
  const folder = await temporaryFolder(t);
  await makeNetworkBootFiles(folder);
  return folder;
};

test('the names of the network have the files of the recipe behind them', async (t) => {
  const set = await readBootFileSet(await madeFolder(t));
  const files = networkBootFiles();
  t.is(set.kernel, '6.1.0');
  for (const [name, file] of SERVED) t.is(textOf(set, name), files[file]?.toString('latin1'), name);
});

test('every file of the list is there by its own name, as it was built, and the list too', async (t) => {
  const folder = await madeFolder(t);
  const set = await readBootFileSet(folder);
  const listed = (name: string): string | undefined => {
    const content = set.listed(name);
    return content && Buffer.concat(content.pieces).toString('latin1');
  };
  const files = networkBootFiles();
  for (const [name, content] of Object.entries(files))
    t.is(listed(name), content.toString('latin1'), name);
  const list = await readFile(path.join(folder, 'boot.json'), 'latin1');
  t.is(listed('boot.json'), list);
  const sum = Object.values(files).reduce((all, { length }) => all + length, list.length);
  t.is(set.sizeBytes, sum);
  for (const name of [
    '',
    '/vmlinuz',
    '../boot.json',
    'ipxe',
    'ipxe/',
    './vmlinuz',
    'ipxe//snponly.efi',
  ])
    t.is(listed(name), undefined, name);
});

test('no other name is there', async (t) => {
  const set = await readBootFileSet(await madeFolder(t));
  for (const name of [
    '',
    'node.img',
    'boot.json',
    'ipxe/snponly.efi',
    '/vmlinuz',
    'VMLINUZ',
    '../vmlinuz',
    './vmlinuz',
    'vmlinuz ',
    'vmlinuz\0',
    'toString',
    '__proto__',
    'constructor',
  ])
    t.is(
      set.find(name, () => ''),
      undefined,
      name,
    );
});

test('files with a place say what the server says, and each text has a tag of its own', async (t) => {
  const set = await readBootFileSet(await madeFolder(t));
  const filled = 'nacre.server=http://192.0.2.1'.padEnd(PLACE_BYTES);
  t.is(textOf(set, 'merlin.efi', filled.trim()), `stub console=tty0 ${filled}\0kernel `);
  for (const name of ['local-disk.efi', 'menu.efi'])
    t.is(
      textOf(set, name, 'set action=menu'),
      `grub\n${'set action=menu'.padEnd(PLACE_BYTES)}\nscript `,
    );
  const tagOf = (name: string, text: string) => set.find(name, () => text)?.tag;
  t.not(tagOf('merlin.efi', 'a'), tagOf('merlin.efi', 'b'));
  t.is(tagOf('merlin.efi', 'a'), tagOf('merlin.efi', 'a'));
  t.is(tagOf('vmlinuz', 'a'), tagOf('vmlinuz', 'b'));
  t.throws(() => set.find('merlin.efi', () => 'x'.repeat(PLACE_BYTES + 1)), {
    instanceOf: RangeError,
  });
});

const CHANGES: readonly (readonly [string, (folder: string) => Promise<unknown>, RegExp])[] = [
  ['is missing', (folder) => rm(`${folder}/vmlinuz`), /vmlinuz: ENOENT/],
  ['is cut off', (folder) => truncate(`${folder}/vmlinuz`, 5), /vmlinuz has 5 bytes, expected 700/],
  [
    'is changed',
    (folder) => writeFile(`${folder}/vmlinuz`, 'Kernel '.repeat(100)),
    /vmlinuz has the SHA-256/,
  ],
  [
    'is a folder',
    async (folder) => {
      await rm(`${folder}/vmlinuz`);
      await makeNetworkBootFiles(`${folder}/vmlinuz`);
    },
    /vmlinuz has/,
  ],
  [
    'is a link',
    async (folder) => {
      await rename(`${folder}/vmlinuz`, `${folder}/kernel`);
      await symlink('kernel', `${folder}/vmlinuz`);
    },
    /vmlinuz: ELOOP/,
  ],
];

for (const [what, change, message] of CHANGES)
  test(`a file that ${what} is named, with the way out`, async (t) => {
    const folder = await madeFolder(t);
    await change(folder);
    const error = await t.throwsAsync(readBootFileSet(folder), {
      code: 'BOOT_FILES_DAMAGED',
      message,
    });
    t.regex(String(error && 'hint' in error && error.hint), /nacre boot build/);
  });

test('a boot environment of an older version, without a file or its place, is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const { 'network/merlin.efi': _, ...older } = networkBootFiles();
  await makeNetworkBootFiles(folder, older);
  const code = 'BOOT_FILES_DAMAGED';
  await t.throwsAsync(readBootFileSet(folder), {
    code,
    message: /merlin\.efi is not in boot\.json/,
  });
  for (const place of ['', EMPTY_PLACE + EMPTY_PLACE]) {
    await makeNetworkBootFiles(folder, { ...older, 'network/merlin.efi': Buffer.from(place) });
    await t.throwsAsync(readBootFileSet(folder), { code, message: /merlin\.efi has no place/ });
  }
});

test('a folder where nothing was built is refused as such', async (t) => {
  await t.throwsAsync(readBootFileSet(await temporaryFolder(t)), { code: 'BOOT_FILES_MISSING' });
});

test('files that are larger than any boot environment are not read', async (t) => {
  const folder = await madeFolder(t);
  const list = {
    format: 1,
    kernel: '',
    node: '',
    files: [{ name: 'vmlinuz', sizeBytes: 2 ** 40, sha256: 'a'.repeat(64) }],
  };
  await writeFile(`${folder}/boot.json`, JSON.stringify(list));
  await t.throwsAsync(readBootFileSet(folder), { code: 'BOOT_FILES_DAMAGED', message: /at most/ });
});

test('a folder that is built anew is read again, and meanwhile the old files are served', async (t) => {
  const folder = await madeFolder(t);
  const { log, lines } = collectingLog();
  const read = nextRead();
  await using watch = await watchBootFileSet({ folder, log, pollMs: 5, onRead: read.notify });
  const before = watch.current();

  await rm(`${folder}/boot.json`);
  await read.next();
  t.is(watch.current(), before);
  t.like(watch.problem(), { code: 'BOOT_FILES_MISSING' });

  await writeFile(`${folder}/vmlinuz`, 'half');
  await makeNetworkBootFiles(folder, networkBootFiles('new'));
  await read.next();
  t.is(watch.problem(), undefined);
  t.true(textOf(watch.current(), 'vmlinuz')?.startsWith('kernel new'));
  t.is(textOf(before, 'vmlinuz'), 'kernel '.repeat(100), 'what is being sent stays as it was');
  t.is(lines.at(-1)?.level, 'info');
});
