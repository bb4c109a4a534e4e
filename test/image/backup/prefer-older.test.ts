import test from 'ava';
import { findBackup } from '../../../src/image/backup/backup-place.ts';
import { preferOlder } from '../../../src/image/backup/prefer-older.ts';
import { makeBackupLab } from '../../helpers/backup-lab.ts';
import { MIB } from '../../helpers/disk-lab.ts';
import { requires } from '../../helpers/requires.ts';

test('the older generation takes the place of one that is of no use, once, until that is filled again', async (t) => {
  if (!requires(t, 'fsck.fat', 'sfdisk')) return;
  const lab = await makeBackupLab(t);
  const first = await lab.newVersion('one');
  await lab.fill('lab');
  const place = await findBackup({ path: lab.disk });
  t.is(await preferOlder(place, first), undefined, 'there is no other');
  const second = await lab.newVersion('two', MIB);
  await lab.fill('lab');
  t.like(await preferOlder(place, second), { id: first, name: 'lab', isCurrent: true });
  const current = async () => {
    using backup = await lab.open();
    return (await backup.generations()).map(({ id, isCurrent }) => [id, isCurrent]);
  };
  const wanted = [
    [second, false],
    [first, true],
  ];
  t.deepEqual(await current(), wanted);
  t.like(await preferOlder(place, second), { id: first });
  t.deepEqual(await current(), wanted);
  t.notThrows(lab.fsck);
  const { copiedBytes } = await lab.fill('lab');
  t.is(copiedBytes, 0);
  t.deepEqual(await current(), [
    [second, true],
    [first, false],
  ]);
});
