import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { writeBootDisc } from '../../src/disk/boot-disc.ts';
import { readBootFiles } from '../../src/disk/boot-files.ts';
import { writeBootMedia } from '../../src/disk/boot-media.ts';
import { openForRead } from '../../src/disk/device.ts';
import { checkFat, FatVolume } from '../../src/disk/fat.ts';
import { readTable } from '../../src/disk/partition-table.ts';
import { Noise } from '../helpers/noise.ts';
import { requires } from '../helpers/requires.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { run } from '../helpers/volumes.ts';

const MIB = 2 ** 20;
const NAMES = [
  ...['vmlinuz', 'initrd.pxe', 'grub/boot.img', 'grub/core.img', 'grub/media.cfg'],
  ...['grub/disc.img', 'signed/grub-disc.cfg'],
  ...['signed/BOOTX64.EFI', 'signed/grubx64.efi', 'signed/mmx64.efi', 'signed/grub.cfg'],
];

/** A boot environment of noise. */
const makeEnvironment = async (t: ExecutionContext) => {
  const folder = await temporaryFolder(t);
  const noise = new Noise('boot');
  const files = [];
  for (const name of NAMES) {
    const bytes = noise.bytes(name === 'initrd.pxe' ? 3 * MIB : 8192);
    await mkdir(path.dirname(`${folder}/${name}`), { recursive: true });
    await writeFile(`${folder}/${name}`, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    files.push({ name, sizeBytes: bytes.length, sha256 });
  }
  const list = { format: 1, kernel: '6.1.0-56-amd64', node: '20.20.2', files };
  await writeFile(`${folder}/boot.json`, JSON.stringify(list));
  return { folder, files: await readBootFiles(folder) };
};

test('a medium has GRUB in the gap and one FAT32 partition with all files', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const { folder, files } = await makeEnvironment(t);
  const file = `${folder}/usb.img`;
  const merlinArguments = 'nacre.server=https://manager.example';
  const sizeBytes = await writeBootMedia(file, files, { merlinArguments });
  const bytes = await readFile(file);
  t.is(bytes.length, sizeBytes);
  t.true(
    bytes.subarray(512, 1012).equals((await readFile(`${folder}/grub/core.img`)).subarray(0, 500)),
  );
  t.regex(run('sfdisk', ['--verify', file]), /No errors/);
  using disk = await openForRead(file);
  const { table } = await readTable(disk);
  t.like(table.entries[0], { firstLba: 2048, type: 0x0c, active: true });
  const window = { startBytes: MIB, sizeBytes: sizeBytes - MIB };
  t.true((await checkFat(disk, window)).isClean);
  using volume = await FatVolume.open(disk, window);
  for (const [to, from] of [
    ['initrd.pxe', 'initrd.pxe'],
    ['EFI/BOOT/BOOTX64.EFI', 'signed/BOOTX64.EFI'],
    ['Grub/main.cfg', 'grub/media.cfg'],
  ] as const)
    t.true((await volume.read(to)).equals(await readFile(`${folder}/${from}`)), to);
  t.regex((await volume.read('Grub/layout.cfg')).toString(), /nacre\.server=https:\/\/manager/);
});

test('the same boot environment gives the same medium', async (t) => {
  const { folder, files } = await makeEnvironment(t);
  for (const name of ['a', 'b'])
    await writeBootMedia(`${folder}/${name}`, files, { merlinArguments: '' });
  t.true((await readFile(`${folder}/a`)).equals(await readFile(`${folder}/b`)));
});

test('a disc is the same when it is made again, and other tools read its files', async (t) => {
  if (!requires(t, 'xorriso')) return;
  const { folder, files } = await makeEnvironment(t);
  for (const name of ['a.iso', 'b.iso'])
    await writeBootDisc(`${folder}/${name}`, files, { merlinArguments: 'nacre.end=power-off' });
  t.true((await readFile(`${folder}/a.iso`)).equals(await readFile(`${folder}/b.iso`)));
  const iso = ['-indev', `${folder}/a.iso`, '-osirrox', 'on', '-extract', '/', `${folder}/disc`];
  run('xorriso', iso);
  const read = (name: string) => readFile(`${folder}/disc/${name}`);
  t.true((await read('initrd.pxe')).equals(await readFile(`${folder}/initrd.pxe`)));
  t.regex((await read('Grub/layout.cfg')).toString(), /nacre\.end=power-off/);
  t.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.nacre')),
    [],
  );
});

test('a file that exists is not touched, and one that did not become whole is removed', async (t) => {
  const { folder, files } = await makeEnvironment(t);
  const options = { merlinArguments: '' };
  await t.throwsAsync(writeBootMedia(`${folder}/vmlinuz`, files, options), {
    code: 'CLI_FILE_EXISTS',
  });
  const elsewhere = { ...files, folder: `${folder}/elsewhere` };
  await t.throwsAsync(writeBootMedia(`${folder}/new`, elsewhere, options), { code: 'ENOENT' });
  await t.throwsAsync(access(`${folder}/new`), { code: 'ENOENT' });
});
