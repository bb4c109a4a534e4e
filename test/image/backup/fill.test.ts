import { readFileSync, statSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { openForWrite } from '../../../src/disk/device.ts';
import { checkFat, FatVolume, formatFat } from '../../../src/disk/fat.ts';
import { verifyBackup } from '../../../src/image/backup/backup-verify.ts';
import { planFill } from '../../../src/image/backup/fill-plan.ts';
import { BACKUP_LABEL } from '../../../src/image/layout/layout-names.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { type BackupLab, makeBackupLab, packsOn } from '../../helpers/backup-lab.ts';
import { MIB, patch } from '../../helpers/disk-lab.ts';
import { publishLetters, requestOf, writeHandMadePack } from '../../helpers/hand-made-image.ts';
import { requires } from '../../helpers/requires.ts';
import { emptyFile } from '../../helpers/volumes.ts';

const ready = (t: ExecutionContext): boolean => requires(t, 'fsck.fat', 'sfdisk');

const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] =>
  rows.map(({ id }) => id);

/** Changes the backup volume as somebody else would. */
const withVolume = async (lab: BackupLab, work: (volume: FatVolume) => Promise<void>) => {
  using disk = await openForWrite(lab.disk);
  using volume = await FatVolume.open(disk, lab.window);
  await work(volume);
  await volume.finish();
};

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

test('a current generation that turns out damaged gives way to the one before until it is right again', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const { id: first } = await publishLetters(lab.store, 'letters', 'ABCDEFGH');
  await lab.fill('letters');
  const old = idsOf(await packsOn(lab));
  const { id: second, newPacks } = await publishLetters(lab.store, 'letters', 'ABIJKL');
  await lab.fill('letters');
  const added = (await packsOn(lab)).find(({ id }) => !old.includes(id));
  patch(lab.disk, (added?.offset ?? 0) + 70_000, Buffer.from('damage'));
  const inStore = lab.at(`store/packs/${newPacks[0]?.slice(0, 2)}/${newPacks[0]}.pack`);
  const whole = readFileSync(inStore);
  patch(inStore, 70_000, Buffer.from('damage'));
  await t.throwsAsync(lab.fill('letters'), { code: 'STORE_PACK_DAMAGED' });
  {
    using backup = await lab.open();
    t.like(await backup.generations(), [
      { id: second, isCurrent: false, verified: false },
      { id: first, isCurrent: true, verified: true },
    ]);
  }
  patch(inStore, 0, whole);
  t.like((await lab.fill('letters')).generations, [
    { id: second, isCurrent: true, verified: true },
    { id: first, isCurrent: false, verified: true },
  ]);
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

test('without room for both it is refused with numbers, and nothing is written', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { backupMib: 34 });
  const first = await lab.newVersion('one', 15 * MIB);
  await lab.fill('lab');
  const second = await lab.newVersion('two', 15 * MIB);
  const before = readFileSync(lab.disk);
  const error = await t.throwsAsync(lab.fill('lab'), { code: 'BACKUP_NO_SPACE' });
  const { neededBytes, freeBytes, keptBytes } =
    (error as { facts?: Record<string, number> }).facts ?? {};
  t.true((neededBytes ?? 0) > (freeBytes ?? 0) && (keptBytes ?? 0) > 14 * MIB);
  t.true(readFileSync(lab.disk).equals(before));
  const options = { source: lab.store, image: 'lab', path: lab.disk, replaceOld: true };
  const plan = await planFill(options);
  t.deepEqual(idsOf(plan.givenUp), [first]);
  t.regex(plan.lost[0] ?? '', /^generation lab@[0-9a-f]{8} \(\d+ bytes\)$/);
  t.true(readFileSync(lab.disk).equals(before));
  const report = await lab.fill('lab', { replaceOld: true });
  t.deepEqual(idsOf(report.generations), [second]);
  t.notThrows(lab.fsck);
});

test('an image that no partition of this size holds is refused also with --replace-old', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { backupMib: 34, clusterBytes: 512 });
  await lab.newVersion('one', 17 * MIB);
  await withVolume(lab, async (volume) => {
    await volume.makeFolder('merlin');
    await volume.write('merlin/node.squashfs', Buffer.alloc(14 * MIB, 7));
  });
  await t.throwsAsync(lab.fill('lab', { replaceOld: true }), { code: 'BACKUP_NO_SPACE' });
});

test('--replace-old gives nothing up where there is room for both', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  await lab.fill('lab');
  await lab.newVersion('two', MIB);
  t.is((await lab.fill('lab', { replaceOld: true })).generations.length, 2);
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

test('a pack that is damaged on the partition is copied again', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const id = await lab.newVersion('one');
  await lab.fill('lab', { packLimitBytes: MIB });
  const packs = await packsOn(lab);
  patch(lab.disk, (packs[2]?.offset ?? 0) + 5000, Buffer.from('damage'));
  const report = await lab.fill('lab');
  t.is(report.copiedBytes, packs[2]?.sizeBytes ?? 0, 'only the damaged pack');
  t.like(report.generations, [{ id, isCurrent: true, verified: true }]);
  t.notThrows(lab.fsck);
});

test('a damaged pack that generations share is copied for the new one, and the other tells the truth', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const first = await lab.newVersion('one');
  await lab.fill('lab');
  const [shared] = await packsOn(lab);
  const second = await lab.newVersion('two', MIB);
  await lab.fill('lab');
  // The first frames are those of the file system, which both versions have.
  patch(lab.disk, (shared?.offset ?? 0) + 100_000, Buffer.from('damage'));
  const report = await lab.fill('lab');
  t.like(report.generations, [
    { id: second, isCurrent: true, verified: true, problem: null },
    { id: first, isCurrent: false, verified: false },
  ]);
  t.true(report.copiedBytes > 0);
  using backup = await lab.open();
  const verified = await verifyBackup(backup);
  t.deepEqual([...new Set(verified.damaged.map(({ generation }) => generation))], [first]);
});

test('a generation whose packs were all copied anew is found in the new ones', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const { id: first } = await publishLetters(lab.store, 'letters', 'ABCDEF');
  await lab.fill('letters', { packLimitBytes: 3 * 65_536 + 1000 });
  const old = await packsOn(lab);
  const { id: second } = await publishLetters(lab.store, 'letters', 'ABCDEFGH');
  await lab.fill('letters');
  for (const { offset } of old) patch(lab.disk, offset + 70_000, Buffer.from('damage'));
  const report = await lab.fill('letters');
  t.like(report.generations, [
    { id: second, isCurrent: true, verified: true },
    { id: first, verified: true, problem: null },
  ]);
  const left = idsOf(await packsOn(lab));
  t.deepEqual(
    old.filter(({ id }) => left.includes(id)),
    [],
  );
  using backup = await lab.open();
  t.true((await verifyBackup(backup)).ok);
});

test('damage in the source is named, and the old generation stays current', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const first = await lab.newVersion('one');
  await lab.fill('lab');
  const { newPacks } = await lab.capturePacks('two');
  const pack = lab.at(`store/packs/${newPacks[0]?.slice(0, 2)}/${newPacks[0]}.pack`);
  patch(pack, Math.floor(statSync(pack).size / 2), Buffer.from('flip'));
  await t.throwsAsync(lab.fill('lab'), { code: 'STORE_PACK_DAMAGED' });
  using backup = await lab.open();
  t.is((await backup.resolve('lab')).id, first);
});

test('a source whose index does not tell the truth never becomes current', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const { id: first } = await publishLetters(lab.store, 'letters', 'AB');
  await lab.fill('letters');
  await using session = await lab.store.beginCapture({
    name: 'letters',
    parent: null,
    algorithm: 1,
  });
  const request = await requestOf(session, 'CD');
  // Frames of other chunks than the digests say, each whole by itself.
  const lying = await writeHandMadePack(session.directory, 1, ['X', 'Y']);
  const packs = request.packs.map(({ digests }) => ({ ...lying, digests }));
  const { id: second } = await session.publish({ ...request, packs });
  await t.throwsAsync(lab.fill('letters'), { code: 'BACKUP_DAMAGED', message: /2 chunks/ });
  t.notThrows(lab.fsck);
  using backup = await lab.open();
  t.like(await backup.generations(), [
    { id: second, isCurrent: false, verified: false },
    { id: first, isCurrent: true, verified: true },
  ]);
});

test('what a cut left behind is mended first', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  await lab.fill('lab');
  await makeLost(lab);
  t.throws(lab.fsck, undefined, 'the damage is seen by others');
  await lab.newVersion('two', MIB);
  await t.notThrowsAsync(lab.fill('lab'));
  t.notThrows(lab.fsck);
});

/** Entries of the first FAT, as 32-bit numbers. */
const fatOf = (lab: BackupLab) => {
  const at = lab.window.startBytes;
  const boot = readFileSync(lab.disk).subarray(at, at + 512);
  const offset = at + boot.readUInt16LE(14) * 512;
  const length = boot.readUInt32LE(36) * 512;
  const set = (cluster: number, value: number): void => {
    const entry = Buffer.alloc(4);
    entry.writeUInt32LE(value);
    for (const fat of [0, 1]) patch(lab.disk, offset + fat * length + cluster * 4, entry);
  };
  const entries = readFileSync(lab.disk).subarray(offset, offset + length);
  return { set, entries, count: length / 4 - 200 };
};

/** Clusters that belong to nobody. */
const makeLost = async (lab: BackupLab): Promise<void> => {
  const { set, entries, count } = fatOf(lab);
  let made = 0;
  for (let cluster = count - 1; made < 5; cluster--) {
    if (entries.readUInt32LE(cluster * 4) !== 0) continue;
    set(cluster, 0x0fffffff);
    made += 1;
  }
};

test('a volume with damage that no cut explains is refused, and nothing is written', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  await withVolume(lab, async (volume) => {
    await volume.write('victim', Buffer.alloc(100_000, 1));
  });
  const { set, entries, count } = fatOf(lab);
  // The chain of the file goes on in a free cluster.
  const broken = Array.from({ length: count }, (_, cluster) => cluster).find(
    (cluster) => cluster > 2 && entries.readUInt32LE(cluster * 4) === cluster + 1,
  );
  set(broken ?? 3, count - 1);
  const before = readFileSync(lab.disk);
  await t.throwsAsync(lab.fill('lab'), {
    code: 'BACKUP_VOLUME_DAMAGED',
    message: /broken-chain \(\/victim\)/,
  });
  t.true(readFileSync(lab.disk).equals(before));
});

test('only a trusted signature gets onto the partition', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const [release, other] = [makeKeyPair(), makeKeyPair()];
  const id = await lab.newVersion('one');
  await t.throwsAsync(lab.fill('lab', { trust: [release.publicPem] }), { code: 'IMAGE_UNTRUSTED' });
  await lab.store.sign(id, release.privatePem);
  await t.throwsAsync(lab.fill('lab', { trust: [other.publicPem] }), { code: 'IMAGE_UNTRUSTED' });
  await lab.fill('lab', { trust: [release.publicPem] });
  using backup = await lab.open();
  t.deepEqual(await backup.readSignatures(id), await lab.store.readSignatures(id));
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

test('a record that is garbage in both places is made again from what is there', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const first = await lab.newVersion('one');
  await lab.fill('lab');
  const second = await lab.newVersion('two', MIB);
  await lab.fill('lab');
  await withVolume(lab, async (volume) => {
    for (const name of ['generations.rec', 'generations.alt'])
      await volume.overwrite(`nacre/${name}`, 0, Buffer.alloc(512, 0x5a));
  });
  {
    using backup = await lab.open();
    const found = await backup.generations();
    t.deepEqual(idsOf(found), [second, first], 'newest first');
    t.true(found.every(({ complete, verified, isCurrent }) => complete && !verified && !isCurrent));
  }
  const report = await lab.fill('lab');
  t.is(report.copiedBytes, 0);
  t.like(report.generations, [{ id: second, isCurrent: true, verified: true }, { id: first }]);
});

test('one record that is garbage costs nothing', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const id = await lab.newVersion('one');
  await lab.fill('lab');
  for (const name of ['generations.rec', 'generations.alt']) {
    await withVolume(lab, (volume) => volume.overwrite(`nacre/${name}`, 0, Buffer.alloc(512)));
    using backup = await lab.open();
    t.like(await backup.generations(), [{ id, isCurrent: true, verified: true }]);
    backup.close();
    await lab.fill('lab');
  }
});

test('a manifest that would be larger than a pack may be is refused', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  const { store } = lab;
  const source = {
    location: store.location,
    diskPlace: undefined,
    resolve: (image: string) => store.resolve(image),
    readManifest: (id: string) => store.readManifest(id),
    readManifestBytes: async () => new Uint8Array(2 ** 30 + 1),
    readSignatures: (id: string) => store.readSignatures(id),
    withPacks: store.withPacks.bind(store),
    readPackBytes: store.readPackBytes.bind(store),
  };
  await t.throwsAsync(lab.fill('lab', { source }), { code: 'FAT_FILE_TOO_LARGE' });
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

test('a disk with sectors of 4096 bytes takes images of its kind and refuses others', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const path = emptyFile(lab.at('4kn.img'), 300);
  {
    using disk = await openForWrite(path, { sectorSize: 4096 });
    const whole = { startBytes: 0, sizeBytes: 300 * MIB };
    await formatFat(disk, whole, { type: 'fat32', label: BACKUP_LABEL });
  }
  const source = await lab.noise('source.img', MIB);
  await lab.capture(source, { name: 'other' });
  const { id } = await lab.capture(source, { name: 'own', sectorSize: 4096 });
  const where = { path, sectorSize: 4096 };
  await t.throwsAsync(lab.fill('other', where), { code: 'DISK_SECTOR_SIZE' });
  t.like(await lab.fill('own', where), { id, partition: 0 });
});

test('a disk in use by somebody else is refused', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  using held = await openForWrite(lab.disk);
  t.truthy(held);
  await t.throwsAsync(lab.fill('lab'), { code: 'DISK_IN_USE' });
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
