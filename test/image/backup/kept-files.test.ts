import { writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { BACKUP_FILES } from '../../../src/disk/boot-places.ts';
import { openForWrite } from '../../../src/disk/device.ts';
import { FatVolume } from '../../../src/disk/fat.ts';
import { findBackup } from '../../../src/image/backup/backup-place.ts';
import {
  changeKeptFiles,
  type KeptSource,
  placeOfKept,
  readKeptFiles,
} from '../../../src/image/backup/kept-files.ts';
import { type BackupLab, makeBackupLab } from '../../helpers/backup-lab.ts';
import { MIB, peek } from '../../helpers/disk-lab.ts';
import { Noise } from '../../helpers/noise.ts';
import { requires } from '../../helpers/requires.ts';

const sourceOf = (lab: BackupLab, path: string, content: Buffer): KeptSource => {
  const from = lab.at(`source-${path.replaceAll('/', '-')}`);
  writeFileSync(from, content);
  return { path, from, mode: 0o600, owner: 1, group: 2 };
};

const keep = async (lab: BackupLab, sources: readonly KeptSource[]) =>
  changeKeptFiles(await findBackup({ path: lab.disk }), sources);

const namesOf = async (lab: BackupLab): Promise<readonly string[]> => {
  using backup = await lab.open();
  const items = await backup.volume.list(BACKUP_FILES.keptFolder);
  return items.map(({ name }) => name).sort();
};

const ready = (t: ExecutionContext): boolean => requires(t, 'fsck.fat', 'sfdisk');

test('kept files lie in one piece each, proved, beside the generations', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  await lab.newVersion('one');
  await lab.fill('lab');
  const large = new Noise('agent').bytes(3 * MIB + 17);
  const sources = [
    sourceOf(lab, 'etc/hostname', Buffer.from('till-7\n')),
    sourceOf(lab, 'opt/agent', large),
    sourceOf(lab, 'etc/empty', Buffer.alloc(0)),
  ];
  const files = await keep(lab, sources);
  t.deepEqual(
    files.map(({ path, sizeBytes, owner }) => [path, sizeBytes, owner]),
    [
      ['etc/hostname', 7, 1],
      ['opt/agent', large.length, 1],
      ['etc/empty', 0, 1],
    ],
  );
  using backup = await lab.open();
  t.deepEqual(await readKeptFiles(backup), files);
  const [, agent] = files;
  if (agent === undefined) throw new TypeError();
  const { offset, length } = await placeOfKept(backup, agent);
  t.true(peek(lab.disk, lab.window.startBytes + offset, length).equals(large));
  t.like((await backup.generations())[0], { complete: true, verified: true });
  t.notThrows(() => lab.fsck());
});

test('a new list takes the place of the old one, and its contents go', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const host = sourceOf(lab, 'etc/hostname', Buffer.from('till-7\n'));
  const [first] = await keep(lab, [host, sourceOf(lab, 'key', Buffer.from('secret'))]);
  t.is((await namesOf(lab)).length, 3);
  const [again] = await keep(lab, [host]);
  t.deepEqual(again, first);
  t.deepEqual(await namesOf(lab), [String(first?.sha256), 'list.json'].sort());
  t.deepEqual(await keep(lab, []), []);
  t.deepEqual(await namesOf(lab), ['list.json']);
  t.notThrows(() => lab.fsck());
});

test('a fill leaves kept files alone, and a device that never had any has none', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  {
    using backup = await lab.open();
    t.deepEqual(await readKeptFiles(backup), []);
  }
  const files = await keep(lab, [sourceOf(lab, 'a', Buffer.from('a'))]);
  await lab.newVersion('one');
  await lab.fill('lab');
  using backup = await lab.open();
  t.deepEqual(await readKeptFiles(backup), files);
});

test('a path that no OS has is refused, and what was kept stays', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const files = await keep(lab, [sourceOf(lab, 'a', Buffer.from('a'))]);
  const bad = { ...sourceOf(lab, 'b', Buffer.from('b')), path: '../b' };
  await t.throwsAsync(keep(lab, [bad]), { code: 'IMAGE_FORMAT' });
  using backup = await lab.open();
  t.deepEqual(await readKeptFiles(backup), files);
});

test('a content that is damaged or missing is named', async (t) => {
  if (!ready(t)) return;
  const lab = await makeBackupLab(t);
  const [file] = await keep(lab, [sourceOf(lab, 'etc/key', Buffer.from('secret'))]);
  if (file === undefined) throw new TypeError();
  const name = `${BACKUP_FILES.keptFolder}/${file.sha256}`;
  const change = async (work: (volume: FatVolume) => Promise<void>) => {
    using disk = await openForWrite(lab.disk);
    using volume = await FatVolume.open(disk, lab.window);
    await work(volume);
    await volume.finish();
  };
  const fault = async (): Promise<string> => {
    using backup = await lab.open();
    const error = await t.throwsAsync(placeOfKept(backup, file), { code: 'KEPT_FILE_DAMAGED' });
    return error?.message ?? '';
  };
  await change((volume) => volume.write(name, Buffer.from('sEcret')));
  t.regex(await fault(), /etc\/key .* its SHA-256 is /);
  await change((volume) => volume.write(name, Buffer.from('short')));
  t.regex(await fault(), /it has 5 bytes, expected 6/);
  await change((volume) => volume.remove(name));
  t.regex(await fault(), /it is missing/);
});
