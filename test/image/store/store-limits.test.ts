import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { native } from '../../../src/disk/native.ts';
import { NacreError } from '../../../src/errors.ts';
import { openStore } from '../../../src/image/store/store.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { requires } from '../../helpers/requires.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

test('a store on a full file system is read and collected', async (t) => {
  if (!requires(t, 'root', 'mount')) return;
  const folder = path.join(await temporaryFolder(t), 'small');
  await mkdir(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  t.teardown(() => execFileSync('umount', [folder]));
  const store = await openStore(path.join(folder, 'store'), { create: true });
  const { storedBytes } = await publishLetters(store, 'one', 'ABCD');
  const { id } = await publishLetters(store, 'two', 'EF', { parent: null });
  await store.remove('one');
  await store.bin.empty();
  await t.throwsAsync(writeFile(path.join(folder, 'ballast'), Buffer.alloc(2 ** 21)));
  // What is there can still be read, without a lease.
  t.deepEqual((await store.verify(id)).damaged, []);
  t.true((await store.gc({ dryRun: false })).freedBytes > storedBytes);
  t.deepEqual((await store.verify(id)).damaged, []);
  t.true((await store.check({ deep: true })).ok);
});

test('a store on a read-only file system is read, checked and not written', async (t) => {
  if (!requires(t, 'root', 'mount')) return;
  const folder = path.join(await temporaryFolder(t), 'stick');
  await mkdir(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  t.teardown(() => execFileSync('umount', [folder]));
  const { id } = await publishLetters(await openStore(folder, { create: true }), 'one', 'AB');
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const store = await openStore(folder);
  t.deepEqual((await store.verify(id)).damaged, []);
  t.true((await store.check({ deep: true })).ok);
  for (const work of [() => store.gc({ dryRun: true }), () => store.label('one', 'stable')]) {
    const error = await t.throwsAsync(work, { instanceOf: NacreError });
    t.is(error?.code, 'STORE_READ_ONLY');
    t.is(error?.exitCode, 3);
  }
  const copy = await openStore(path.join(await temporaryFolder(t), 'copy'), { create: true });
  t.is((await copy.syncFrom(store)).versions, 1);
});

test('digits that begin two ids are ambiguous', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true });
  await publishLetters(store, 'one', 'A');
  const file = path.join(folder, 'images', 'one.json');
  const record = JSON.parse(await readFile(file, 'utf8'));
  const twins = ['0', '1'].map((digit) => ({
    ...record.versions[0],
    id: `${'ab'.repeat(4)}${digit.repeat(56)}`,
  }));
  await writeFile(file, JSON.stringify({ ...record, versions: twins }));
  const error = await t.throwsAsync(store.resolve('one@abababab'), { instanceOf: NacreError });
  t.is(error?.code, 'IMAGE_AMBIGUOUS');
  t.is(error?.exitCode, 2);
  t.is((await store.resolve('one@abababab1')).id, twins[1]?.id);
});

test('a change waits for the store lock and gives up with the name of its holder', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true, lockWaitMs: 50 });
  await publishLetters(store, 'one', 'A');
  const file = path.join(folder, 'locks', 'store.lock');
  const lock = native.lockFile(file, 'exclusive');
  await writeFile(file, 'no JSON');
  const error = await t.throwsAsync(store.label('one', 'stable'), { instanceOf: NacreError });
  t.is(error?.code, 'STORE_BUSY');
  t.is(error?.facts['pid'], String(process.pid));
  lock?.close();
  t.deepEqual((await store.label('one', 'stable')).labels, ['latest', 'stable']);
});

test('garbage is not collected while the store is checked', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await openStore(folder, { create: true });
  await store.gc({ dryRun: false });
  const file = path.join(folder, 'locks', 'gc.lock');
  const note = { ...JSON.parse(await readFile(file, 'utf8')), pid: 1 };
  await writeFile(file, JSON.stringify(note));
  const lock = native.lockFile(file, 'shared');
  const error = await t.throwsAsync(store.gc({ dryRun: false }), { instanceOf: NacreError });
  t.is(error?.code, 'STORE_BUSY');
  // Not the collection that ended long ago and has left its name.
  t.like(error?.facts, { pid: String(process.pid), since: 'unknown' });
  lock?.close();
  t.is((await store.gc({ dryRun: false })).freedBytes, 0);
});
