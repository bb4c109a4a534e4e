import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { buildBootFiles } from '../../src/disk/boot-build.ts';
import { readBootFiles } from '../../src/disk/boot-files.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const CONTENT = Buffer.from('a kernel');
const FILE = {
  name: 'grub/core.img',
  sizeBytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
};
const LIST = { format: 1, kernel: '6.1.0-56-amd64', node: '20.20.2', files: [FILE] };

const makeFolder = async (t: ExecutionContext, list: unknown = LIST): Promise<string> => {
  const folder = await temporaryFolder(t);
  await mkdir(`${folder}/grub`);
  await writeFile(`${folder}/${FILE.name}`, CONTENT);
  await writeFile(`${folder}/boot.json`, typeof list === 'string' ? list : JSON.stringify(list));
  return folder;
};

test('a whole boot environment is read with its versions and files', async (t) => {
  const folder = await makeFolder(t);
  const { format: _, ...expected } = LIST;
  t.deepEqual(await readBootFiles(folder), { folder: path.resolve(folder), ...expected });
});

test('a folder without boot.json is none', async (t) => {
  await t.throwsAsync(readBootFiles(await temporaryFolder(t)), { code: 'BOOT_FILES_MISSING' });
});

test('a file that is missing, cut off or changed is named', async (t) => {
  const folder = await makeFolder(t);
  const file = `${folder}/${FILE.name}`;
  for (const change of [
    () => writeFile(file, CONTENT.subarray(1)),
    () => writeFile(file, Buffer.from('A kernel')),
    () => rm(file),
  ]) {
    await change();
    const error = await t.throwsAsync(readBootFiles(folder), { code: 'BOOT_FILES_DAMAGED' });
    t.regex(error?.message ?? '', /grub\/core\.img/);
  }
});

for (const [what, list] of [
  ['is no JSON', '{'],
  ['has another format', { ...LIST, format: 2 }],
  ['names a file outside of its folder', { ...LIST, files: [{ ...FILE, name: '../core.img' }] }],
  ['names an absolute file', { ...LIST, files: [{ ...FILE, name: '/etc/passwd' }] }],
  ['has a digest of another length', { ...LIST, files: [{ ...FILE, sha256: 'ab' }] }],
  ['is longer than any list', `${JSON.stringify(LIST)}${' '.repeat(300_000)}`],
] as const)
  test(`a boot.json that ${what} is refused`, async (t) => {
    await t.throwsAsync(readBootFiles(await makeFolder(t, list)), { code: 'BOOT_FILES_DAMAGED' });
  });

test('without its recipe nothing is built', async (t) => {
  const folder = await temporaryFolder(t);
  const options = { root: folder, out: `${folder}/out`, environment: {} };
  await t.throwsAsync(buildBootFiles(options), { code: 'BOOT_RECIPE_MISSING' });
});

test('a recipe that fails is reported with its last line', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(`${folder}/pxe`);
  const recipe = '#!/bin/sh\necho "pxe/build: no network" >&2\nexit 1\n';
  await writeFile(`${folder}/pxe/build`, recipe, { mode: 0o755 });
  const options = { root: folder, out: `${folder}/out`, environment: { PATH: '/bin' } };
  const error = await t.throwsAsync(buildBootFiles(options), { code: 'TOOL_FAILED' });
  t.regex(error?.message ?? '', /no network/);
});
