import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { openForWrite } from '../../../src/disk/device.ts';
import { checkFat } from '../../../src/disk/fat.ts';
import { verifyBackup } from '../../../src/image/backup/backup-verify.ts';
import { planFill } from '../../../src/image/backup/fill-plan.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { idsOf, makeBackupLab, packsOn, withVolume } from '../../helpers/backup-lab.ts';
import { MIB } from '../../helpers/disk-lab.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { requires } from '../../helpers/requires.ts';

const ready = (t: ExecutionContext): boolean => requires(t, 'fsck.fat', 'sfdisk');

test('a filled partition holds one verified, current generation', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const id = await lab.newVersion('one');
  const progress: { phase: string; doneBytes: number; totalBytes: number }[] = [];
  const report = await lab.fill('lab', { onProgress: (one) => progress.push(one) });
  t.like(report, { name: 'lab', id, partition: 2 });
  t.like(report.generations, [{ id, isCurrent: true, complete: true, verified: true }]);
  const manifest = await lab.store.readManifest(id);
  const digests = manifest.partitions.reduce((sum, one) => sum + one.digests.length / 32, 0);
  t.is(report.verifiedBytes, digests * 65_536);
  t.deepEqual([...new Set(progress.map(({ phase }) => phase))], ['fill', 'check']);
  t.true(progress.every(({ doneBytes, totalBytes }) => doneBytes <= totalBytes));
  using backup = await lab.open();
  t.deepEqual(await backup.generations(), report.generations);
  t.deepEqual(
    await backup.readManifestBytes(id),
    Buffer.from(await lab.store.readManifestBytes(id)),
  );
  t.is((await backup.volume.space()).freeBytes, report.freeBytes);
  t.notThrows(lab.fsck);
});

test('a second version copies only what is new, and the first one stays', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const first = await lab.newVersion('one');
  const { copiedBytes } = await lab.fill('lab');
  const second = await lab.newVersion('two', MIB);
  const report = await lab.fill('lab');
  t.true(report.copiedBytes < copiedBytes / 2, `${report.copiedBytes} of ${copiedBytes}`);
  t.deepEqual(idsOf(report.generations), [second, first]);
  t.true(report.generations.every(({ verified }) => verified));
  t.true(report.generations[0]?.isCurrent);
  t.notThrows(lab.fsck);
});

test('a third version takes the place of the first, whose files go', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one', 4 * MIB);
  const { freeBytes } = await lab.fill('lab');
  const second = await lab.newVersion('two', MIB);
  await lab.fill('lab');
  const third = await lab.newVersion('three', MIB);
  const report = await lab.fill('lab');
  t.deepEqual(idsOf(report.generations), [third, second]);
  using backup = await lab.open();
  const names = await backup.files.list('manifests');
  t.is(names.filter((name) => name.endsWith('.manifest')).length, 2);
  t.true(report.freeBytes > freeBytes - 4 * MIB);
  t.notThrows(lab.fsck);
});

test('a fill that was done is proved again and writes nothing', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  const first = await lab.fill('lab');
  const before = readFileSync(lab.disk);
  const again = await lab.fill('lab');
  t.true(readFileSync(lab.disk).equals(before));
  t.deepEqual(again, { ...first, copiedBytes: 0 });
  t.is((await planFill({ source: lab.store, image: 'lab', path: lab.disk })).givenUp.length, 0);
});

test('an older version becomes current again without a copy', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const first = await lab.newVersion('one');
  await lab.fill('lab');
  const second = await lab.newVersion('two', MIB);
  await lab.fill('lab');
  const report = await lab.fill(`lab@${first}`);
  t.is(report.copiedBytes, 0);
  t.deepEqual(idsOf(report.generations), [first, second]);
  t.true(report.generations[0]?.isCurrent);
});

test('a cancelled fill keeps the old generation and what it had verified', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const first = await lab.newVersion('one');
  await lab.fill('lab');
  const second = await lab.newVersion('two', 6 * MIB);
  const stop = new AbortController();
  let verifiedBytes = 0;
  const cancelled = lab.fill('lab', {
    signal: stop.signal,
    packLimitBytes: MIB,
    onProgress: ({ phase, doneBytes }) => {
      verifiedBytes = doneBytes;
      if (phase === 'fill' && doneBytes > 3 * MIB) stop.abort();
    },
  });
  await t.throwsAsync(cancelled, { code: 'CANCELLED' });
  t.notThrows(lab.fsck);
  {
    using backup = await lab.open();
    const generations = await backup.generations();
    t.like(generations, [
      { id: second, complete: false, verified: false, isCurrent: false },
      { id: first, complete: true, verified: true, isCurrent: true },
    ]);
  }
  const whole = await planFill({ source: lab.store, image: 'lab', path: lab.disk });
  t.true(whole.writeBytes < 4 * MIB && verifiedBytes > 3 * MIB);
  const report = await lab.fill('lab');
  t.true(report.copiedBytes < 4 * MIB, 'what was verified is not copied again');
  t.deepEqual(idsOf(report.generations), [second, first]);
});

test('a version that is signed later brings its signature with the next fill', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const id = await lab.newVersion('one');
  await lab.fill('lab');
  await lab.store.sign(id, makeKeyPair().privatePem);
  t.is((await lab.fill('lab')).copiedBytes, 0);
  using backup = await lab.open();
  t.is((await backup.readSignatures(id)).length, 1);
});

test('files of others stay as they are, and a clock at 1970 does no harm', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const merlin = Buffer.alloc(300_000, 'm');
  await withVolume(lab, async (volume) => {
    await volume.makeFolder('merlin');
    await volume.write('merlin/node-a.squashfs', merlin);
    await volume.makeFolder('nacre');
    await volume.write('nacre/note.txt', Buffer.from('mine'));
  });
  for (const seed of ['one', 'two', 'three']) {
    await lab.newVersion(seed, MIB);
    await lab.fill('lab', { now: () => new Date(0) });
  }
  using backup = await lab.open();
  t.true((await backup.volume.read('merlin/node-a.squashfs')).equals(merlin));
  t.is((await backup.volume.read('nacre/note.txt')).toString(), 'mine');
  t.notThrows(lab.fsck);
});

test('a volume without a long run of free clusters takes smaller packs', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one', 6 * MIB);
  await withVolume(lab, async (volume) => {
    const { freeBytes } = await volume.space();
    const pieces = Math.floor(freeBytes / MIB / 2) - 1;
    for (let piece = 0; piece < pieces; piece++) {
      await volume.write(`keep-${piece}`, Buffer.alloc(3 * 2 ** 16, piece));
      await volume.write(`hole-${piece}`, Buffer.alloc(2 * MIB - 3 * 2 ** 16, piece));
    }
    await volume.write('rest', Buffer.alloc((await volume.space()).freeBytes - 2 * MIB));
    for (let piece = 0; piece < pieces; piece++) await volume.remove(`hole-${piece}`);
  });
  await t.notThrowsAsync(lab.fill('lab'));
  const packs = await packsOn(lab);
  t.true(packs.length > 2 && packs.every(({ sizeBytes }) => sizeBytes <= 2 * MIB));
  t.notThrows(lab.fsck);
});

test('versions with digests of another kind lie side by side', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const source = await lab.noise('source.img', MIB);
  const { id: first } = await lab.capture(source, { name: 'one' });
  await lab.fill('one');
  const { id: second } = await lab.capture(source, { name: 'two', algorithm: 2 });
  const report = await lab.fill('two');
  t.deepEqual(idsOf(report.generations), [second, first]);
  t.true(report.copiedBytes > MIB);
  using backup = await lab.open();
  t.true((await verifyBackup(backup)).ok);
  t.is((await lab.fill('one')).copiedBytes, 0);
});

test('a version without a chunk of data needs no pack', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const { id } = await publishLetters(lab.store, 'empty', '00-0');
  const report = await lab.fill('empty');
  t.like(report, { id, copiedBytes: 0, verifiedBytes: 0 });
  t.like(report.generations, [{ id, isCurrent: true, verified: true }]);
  t.deepEqual(await packsOn(lab), []);
});

test('the check of the volume has nothing to say after each fill', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { clusterBytes: 512 });
  for (const seed of ['one', 'two', 'three']) {
    await lab.newVersion(seed, MIB);
    await lab.fill('lab', { packLimitBytes: 2 ** 19 });
    using disk = await openForWrite(lab.disk);
    t.deepEqual((await checkFat(disk, lab.window)).problems, []);
  }
});
