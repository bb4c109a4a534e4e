/** A store behind web servers of other people, and behind our own, read by the commands and by the store itself. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import test from 'ava';
import { openStore } from '../../../src/image/store/store.ts';
import { storeInFolder } from '../../../src/job/serving/store-content.ts';
import { testService } from '../../helpers/boot-http.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { makeLab, putVolume } from '../../helpers/disk-lab.ts';
import { documentOf, nacre } from '../../helpers/nacre.ts';
import { nacreHere } from '../../helpers/nacre-here.ts';
import { requires } from '../../helpers/requires.ts';
import { makeBootFiles, SMALL_BOOT_BYTES } from '../../helpers/stand-in-boot-files.ts';
import { emptyFile, makeNtfs } from '../../helpers/volumes.ts';
import { startApache, startNginx } from '../../helpers/web-daemons.ts';
import { IMAGE, makeWebImage, restoreVersion, type WebImage } from '../../helpers/web-image.ts';
import { serveFolder } from '../../helpers/web-server.ts';

let image: WebImage;
test.before(async () => {
  image = await makeWebImage();
  // A web server is another user.
  chmodSync(image.folder, 0o755);
});
test.after.always(() => image.remove());

test('all commands that read work on a store behind nginx, by its pinned key', async (t) => {
  if (!requires(t, 'openssl')) return;
  const { folder } = image;
  const certificate = makeCertificate(folder, 'nginx');
  const url = `${await startNginx(t, folder, certificate)}/store`;
  const run = async (...words: readonly string[]) => {
    const done = await nacreHere([...words, '--store', url, '--json'], {
      environment: { NACRE_STORE_PIN: certificate.pin },
    });
    t.is(done.exitCode, 0, done.stdout + done.stderr);
    return documentOf(done);
  };
  const listed = ['image', 'list', '--store', url, '--store-pin', certificate.pin, '--json'];
  t.like(documentOf(await nacre(listed)), { images: [{ latest: image.id }] });
  t.like(await run('image', 'list'), { images: [{ name: IMAGE, latest: image.id }] });
  t.like(await run('image', 'inspect', IMAGE), { id: image.id });
  t.like(await run('image', 'diff', IMAGE, IMAGE), { chunks: 0 });
  const file = `${folder}/nginx.img`;
  await writeFile(file, '');
  await truncate(file, image.disk.length);
  await run('image', 'restore', IMAGE, file, '--yes', file);
  t.true(readFileSync(file).equals(image.disk));
  t.like(await run('image', 'verify', IMAGE, file), { same: true });
  t.like(await run('image', 'verify', IMAGE), { damaged: [] });
  await run('image', 'convert', IMAGE, `${folder}/out.img`);
  t.true(readFileSync(`${folder}/out.img`).equals(image.disk));
  t.like(await run('store', 'check'), { ok: true, versions: 1, packs: 1 });
  t.like(await run('store', 'sync', url, `${folder}/copy`), { versions: 1, packs: 1 });
  const copy = await openStore(`${folder}/copy`);
  t.like(await copy.check({ deep: true }), { ok: true, versions: 1, packs: 1 });
  t.deepEqual(await copy.list(), await (await openStore(image.store)).list());
  const refused = await nacreHere(['store', 'gc', '--store', url, '--store-pin', certificate.pin]);
  t.is(refused.exitCode, 3);
  t.regex(refused.stderr, /can only be read/);
  const unknown = await nacre(['image', 'list', '--store', url]);
  t.is(unknown.exitCode, 3);
  t.regex(unknown.stderr, /--store-pin/);
});

test('a store behind Apache is read with user and password', async (t) => {
  if (!requires(t, 'apache2', 'openssl')) return;
  const url = await startApache(t, image.folder);
  const store = await openStore(`${url}/store/`);
  t.is(store.location, `${url.replace(':se%20cret', '')}/store/`);
  t.true((await restoreVersion(store, image.id, `${image.folder}/a.img`)).equals(image.disk));
  t.like(await store.check({ deep: true }), { ok: true });
  const stranger = openStore(`${url.replace('se%20cret', 'secret')}/store/`);
  await t.throwsAsync(stranger, { code: 'STORE_WEB_STATUS', message: /status 401/ });
});

test('a store that the boot service serves is read like any other', async (t) => {
  const service = await testService(t, { store: storeInFolder(image.store) });
  const store = await openStore(`${service.url}/store`);
  t.like((await store.list())[0], { name: IMAGE, latest: image.id });
  t.deepEqual(await store.readSignatures(image.id), []);
  t.true((await restoreVersion(store, image.id, `${image.folder}/boot.img`)).equals(image.disk));
  t.like(await store.check({ deep: true }), { ok: true });
});

test('a disk is laid out, and its backup partition filled, from a store behind a web server', async (t) => {
  if (!requires(t, 'mkntfs', 'sfdisk')) return;
  const lab = await makeLab(t);
  const source = emptyFile(lab.at('source.img'), 40);
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: 'label: dos\n2048,30M,7\n' });
  putVolume(makeNtfs(lab.at('os'), 30), source, 1);
  await lab.capture(source);
  await makeBootFiles(lab.at('boot'), SMALL_BOOT_BYTES);
  const target = emptyFile(lab.at('target.img'), 288);
  const web = await serveFolder(t, lab.at('store'));
  const run = async (...words: readonly string[]) => {
    const done = await nacreHere([...words, '--store', web.url, '--json'], { cwd: lab.folder });
    t.is(done.exitCode, 0, done.stdout + done.stderr);
    return documentOf(done);
  };
  const layout = ['lab', target, '--layout', 'wes7'];
  t.like(await run('disk', 'plan', ...layout), { plan: { after: [{ role: 'boot-agent' }] } });
  const options = ['--boot', lab.at('boot'), '--unsigned', '--yes', 'target.img'];
  await run('disk', 'apply', ...layout, ...options);
  const { id } = await lab.capture(source);
  const filled = await run('backup', 'fill', 'lab', target, '--yes', 'target.img');
  t.like(filled, { generations: [{ id, verified: true }] });
});
