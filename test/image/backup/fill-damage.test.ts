import { readFileSync, statSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { verifyBackup } from '../../../src/image/backup/backup-verify.ts';
import {
  type BackupLab,
  idsOf,
  makeBackupLab,
  packsOn,
  withVolume,
} from '../../helpers/backup-lab.ts';
import { MIB, patch } from '../../helpers/disk-lab.ts';
import { publishLetters, requestOf, writeHandMadePack } from '../../helpers/hand-made-image.ts';
import { requires } from '../../helpers/requires.ts';

const ready = (t: ExecutionContext): boolean => requires(t, 'fsck.fat', 'sfdisk');

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
