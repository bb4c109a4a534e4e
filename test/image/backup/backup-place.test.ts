import test from 'ava';
import { openForWrite } from '../../../src/disk/device.ts';
import { formatFat } from '../../../src/disk/fat.ts';
import { runTool } from '../../../src/disk/tool.ts';
import { openBackupOf } from '../../../src/image/backup/backup.ts';
import { findBackup } from '../../../src/image/backup/backup-place.ts';
import { restoreFromBackup } from '../../../src/image/backup/restore-backup.ts';
import { BACKUP_LABEL } from '../../../src/image/layout/layout-names.ts';
import { BACKUP_PARTITION, makeBackupLab } from '../../helpers/backup-lab.ts';
import { MIB, patch } from '../../helpers/disk-lab.ts';
import { attachLoop, mountOn } from '../../helpers/loop-device.ts';
import { requires } from '../../helpers/requires.ts';
import { emptyFile } from '../../helpers/volumes.ts';

test('a backup partition is found by its label', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const { disk, window } = await makeBackupLab(t);
  const place = await findBackup({ path: disk });
  t.like(place, { number: BACKUP_PARTITION.number, path: disk, window });
  t.is(place.location, `${disk} partition 2`);
  t.deepEqual(await findBackup({ path: disk, partition: 2 }), place);
});

test('none, several, one that is no FAT32 and one that is not there are told apart', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const lab = await makeBackupLab(t, { backupMib: 36 });
  const { disk, window } = lab;
  await t.throwsAsync(findBackup({ path: disk, partition: 1 }), { code: 'BACKUP_NOT_FAT32' });
  await t.throwsAsync(findBackup({ path: disk, partition: 7 }), { code: 'DISK_NO_PARTITION' });
  {
    using open = await openForWrite(disk);
    const first = { startBytes: MIB, sizeBytes: 24 * MIB };
    const options = { type: 'fat32', label: BACKUP_LABEL, allowFewClusters: true } as const;
    await formatFat(open, first, options);
  }
  const error = await t.throwsAsync(findBackup({ path: disk }), { code: 'BACKUP_SEVERAL' });
  t.regex(error?.message ?? '', /partitions 1, 2/);
  t.is((await findBackup({ path: disk, partition: 2 })).window.startBytes, window.startBytes);
  {
    using open = await openForWrite(disk);
    for (const at of [MIB, window.startBytes])
      await formatFat(
        open,
        { startBytes: at, sizeBytes: 24 * MIB },
        { type: 'fat16', label: BACKUP_LABEL },
      );
  }
  await t.throwsAsync(findBackup({ path: disk }), { code: 'BACKUP_NOT_FOUND' });
});

test('a backup volume on a disk without a table is partition 0', async (t) => {
  const { at } = await makeBackupLab(t);
  const disk = emptyFile(at('bare.img'), 40);
  {
    using open = await openForWrite(disk);
    const whole = { startBytes: 0, sizeBytes: 40 * MIB };
    await formatFat(open, whole, { type: 'fat32', label: BACKUP_LABEL });
  }
  t.like(await findBackup({ path: disk }), { number: 0, location: disk });
});

test('the backup partition of a running device is filled; unmounted, the device repairs itself', async (t) => {
  if (!requires(t, 'root', 'losetup', 'partx', 'sfdisk')) return;
  const lab = await makeBackupLab(t, { ext4: true });
  const id = await lab.newVersion('one');
  const loop = await attachLoop(t, lab.disk);
  // Where nobody listens for new disks, the kernel is told.
  await runTool('partx', ['--add', loop], { accept: [0, 1] });
  const { path } = await findBackup({ path: loop });
  t.is(path, `${loop}p2`);
  using backup = await openBackupOf({ path });
  t.is(backup.diskPlace.startBytes, lab.window.startBytes, 'on the whole disk');
  await mountOn(t, `${loop}p1`, lab.at('mounted'));
  t.like(await lab.fill('lab', { path: loop }), { id, partition: 2 });
  const partitions = [{ from: 1, to: 1 }] as const;
  await t.throwsAsync(restoreFromBackup({ path: loop, partitions }), { code: 'DISK_IN_USE' });
  await runTool('umount', [lab.at('mounted')]);
  patch(loop, 2 * MIB, Buffer.alloc(64 * 1024, 'damage'));
  const repaired = await restoreFromBackup({ path: loop, partitions });
  t.like(repaired, { id, passedOver: [] });
  t.true(repaired.writtenBytes > 0);
  t.is((await restoreFromBackup({ path: loop, partitions })).writtenBytes, 0);
  const onto = [{ from: 1, to: 0 }] as const;
  const itself = restoreFromBackup({ path, partitions: onto });
  await t.throwsAsync(itself, { code: 'BACKUP_OVERWRITES_ITSELF' });
});
