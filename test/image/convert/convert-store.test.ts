import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { convertDisk } from '../../../src/image/convert/convert.ts';
import { convertStoreOf, hasImage } from '../../../src/image/convert/convert-store.ts';
import { exportPackage } from '../../../src/image/convert/package-export.ts';
import { importPackage } from '../../../src/image/convert/package-import.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { makeDisk, makeExt4, makeFat32, makeNtfs, makeXfs, run } from '../../helpers/volumes.ts';

const root = mkdtempSync(path.join(tmpdir(), 'convert-store-'));
const at = (name: string): string => path.join(root, name);
test.before(() => makeDisk(at('disk.raw')));
test.after.always(() => rmSync(root, { recursive: true }));

const openConvertStore = async () => {
  const store = await openStore(at('store'), { create: true });
  return { images: store, store: convertStoreOf({ store, creator: 'a test' }) };
};

/** Partitions of `makeDisk` as files, for the tools that judge them. */
const judgeDisk = (disk: string): void => {
  for (const [name, skip, count] of [
    ['ntfs', 1, 24],
    ['ext4', 25, 36],
  ] as const) {
    const part = `${disk}.${name}`;
    run('dd', [
      `if=${disk}`,
      `of=${part}`,
      'bs=1M',
      `skip=${skip}`,
      `count=${count}`,
      'status=none',
    ]);
    run(name === 'ntfs' ? 'ntfsfix' : 'e2fsck', [name === 'ntfs' ? '-n' : '-fn', part]);
    rmSync(part);
  }
};

test.serial('a qcow2 becomes an image and a raw file again, with clean file systems', async (t) => {
  const { images, store } = await openConvertStore();
  t.false(await hasImage(images, 'lab'));
  run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', at('disk.raw'), at('disk.qcow2')]);
  const source = { kind: 'file', path: at('disk.qcow2') } as const;
  const target = { kind: 'image', image: 'lab' } as const;
  const captured = await convertDisk({ source, target, store, deleteSource: true });
  t.deepEqual(captured.deletedFiles, [at('disk.qcow2')]);
  t.true(await hasImage(images, `lab@${captured.id?.slice(0, 8)}`));

  const out = { kind: 'file', path: at('out.raw') } as const;
  const { sizeBytes } = await convertDisk({ source: target, target: out, store });
  t.is(sizeBytes, 64 << 20);
  t.notThrows(() => judgeDisk(at('out.raw')));
  t.true(await store.isSame('lab', at('disk.raw')));
});

test.serial('an image becomes a qcow2 that holds the same used blocks', async (t) => {
  const { store } = await openConvertStore();
  const source = { kind: 'image', image: 'lab' } as const;
  await convertDisk({ source, target: { kind: 'file', path: at('out.qcow2') }, store });
  run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', at('out.qcow2'), at('back.raw')]);
  t.true(await store.isSame('lab', at('back.raw')));
});

const VOLUMES = [
  ['ext4', 'partclone.ext4', makeExt4, 24],
  ['NTFS', 'partclone.ntfs', makeNtfs, 24],
  ['FAT32', 'partclone.fat', makeFat32, 40],
  ['XFS', 'partclone.xfs', makeXfs, 320],
] as const;

for (const [name, tool, make, sizeMib] of VOLUMES) {
  test.serial(`a partclone image of ${name} becomes an image of one volume`, async (t) => {
    const { store } = await openConvertStore();
    const volume = make(at(`${name}.raw`), sizeMib);
    const source = { kind: 'file', path: at(`${name}.image`) } as const;
    run(tool, ['-c', '-C', '-q', '-L', at('log'), '-s', volume, '-O', source.path]);
    const image = name.toLowerCase();
    const raw = { kind: 'file', path: at(`${name}.out.raw`) } as const;
    await convertDisk({ source, target: raw });
    const report = await convertDisk({
      source,
      target: { kind: 'image', image },
      store,
      deleteSource: true,
      tempFolder: root,
    });
    t.is(report.sizeBytes, sizeMib << 20);
    t.true(await store.isSame(image, raw.path));
    // Clusters of this FAT are smaller than a block of 4 KiB: beside used ones the volume still has deleted data.
    t.is(await store.isSame(image, volume), name !== 'FAT32');
  });
}

test.serial('a package goes out of a store and into it again', async (t) => {
  const { images, store } = await openConvertStore();
  mkdirSync(at('boot'));
  writeFileSync(at('boot/vmlinuz'), 'kernel');
  writeFileSync(at('boot/initrd.pxe'), 'ram disk');
  const options = { image: 'lab', folder: at('package'), bootFolder: at('boot'), store };
  const { script } = await exportPackage(options);
  const text = readFileSync(script, 'utf8').replace('Number=lab', 'Number=Lab 2');
  writeFileSync(script, text.replace('Category', 'OS=WES7\r\nCategory'));
  const report = await importPackage({ folder: at('package'), store, tempFolder: root });
  t.is(report.image, 'lab-2');
  t.true(report.isAutogenic);
  const { id } = await images.resolve('lab-2');
  const { comment, disk } = await images.readManifest(id);
  t.regex(comment, /Number=Lab 2\n.*OS=WES7\n.*<BackupImage>/s);
  t.is(disk.sizeBytes, 64 << 20);
  t.true(await store.isSame('lab-2', at('disk.raw')));
});
