import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { documentOf, type NacreRun, nacre } from '../helpers/nacre.ts';
import { nacreHere } from '../helpers/nacre-here.ts';
import { makeDisk, run } from '../helpers/volumes.ts';

const root = mkdtempSync(path.join(tmpdir(), 'cli-convert-'));
const at = (name: string): string => path.join(root, name);
test.before(() => {
  makeDisk(at('disk.raw'));
  run('qemu-img', ['convert', '-f', 'raw', '-O', 'vhdx', at('disk.raw'), at('disk.vhdx')]);
});
test.after.always(() => rmSync(root, { recursive: true }));

const PLACE = { cwd: root, environment: { NACRE_STORE: at('store'), NACRE_TEMP: root } };

const convert = (...words: readonly string[]): Promise<NacreRun> =>
  nacreHere(['image', ...words, '--json'], PLACE);

const errorOf = (result: NacreRun): string => {
  const { error } = documentOf(result);
  const isError = typeof error === 'object' && error !== null && 'code' in error;
  return `${result.exitCode} ${isError ? error.code : ''}`;
};

test.serial('files are converted without a store', async (t) => {
  const result = await nacre(['image', 'convert', 'disk.vhdx', 'first.raw', '--json'], PLACE);
  t.is(result.exitCode, 0);
  t.like(documentOf(result), {
    source: 'disk.vhdx',
    target: 'first.raw',
    sourceFormat: 'vhdx',
    targetFormat: 'raw',
    sizeBytes: 64 << 20,
    id: null,
    warnings: [],
    deletedFiles: [],
  });
  t.true(readFileSync(at('first.raw')).equals(readFileSync(at('disk.raw'))));
  t.false(existsSync(at('store')));
});

test.serial('a file becomes an image, and that a qcow2', async (t) => {
  copyFileSync(at('disk.vhdx'), at('gone.vhdx'));
  const captured = await convert('convert', 'gone.vhdx', 'lab', '--delete-source');
  t.is(captured.exitCode, 0);
  t.like(documentOf(captured), { targetFormat: 'image', deletedFiles: ['gone.vhdx'] });
  t.false(existsSync(at('gone.vhdx')));
  t.is((await convert('convert', 'lab', 'lab.qcow2')).exitCode, 0);
  t.is((await convert('convert', 'lab.qcow2', 'lab')).exitCode, 0);
  t.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('.')),
    [],
  );
});

test.serial('a package goes out and comes in again, also through convert', async (t) => {
  mkdirSync(at('boot'));
  const refused = await convert('export-package', 'lab', 'package', '--boot', 'boot');
  t.is(errorOf(refused), '3 PACKAGE_BOOT_FILES');
  for (const name of ['vmlinuz', 'initrd.pxe']) writeFileSync(at(`boot/${name}`), name);
  const exported = await convert('export-package', 'lab', 'package', '--boot', 'boot');
  t.like(documentOf(exported), { image: 'lab', number: 'lab', sizeBytes: 64 << 20 });
  t.is((await convert('import-package', 'package')).exitCode, 0);
  const imported = await convert('convert', 'package/', 'other');
  t.like(documentOf(imported), { target: 'other', image: 'other', isAutogenic: true });
  t.is(errorOf(await convert('convert', 'lab', 'package/')), '3 PACKAGE_BOOT_FILES');
});

test.serial('what is refused has its exit code and changes nothing', async (t) => {
  const before = readdirSync(root).sort();
  t.is(errorOf(await convert('convert', 'disk.vhdx', 'disk.raw')), '3 CONVERT_TARGET');
  t.is(errorOf(await convert('convert', 'missing.vhdx', 'x.raw')), '1 CLI_SYSTEM');
  t.is(errorOf(await convert('convert', 'missing', 'x.raw')), '1 IMAGE_NOT_FOUND');
  t.is(errorOf(await convert('convert', 'disk.raw')), '2 CLI_MISSING_ARGUMENT');
  const keeps = await convert('convert', 'lab', 'x.raw', '--delete-source');
  t.is(errorOf(keeps), '2 CONVERT_KEEPS_SOURCE');
  t.deepEqual(readdirSync(root).sort(), before);
});

test.serial('Ctrl-C ends a conversion with 130 and leaves nothing behind', async (t) => {
  run('truncate', ['-s', '40G', at('large.raw')]);
  const before = readdirSync(root).sort();
  let isSent = false;
  const result = await nacre(['image', 'convert', './large.raw', 'x.raw', '--progress', 'json'], {
    cwd: root,
    environment: { NACRE_STORE: at('store') },
    onStderr: (_text, kill) => {
      if (!isSent) kill('SIGINT');
      isSent = true;
    },
  });
  t.is(result.exitCode, 130);
  t.regex(result.stderr, /nothing was made/);
  t.deepEqual(readdirSync(root).sort(), before);
});
