import test, { type ExecutionContext } from 'ava';
import { readEspFiles } from '../../../src/image/layout/esp-files.ts';
import { type DiskLab, makeLab, mbrDisk, windowsDisk } from '../../helpers/disk-lab.ts';

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
