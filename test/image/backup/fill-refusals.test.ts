import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { openForWrite } from '../../../src/disk/device.ts';
import { formatFat } from '../../../src/disk/fat.ts';
import { planFill } from '../../../src/image/backup/fill-plan.ts';
import { BACKUP_LABEL } from '../../../src/image/layout/layout-names.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { idsOf, makeBackupLab, withVolume } from '../../helpers/backup-lab.ts';
import { MIB } from '../../helpers/disk-lab.ts';
import { requires } from '../../helpers/requires.ts';
import { emptyFile } from '../../helpers/volumes.ts';

const ready = (t: ExecutionContext): boolean => requires(t, 'fsck.fat', 'sfdisk');

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
