import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { osLoaderOf, readEspFiles } from '../../../src/image/layout/esp-files.ts';
import { type DiskLab, gptDisk, makeLab, mbrDisk, putVolume } from '../../helpers/disk-lab.ts';
import { makeFat32 } from '../../helpers/volumes.ts';

/** A GPT disk whose ESP holds files as installed systems leave them. */
const windowsDisk = (lab: DiskLab): string => {
  const disk = gptDisk(lab);
  const volume = makeFat32(lab.at('boot'), 40);
  for (const file of ['EFI/Microsoft/Boot/bootmgfw.efi', 'EFI/Boot/bootx64.efi', 'loader.conf']) {
    mkdirSync(lab.at(`tree/${file}`.replace(/\/[^/]*$/, '')), { recursive: true });
    writeFileSync(lab.at(`tree/${file}`), `content of ${file}`.repeat(1000));
  }
  execFileSync('mcopy', ['-s', '-i', volume, lab.at('tree/EFI'), lab.at('tree/loader.conf'), '::']);
  putVolume(volume, disk, 1);
  return disk;
};

const read = async (lab: DiskLab, mostBytes: number) => {
  const { id } = await lab.store.resolve('lab');
  const manifest = await lab.store.readManifest(id);
  return readEspFiles({ manifest, packs: await lab.store.packsOf(id), mostBytes });
};

const captured = async (t: ExecutionContext, make: (lab: DiskLab) => string): Promise<DiskLab> => {
  const lab = await makeLab(t);
  await lab.capture(make(lab));
  return lab;
};

test('the boot files of an image come out of it, its fallback loader at another place', async (t) => {
  const lab = await captured(t, windowsDisk);
  const files = await read(lab, 2 ** 22);
  // The volume came with files of its own.
  const own = files.map(({ path }) => path).filter((path) => !path.startsWith('file-'));
  t.deepEqual(own.toSorted(), [
    'EFI/Microsoft/Boot/bootmgfw.efi',
    'EFI/OSBOOT/bootx64.efi',
    'loader.conf',
  ]);
  const loader = files.find(({ path }) => path.endsWith('bootmgfw.efi'));
  const text = 'content of EFI/Microsoft/Boot/bootmgfw.efi'.repeat(1000);
  t.is(Buffer.from(loader?.content ?? []).toString(), text);
  t.is(osLoaderOf(files), 'EFI/Microsoft/Boot/bootmgfw.efi');
});

test('boot files that have no room are refused with both sizes', async (t) => {
  const lab = await captured(t, windowsDisk);
  const error = await t.throwsAsync(read(lab, 50_000), { code: 'LAYOUT_BOOT_FILES_NO_ROOM' });
  t.like(error, { facts: { mostBytes: 50_000 } });
});

test('an image without an EFI system partition has no boot files', async (t) => {
  const lab = await captured(t, mbrDisk);
  t.deepEqual(await read(lab, 2 ** 22), []);
});

test('the loader of the OS is the most particular one', (t) => {
  const loaderOf = (...paths: readonly string[]): string | undefined =>
    osLoaderOf(paths.map((path) => ({ path, content: new Uint8Array() })));
  t.is(loaderOf('EFI/OSBOOT/BOOTX64.EFI', 'EFI/debian/grubx64.efi'), 'EFI/debian/grubx64.efi');
  t.is(loaderOf('EFI/debian/grubx64.efi', 'EFI/debian/shimx64.efi'), 'EFI/debian/shimx64.efi');
  t.is(loaderOf('EFI/OSBOOT/bootx64.efi'), 'EFI/OSBOOT/bootx64.efi');
  t.is(loaderOf('vmlinuz', 'EFI/tools/x.efi'), undefined);
});
