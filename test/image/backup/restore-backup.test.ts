import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { restoreFromBackup } from '../../../src/image/backup/restore-backup.ts';
import { planRestore } from '../../../src/image/restore-plan.ts';
import { makeKeyPair } from '../../../src/image/store/signature.ts';
import { verifyDisk } from '../../../src/image/verify-disk.ts';
import {
  BACKUP_PARTITION,
  type BackupLab,
  makeBackupLab,
  OS,
  osBytes,
  packsOn,
} from '../../helpers/backup-lab.ts';
import { blocksOf, MIB, patch } from '../../helpers/disk-lab.ts';
import { Noise } from '../../helpers/noise.ts';
import { Random } from '../../helpers/random.ts';
import { requires } from '../../helpers/requires.ts';

const PLACE = { offset: OS.startMib * MIB, size: OS.sizeMib * MIB, type: 'ext4' } as const;

const ready = (t: ExecutionContext): boolean => requires(t, 'debugfs', 'sfdisk', 'mkfs.ext4');

const repair = (lab: BackupLab, more: Partial<Parameters<typeof restoreFromBackup>[0]> = {}) =>
  restoreFromBackup({ path: lab.disk, partitions: [{ from: OS.number, to: OS.number }], ...more });

/** Puts noise over used blocks of the OS partition. */
const wreck = async (lab: BackupLab, count: number): Promise<void> => {
  const used = await blocksOf(lab.disk, PLACE, true);
  const random = new Random(count);
  const noise = new Noise('wreck');
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(used[random.below(used.length)] ?? PLACE.offset);
  for (const offset of chosen) patch(lab.disk, offset, noise.bytes(4096));
};

test('200 damaged places of the OS partition are repaired from the same disk', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  const id = await lab.newVersion('one');
  await lab.fill('lab');
  const before = readFileSync(lab.disk);
  await wreck(lab, 200);
  t.false(readFileSync(lab.disk).equals(before));
  const report = await repair(lab);
  t.like(report, { id, name: 'lab', writtenBytes: 200 * 4096, savedTable: null, passedOver: [] });
  t.true(readFileSync(lab.disk).equals(before), 'every byte of the disk is as it was');
  t.like(await repair(lab), { writtenBytes: 0, passedOver: [] });
  const toIts = [{ to: OS.number }] as const;
  t.like(await repair(lab, { partitions: toIts }), { writtenBytes: 0 }, 'the OS is found');
});

test('a whole OS partition of noise comes back, block by used block', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  await lab.newVersion('one');
  await lab.fill('lab', { packLimitBytes: MIB });
  const used = await blocksOf(lab.disk, PLACE, true);
  const before = osBytes(lab.disk);
  patch(lab.disk, PLACE.offset, new Noise('all').bytes(PLACE.size));
  await repair(lab);
  const after = osBytes(lab.disk);
  for (const offset of used) {
    const at = offset - PLACE.offset;
    if (!after.subarray(at, at + 4096).equals(before.subarray(at, at + 4096))) t.fail(`${offset}`);
  }
  using backup = await lab.open();
  const partitions = [{ from: OS.number, to: OS.number }];
  t.true((await verifyDisk({ store: backup, image: 'lab', path: lab.disk, partitions })).same);
});

/** Two generations; resolves to their ids and the pack that the second one brought. */
const twoGenerations = async (lab: BackupLab) => {
  const first = await lab.newVersion('one');
  await lab.fill('lab');
  const old = new Set((await packsOn(lab)).map(({ id }) => id));
  const second = await lab.newVersion('two');
  await lab.fill('lab');
  const [added] = (await packsOn(lab)).filter(({ id }) => !old.has(id));
  if (added === undefined) throw new TypeError('no new pack');
  return { first, second, added };
};

test('a damaged current generation leads to the older one, and the result names both', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  const { first, second, added } = await twoGenerations(lab);
  patch(lab.disk, added.offset + Math.floor(added.sizeBytes / 2), Buffer.from('damage'));
  // Every chunk is needed then, also that of the damaged place.
  const used = await blocksOf(lab.disk, PLACE, true);
  for (const offset of used) patch(lab.disk, offset, Buffer.alloc(4096, 0xee));
  const report = await repair(lab);
  t.is(report.id, first);
  t.like(report.passedOver, [{ id: second, code: 'IMAGE_CHUNK_DAMAGED' }]);
  t.like(await repair(lab, { generation: first }), { writtenBytes: 0, id: first });
  using backup = await lab.open();
  const partitions = [{ from: OS.number, to: OS.number }];
  const image = `lab@${first}`;
  t.true((await verifyDisk({ store: backup, image, path: lab.disk, partitions })).same);
});

for (const [title, damage] of [
  ['manifest', 'manifests'],
  ['pack index', 'packs'],
] as const) {
  test(`a damaged ${title} of the current generation leads to the older one`, async (t) => {
    if (!ready(t)) return;
    const lab = await makeBackupLab(t, { ext4: true });
    const { first, second, added } = await twoGenerations(lab);
    {
      using backup = await lab.open();
      const name = damage === 'packs' ? undefined : `manifests/${second}.manifest`;
      const place = name === undefined ? undefined : await backup.files.packPlace(name);
      const offset = place?.ranges?.[0]?.offset ?? added.offset + added.sizeBytes - 200;
      patch(lab.disk, offset + 100, Buffer.from([1, 2, 3, 4]));
    }
    const report = await repair(lab);
    t.is(report.id, first);
    t.is(report.passedOver[0]?.id, second);
  });
}

test('when every generation is damaged the reasons of all are named', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  await twoGenerations(lab);
  for (const { offset, sizeBytes } of await packsOn(lab))
    patch(lab.disk, offset + sizeBytes - 10, Buffer.from('damage'));
  const error = await t.throwsAsync(repair(lab), { code: 'BACKUP_UNUSABLE' });
  t.regex(error?.message ?? '', /[0-9a-f]{8}: .*; [0-9a-f]{8}: /);
});

test('a partition without generations says so', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  await t.throwsAsync(repair(lab), { code: 'BACKUP_NO_GENERATION' });
  await lab.newVersion('one');
  await lab.fill('lab');
  await t.throwsAsync(repair(lab, { generation: 'f'.repeat(64) }), {
    code: 'BACKUP_NO_GENERATION',
  });
});

test('with trust a generation that nobody signed is passed over', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  const { privatePem, publicPem } = makeKeyPair();
  const first = await lab.newVersion('one');
  await lab.store.sign(first, privatePem);
  await lab.fill('lab');
  const second = await lab.newVersion('two');
  await lab.fill('lab');
  const report = await repair(lab, { trust: [publicPem] });
  t.is(report.id, first);
  t.like(report.passedOver, [{ id: second, code: 'IMAGE_UNTRUSTED' }]);
  t.is((await repair(lab)).id, second);
});

test('a restore over the partition that it reads from is refused before the first write', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  await lab.newVersion('one');
  await lab.fill('lab');
  const before = readFileSync(lab.disk);
  const over = [{ from: OS.number, to: BACKUP_PARTITION.number }] as const;
  await t.throwsAsync(repair(lab, { partitions: over }), { code: 'BACKUP_OVERWRITES_ITSELF' });
  t.true(readFileSync(lab.disk).equals(before));
});

test('a whole-disk restore from the disk itself is refused when the new table lacks the partition', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  const source = lab.at('single.img');
  await lab.noise('single.img', 8 * MIB);
  await lab.capture(source, { name: 'bare' });
  await lab.fill('bare');
  using backup = await lab.open();
  await t.throwsAsync(planRestore({ store: backup, image: 'bare', path: lab.disk }), {
    code: 'BACKUP_OVERWRITES_ITSELF',
  });
  const target = await lab.noise('target', 70 * MIB);
  await t.notThrowsAsync(planRestore({ store: backup, image: 'bare', path: target }));
});

test('an image is found by name, by id and as latest, and others are refused', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t, { ext4: true });
  const { first, second } = await twoGenerations(lab);
  using backup = await lab.open();
  t.is((await backup.resolve('lab')).id, second);
  t.is((await backup.resolve('lab:latest')).id, second);
  t.is((await backup.resolve(`lab@${first.slice(0, 8)}`)).id, first);
  t.is((await backup.resolve(first)).id, first);
  for (const image of ['other', 'lab:stable', 'lab@00000000'])
    await t.throwsAsync(backup.resolve(image), { code: 'BACKUP_NO_GENERATION' });
  await t.throwsAsync(backup.resolve('NO NAME'), { code: 'IMAGE_NAME' });
});
