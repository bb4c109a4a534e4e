import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { isAutogenic, parseRsp, settingOf } from '../../../src/codec/rsp-script.ts';
import { isNacreError } from '../../../src/errors.ts';
import { exportPackage } from '../../../src/image/convert/package-export.ts';
import {
  formatPackageFacts,
  imageNameOf,
  importPackage,
  parsePackageFacts,
} from '../../../src/image/convert/package-import.ts';
import { readPackageFolder } from '../../../src/image/convert/package-read.ts';
import { RawStore } from '../../helpers/raw-store.ts';
import { makeDisk, run } from '../../helpers/volumes.ts';

const root = mkdtempSync(path.join(tmpdir(), 'package-'));
const disk = path.join(root, 'disk.raw');
const boot = path.join(root, 'boot');
test.before(() => {
  makeDisk(disk);
  mkdirSync(boot);
  writeFileSync(path.join(boot, 'vmlinuz'), 'kernel');
  writeFileSync(path.join(boot, 'initrd.pxe'), 'ram disk');
});
test.after.always(() => rmSync(root, { recursive: true }));

let serial = 0;
const newFolder = (): string => {
  serial += 1;
  const folder = path.join(root, `package-${serial}`);
  mkdirSync(folder);
  return folder;
};
const newStore = (): RawStore => new RawStore(mkdtempSync(path.join(root, 'store-')));

const SCRIPT = [
  '[Version]',
  'Number=WES7-0042',
  'Description=Lab PC with reader',
  'OS=WES7',
  'Category=Images',
  'Imagesize=8192',
  '[Script]',
  '<BackupImage>',
  '',
].join('\r\n');

const vendorPackage = (): string => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'WES7-0042.rsp'), SCRIPT);
  mkdirSync(path.join(folder, 'WES7-0042'));
  copyFileSync(disk, path.join(folder, 'WES7-0042', 'put.i2d'));
  writeFileSync(path.join(folder, 'WES7-0042', 'image.rsp'), SCRIPT.replace('WES7-0042', '42'));
  writeFileSync(path.join(folder, 'WES7-0042', 'vmlinuz'), Buffer.alloc(1024, 'MZ'));
  writeFileSync(path.join(folder, 'WES7-0042', 'readme.txt'), 'text');
  return folder;
};

const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (!isNacreError(error)) throw error;
    return error.code;
  }
};

test.serial('a vendor package becomes an image named after its Number', async (t) => {
  const store = newStore();
  const folder = vendorPackage();
  const report = await importPackage({ folder, store, tempFolder: root, deleteSource: true });
  t.is(report.image, 'wes7-0042');
  t.is(report.number, 'WES7-0042');
  t.true(report.isAutogenic);
  t.deepEqual(report.deletedFiles, [path.join(folder, 'WES7-0042', 'put.i2d')]);
  t.true(existsSync(path.join(folder, 'WES7-0042.rsp')));
  t.deepEqual(store.texts.get('wes7-0042'), {
    title: 'Lab PC with reader',
    comment:
      'Number=WES7-0042\nDescription=Lab PC with reader\nOS=WES7\nCategory=Images\nImagesize=8192\n<BackupImage>',
  });
  t.true(readFileSync(store.fileOf('wes7-0042')).equals(readFileSync(disk)));
});

test.serial('an exported package imports again with the same facts and bytes', async (t) => {
  const store = newStore();
  await importPackage({ folder: vendorPackage(), store });
  const folder = newFolder();
  const report = await exportPackage({ image: 'wes7-0042', folder, bootFolder: boot, store });
  t.is(report.script, path.join(folder, 'wes7-0042.rsp'));
  const script = parseRsp(readFileSync(report.script));
  t.true(isAutogenic(script));
  t.is(settingOf(script, 'Number'), 'WES7-0042');
  t.is(settingOf(script, 'Imagesize'), '8192');
  t.true(isAutogenic(parseRsp(readFileSync(path.join(folder, 'wes7-0042', 'image.rsp')))));
  t.is(readFileSync(path.join(folder, 'wes7-0042', 'initrd.pxe'), 'utf8'), 'ram disk');

  const other = newStore();
  const again = await importPackage({ folder, store: other });
  t.is(again.image, 'wes7-0042');
  t.deepEqual(other.texts.get('wes7-0042'), store.texts.get('wes7-0042'));
  t.true(readFileSync(other.fileOf('wes7-0042')).equals(readFileSync(disk)));
});

test.serial('an image that was captured here gets a script from its own facts', async (t) => {
  const store = newStore();
  const title = 'Lab "2"\nルーム';
  await store.captureRawFile(disk, 'lab', { title });
  const folder = path.join(newFolder(), 'new');
  const { script } = await exportPackage({ image: 'lab', folder, bootFolder: boot, store });
  const document = parseRsp(readFileSync(script));
  t.is(settingOf(document, 'Number'), 'lab');
  t.is(settingOf(document, 'Description'), "Lab '2' ルーム");
  t.is(settingOf(document, 'Imagesize'), '64');
});

test.serial('an export without boot files, or into a full folder, is refused', async (t) => {
  const store = newStore();
  await store.captureRawFile(disk, 'lab', {});
  const options = { image: 'lab', folder: path.join(newFolder(), 'x'), bootFolder: boot, store };
  const empty = newFolder();
  t.is(await failure(exportPackage({ ...options, bootFolder: empty })), 'PACKAGE_BOOT_FILES');
  writeFileSync(path.join(empty, 'vmlinuz'), 'kernel');
  writeFileSync(path.join(empty, 'initrd.pxe'), '');
  t.is(await failure(exportPackage({ ...options, bootFolder: empty })), 'PACKAGE_BOOT_FILES');
  t.is(await failure(exportPackage({ ...options, folder: empty })), 'PACKAGE_EXISTS');
  t.is(await failure(exportPackage({ ...options, folder: disk })), 'PACKAGE_EXISTS');
  store.isLying = true;
  t.is(await failure(exportPackage(options)), 'CONVERT_DIFFERS');
  t.false(existsSync(options.folder));
});

const WITH_STEP = (step: string): string => `[Version]\nNumber=7\n[Script]\n${step}\n`;

test.serial('the image is what the script fetches, in the package folder or its own', async (t) => {
  const folder = newFolder();
  mkdirSync(path.join(folder, 'p', 'data'), { recursive: true });
  copyFileSync(disk, path.join(folder, 'other.raw'));
  copyFileSync(disk, path.join(folder, 'p', 'data', 'one.raw'));
  for (const name of ['p\\data\\one.raw', 'data/one.raw']) {
    writeFileSync(path.join(folder, 'p.rsp'), WITH_STEP(`SF "${name}" "x"`));
    const { imageFile } = await readPackageFolder(folder);
    t.is(imageFile, path.join(folder, 'p', 'data', 'one.raw'));
  }
  writeFileSync(path.join(folder, 'p.rsp'), WITH_STEP('SF "missing.raw" "x"'));
  t.is((await readPackageFolder(folder)).imageFile, path.join(folder, 'other.raw'));
});

const HOSTILE = [
  '..\\disk.raw',
  '/etc/passwd',
  'C:\\disk.raw',
  '\\\\host\\x',
  'a\\..\\b',
  'a//b',
  '',
];

for (const name of HOSTILE) {
  test.serial(`a script that fetches ${JSON.stringify(name)} is refused`, async (t) => {
    const folder = newFolder();
    writeFileSync(path.join(folder, 'p.rsp'), WITH_STEP(`SF "${name}" "x"`));
    t.is(await failure(readPackageFolder(folder)), 'PACKAGE_PATH');
  });
}

test.serial('a symbolic link is never followed out of a package', async (t) => {
  const folder = newFolder();
  symlinkSync(disk, path.join(folder, 'disk.raw'));
  symlinkSync(root, path.join(folder, 'up'));
  for (const name of ['disk.raw', 'up\\disk.raw']) {
    writeFileSync(path.join(folder, 'p.rsp'), WITH_STEP(`SF "${name}" "x"`));
    t.is(await failure(readPackageFolder(folder)), 'PACKAGE_FOLDER');
  }
});

test.serial('a folder without one script and one image is refused with the reason', async (t) => {
  const folder = newFolder();
  t.is(await failure(readPackageFolder(folder)), 'PACKAGE_FOLDER');
  writeFileSync(path.join(folder, 'a.rsp'), WITH_STEP('RB'));
  writeFileSync(path.join(folder, 'setup.exe'), Buffer.alloc(1024, 'MZ'));
  t.is(await failure(readPackageFolder(folder)), 'PACKAGE_FOLDER');
  copyFileSync(disk, path.join(folder, 'one.raw'));
  t.is(await failure(readPackageFolder(folder)), 'none');
  run('sh', ['-c', 'gzip -1 -c "$0" > "$1"', disk, path.join(folder, 'two.gz')]);
  t.is(await failure(readPackageFolder(folder)), 'PACKAGE_FOLDER');
  rmSync(path.join(folder, 'two.gz'));
  writeFileSync(path.join(folder, 'b.rsp'), WITH_STEP('RB'));
  t.is(await failure(readPackageFolder(folder)), 'PACKAGE_FOLDER');
});

test.serial('a bad script is named with its place, a large one before it is read', async (t) => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'a.rsp'), WITH_STEP('GO'));
  const error = await t.throwsAsync(readPackageFolder(folder));
  t.regex(error?.message ?? '', /a\.rsp at line 4, column 1/);
  truncateSync(path.join(folder, 'a.rsp'), 2 ** 31);
  t.is(await failure(readPackageFolder(folder)), 'RSP_TOO_LARGE');
});

test('a Number becomes the name of an image where it can', (t) => {
  t.is(imageNameOf('p', 'WES7 Lab 42'), 'wes7-lab-42');
  for (const number of ['端末', '-x', 'a/b', '..']) {
    t.true(
      isNacreError(
        t.throws(() => imageNameOf('p', number)),
        'PACKAGE_NUMBER',
      ),
    );
  }
});

test('a comment of an import gives its facts back, another comment none', (t) => {
  const facts = { settings: { Number: '7', OS: 'a = b' }, isAutogenic: false };
  t.deepEqual(parsePackageFacts(formatPackageFacts(facts)), facts);
  t.is(parsePackageFacts('made on Monday'), undefined);
});
