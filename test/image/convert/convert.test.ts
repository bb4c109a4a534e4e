import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { isNacreError } from '../../../src/errors.ts';
import { type ConvertOptions, convertDisk } from '../../../src/image/convert/convert.ts';
import { type ConvertEnd, chooseEnd } from '../../../src/image/convert/convert-ends.ts';
import { RawStore } from '../../helpers/raw-store.ts';
import { makeDisk, run } from '../../helpers/volumes.ts';

const root = mkdtempSync(path.join(tmpdir(), 'convert-'));
const disk = path.join(root, 'disk.raw');
test.before(() => makeDisk(disk));
test.after.always(() => rmSync(root, { recursive: true }));

let serial = 0;
interface Place {
  readonly folder: string;
  readonly store: RawStore;
  readonly at: (name: string) => string;
}
const makePlace = (): Place => {
  serial += 1;
  const folder = path.join(root, `place-${serial}`);
  mkdirSync(folder);
  const store = new RawStore(mkdtempSync(path.join(root, 'store-')));
  return { folder, store, at: (name) => path.join(folder, name) };
};

const file = (name: string): ConvertEnd => ({ kind: 'file', path: name });
const image = (name: string): ConvertEnd => ({ kind: 'image', image: name });

const failure = async (options: ConvertOptions): Promise<string> => {
  try {
    await convertDisk(options);
    return 'none';
  } catch (error) {
    if (!isNacreError(error)) throw error;
    return error.code;
  }
};

const sameDisk = (target: string, format: string): string =>
  run('qemu-img', ['compare', '-f', format, '-F', 'raw', target, disk]);

test.serial(
  'a packed disk goes into an image, out into qcow2, and from there into raw',
  async (t) => {
    const { folder, store, at } = makePlace();
    writeFileSync(at('disk.gz'), gzipSync(readFileSync(disk), { level: 1 }));
    const tempFolder = folder;
    const captured = await convertDisk({
      source: file(at('disk.gz')),
      target: image('lab'),
      store,
      tempFolder,
    });
    t.is(captured.sourceFormat, 'gzip');
    t.is(captured.sizeBytes, statSync(disk).size);
    t.is(captured.id, '0123456789abcdef');

    const written = await convertDisk({ source: image('lab'), target: file(at('a.qcow2')), store });
    t.deepEqual([written.targetFormat, written.id], ['qcow2', undefined]);
    t.regex(sameDisk(at('a.qcow2'), 'qcow2'), /identical/);

    await convertDisk({ source: file(at('a.qcow2')), target: file(at('b.raw')), store });
    t.true(readFileSync(at('b.raw')).equals(readFileSync(disk)));
    t.deepEqual(readdirSync(folder).sort(), ['a.qcow2', 'b.raw', 'disk.gz']);
    t.is(statSync(at('b.raw')).mode & 0o777, 0o666 & ~process.umask());
  },
);

test.serial('raw, packed and VMDK disks become qcow2', async (t) => {
  const { store, at } = makePlace();
  writeFileSync(at('disk.gz'), gzipSync(readFileSync(disk), { level: 1 }));
  run('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', disk, at('disk.vmdk')]);
  for (const source of [disk, at('disk.gz'), at('disk.vmdk')]) {
    const target = `${at(path.basename(source))}.qcow2`;
    await convertDisk({ source: file(source), target: file(target), store });
    t.regex(sameDisk(target, 'qcow2'), /identical/);
  }
});

test.serial('an image becomes a raw file', async (t) => {
  const { store, at } = makePlace();
  await convertDisk({ source: file(disk), target: image('lab'), store });
  await convertDisk({ source: image('lab'), target: file(at('out.img')), store });
  t.true(readFileSync(at('out.img')).equals(readFileSync(disk)));
});

test.serial('--delete-source removes all files of a source once it was compared', async (t) => {
  const { store, at } = makePlace();
  const options = ['-o', 'subformat=monolithicFlat'];
  run('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', ...options, disk, at('d.vmdk')]);
  const source = file(at('d.vmdk'));
  const report = await convertDisk({ source, target: image('lab'), store, deleteSource: true });
  t.deepEqual(report.deletedFiles, [at('d.vmdk'), at('d-flat.vmdk')]);
  t.false(existsSync(at('d.vmdk')) || existsSync(at('d-flat.vmdk')));

  copyFileSync(disk, at('plain.raw'));
  const plain = file(at('plain.raw'));
  await convertDisk({ source: plain, target: file(at('x.qcow2')), store, deleteSource: true });
  t.false(existsSync(at('plain.raw')));
});

test.serial('a version that differs keeps the source', async (t) => {
  const { store, at } = makePlace();
  copyFileSync(disk, at('plain.raw'));
  store.isLying = true;
  const target = image('lab');
  const code = await failure({ source: file(at('plain.raw')), target, store, deleteSource: true });
  t.is(code, 'CONVERT_DIFFERS');
  t.true(existsSync(at('plain.raw')));
  store.isLying = false;
  await convertDisk({ source: file(at('plain.raw')), target, store });
  store.isLying = true;
  t.is(await failure({ source: target, target: file(at('x.raw')), store }), 'CONVERT_DIFFERS');
  t.deepEqual(readdirSync(path.dirname(at('x'))), ['plain.raw']);
});

test.serial('a source that changes meanwhile is kept and named', async (t) => {
  const { store, at } = makePlace();
  copyFileSync(disk, at('busy.raw'));
  const capture = store.captureRawFile.bind(store);
  store.captureRawFile = (...args) => {
    appendFileSync(at('busy.raw'), Buffer.alloc(512));
    return capture(...args);
  };
  const options = { source: file(at('busy.raw')), target: image('lab'), store, deleteSource: true };
  t.is(await failure(options), 'CONVERT_SOURCE_CHANGED');
  t.true(existsSync(at('busy.raw')));
});

test.serial('a target that exists, or that names no format, is refused and kept', async (t) => {
  const { store, at } = makePlace();
  writeFileSync(at('there.raw'), 'precious');
  const source = file(disk);
  t.is(await failure({ source, target: file(at('there.raw')), store }), 'CONVERT_TARGET');
  t.is(readFileSync(at('there.raw'), 'utf8'), 'precious');
  t.is(await failure({ source, target: file(at('new.vhd')), store }), 'CONVERT_TARGET');
  t.is(await failure({ source: image('a'), target: image('b'), store }), 'CONVERT_TARGET');
});

test.serial('a failed conversion leaves no file and no folder behind', async (t) => {
  const { folder, store, at } = makePlace();
  const bytes = gzipSync(readFileSync(disk), { level: 1 });
  writeFileSync(at('cut.gz'), bytes.subarray(0, bytes.length >> 1));
  for (const target of [file(at('x.raw')), file(at('x.qcow2')), image('lab')]) {
    const options = { source: file(at('cut.gz')), target, store, tempFolder: folder };
    t.is(await failure(options), 'CONVERT_SOURCE_DAMAGED');
    t.deepEqual(readdirSync(folder), ['cut.gz']);
  }
});

test.serial('a conversion that is cancelled says so and leaves nothing behind', async (t) => {
  const { folder, store, at } = makePlace();
  const signal = AbortSignal.abort();
  for (const target of [file(at('x.raw')), file(at('x.qcow2'))]) {
    t.is(await failure({ source: file(disk), target, store, signal }), 'CANCELLED');
  }
  t.deepEqual(readdirSync(folder), []);
});

test.serial('--delete-source is refused for an image', async (t) => {
  const { store, at } = makePlace();
  const options = { source: image('a'), target: file(at('x.raw')), store, deleteSource: true };
  t.is(await failure(options), 'CONVERT_KEEPS_SOURCE');
});

test.serial('a name means a file or an image, and both is ambiguous', async (t) => {
  const known = async (name: string): Promise<boolean> => name === 'lab' || name === 'both.raw';
  t.deepEqual(await chooseEnd('lab', known), image('lab'));
  t.deepEqual(await chooseEnd('new', known), image('new'));
  t.deepEqual(await chooseEnd('lab@01234567', async () => true), image('lab@01234567'));
  t.deepEqual(await chooseEnd('./lab', known), file('./lab'));
  t.deepEqual(await chooseEnd(disk, known), file(disk));
  t.deepEqual(await chooseEnd('new.qcow2', known), file('new.qcow2'));
  t.deepEqual(await chooseEnd('No Image', known), file('No Image'));
  const error = await t.throwsAsync(chooseEnd('both.raw', known));
  t.true(isNacreError(error, 'CONVERT_AMBIGUOUS'));
});
