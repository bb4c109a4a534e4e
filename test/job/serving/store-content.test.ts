import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { outputFile } from 'fs-extra/esm';
import { storeInFolder } from '../../../src/job/serving/store-content.ts';
import { testService } from '../../helpers/boot-http.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const ID = 'ab'.repeat(32);
const PACK = `packs/ab/${ID}.pack`;
/** Names that a store has and others may read. */
const PACK_TEXT = 'pack'.repeat(700_000);
const FILES: Readonly<Record<string, string>> = {
  'nacre-store.json': '{"format":1}\n',
  'nacre-images.json': '{"names":["lab-pc"]}\n',
  [`manifests/${ID}.manifest`]: 'manifest',
  [`manifests/${ID}.signatures`]: '[]',
  [`locators/${ID}.locator`]: 'locator',
  [PACK]: PACK_TEXT,
  'images/lab-pc.json': '{}',
};
/** Names that lie in a store as well. */
const OWN = ['tmp/work', 'locks/store.lock', 'leases/one.json', 'images/.hidden.json', 'notes.txt'];

const makeStore = async (t: ExecutionContext): Promise<string> => {
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(FILES)) await outputFile(`${folder}/${name}`, text);
  for (const name of OWN) await outputFile(`${folder}/${name}`, 'own');
  return folder;
};

test('the files of a store are served below store/, by ranges', async (t) => {
  const folder = await makeStore(t);
  const { url } = await testService(t, { store: storeInFolder(folder) });
  for (const [name, text] of Object.entries(FILES)) {
    const answer = await fetch(`${url}/store/${name}`);
    t.is(answer.status, 200, name);
    t.is(await answer.text(), text, name);
  }
  const part = await fetch(`${url}/store/${PACK}`, { headers: { Range: 'bytes=1048570-1048590' } });
  t.is(part.status, 206);
  t.is(await part.text(), PACK_TEXT.slice(1_048_570, 1_048_591));
  t.is(part.headers.get('etag'), `"${ID}"`);
  t.is((await fetch(`${url}/store/images/lab-pc.json`)).headers.get('etag'), null);
  t.is((await fetch(`${url}/${PACK}`)).status, 404);
});

test('without a store its names are not there', async (t) => {
  const { url } = await testService(t);
  t.is((await fetch(`${url}/store/nacre-store.json`)).status, 404);
});

test('nothing else of a store is served, and nothing outside of it', async (t) => {
  const folder = await makeStore(t);
  await outputFile(`${path.dirname(folder)}/${path.basename(folder)}-secret/x.json`, 'secret');
  t.teardown(() => rm(`${folder}-secret`, { recursive: true }));
  const find = storeInFolder(folder);
  for (const name of [
    ...OWN,
    '',
    '.',
    '..',
    'images',
    'images/',
    'images/../nacre-store.json',
    'images/..%2f..%2fetc%2fpasswd.json',
    `images/../../${path.basename(folder)}-secret/x.json`,
    'images/lab-pc.json/',
    'images/lab-pc.json\0',
    'images/LAB-PC.json',
    '/nacre-store.json',
    './nacre-store.json',
    'NACRE-STORE.JSON',
    `packs/cd/${ID}.pack`,
    `packs/${ID}.pack`,
    `packs/ab/${ID.toUpperCase()}.pack`,
    `packs/ab/${ID}.pack.tmp`,
    `packs/ab/../ab/${ID}.pack`,
    `manifests/${'cd'.repeat(32)}.manifest`,
    `manifests/${ID}`,
    `${folder}/nacre-store.json`,
  ])
    t.is(await find(name), undefined, name);
});

test('links, folders and pipes with the name of a file are not there', async (t) => {
  if (!requires(t, 'mkfifo')) return;
  const folder = await makeStore(t);
  const find = storeInFolder(folder);
  await rename(`${folder}/${PACK}`, `${folder}/elsewhere`);
  await symlink('../../elsewhere', `${folder}/${PACK}`);
  t.is(await find(PACK), undefined);
  await rm(`${folder}/images/lab-pc.json`);
  await mkdir(`${folder}/images/lab-pc.json`);
  t.is(await find('images/lab-pc.json'), undefined);
  // Opening a pipe for reading would wait for a writer.
  await rm(`${folder}/nacre-store.json`);
  execFileSync('mkfifo', [`${folder}/nacre-store.json`]);
  t.is(await find('nacre-store.json'), undefined);
});

test('a file that is deleted or replaced while it is sent comes whole, as it was', async (t) => {
  const folder = await makeStore(t);
  const find = storeInFolder(folder);
  const store = async (name: string) => {
    const content = await find(name);
    if (name === PACK) await rm(`${folder}/${PACK}`);
    else
      await writeFile(`${folder}/new`, 'another').then(() =>
        rename(`${folder}/new`, `${folder}/${name}`),
      );
    return content;
  };
  const { url } = await testService(t, { store });
  t.is(await (await fetch(`${url}/store/${PACK}`)).text(), PACK_TEXT);
  t.is(await (await fetch(`${url}/store/images/lab-pc.json`)).text(), '{}');
  t.is(await (await fetch(`${url}/store/images/lab-pc.json`)).text(), 'another');
});

test('a file that gets shorter while it is sent breaks the connection', async (t) => {
  const folder = await makeStore(t);
  const find = storeInFolder(folder);
  const store = async (name: string) => {
    const content = await find(name);
    await writeFile(`${folder}/${name}`, 'x');
    return content;
  };
  const { url, lines } = await testService(t, { store });
  const answer = await fetch(`${url}/store/${PACK}`);
  await t.throwsAsync(answer.text());
  t.true(lines.some(({ level }) => level === 'error'));
});

/** True while this process has a file below a folder open. */
const isOpenBelow = (folder: string): boolean =>
  readdirSync('/proc/self/fd').some((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder);
    } catch (reason) {
      // The one that reads the folder is gone by now.
      if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return false;
      throw reason;
    }
  });

test('no file stays open when its answer has ended, whole or not', async (t) => {
  const folder = await makeStore(t);
  const { url } = await testService(t, { store: storeInFolder(folder) });
  for (let round = 0; round < 5; round++) {
    const control = new AbortController();
    const answer = await fetch(`${url}/store/${PACK}`, { signal: control.signal });
    await answer.body?.getReader().read();
    control.abort();
    await (await fetch(`${url}/store/${PACK}`, { method: 'HEAD' })).arrayBuffer();
  }
  while (isOpenBelow(folder)) await new Promise((resolve) => setImmediate(resolve));
  t.pass();
});
