import test from 'ava';
import { type OpenDisk, openForWrite } from '../../../src/disk/device.ts';
import { FatVolume } from '../../../src/disk/fat.ts';
import type { NativeDevice } from '../../../src/disk/native.ts';
import { lackedFrames } from '../../../src/image/backup/fill-frames.ts';
import { fillProgress } from '../../../src/image/backup/fill-progress.ts';
import { Pace } from '../../../src/image/backup/pace.ts';
import { copyFrames, NEW_PACK_BYTES } from '../../../src/image/backup/pack-copy.ts';
import { DigestIndex } from '../../../src/image/store/digest-index.ts';
import { digestsOf } from '../../../src/image/store/version-files.ts';
import { makeBackupLab } from '../../helpers/backup-lab.ts';
import { publishLetters } from '../../helpers/hand-made-image.ts';
import { requires } from '../../helpers/requires.ts';

/** The same disk, whose medium forgets one bit of each write. */
const forgetful = (disk: OpenDisk): OpenDisk => {
  const { device } = disk;
  const lying: NativeDevice = {
    sizeBytes: device.sizeBytes,
    isBlockDevice: device.isBlockDevice,
    logicalSectorSize: device.logicalSectorSize,
    read: (offset, length) => device.read(offset, length),
    write: (offset, bytes) => {
      const wrong = Buffer.from(bytes);
      wrong[wrong.length >> 1] = (wrong[wrong.length >> 1] ?? 0) ^ 1;
      return device.write(offset, wrong);
    },
    flush: () => device.flush(),
    zero: (offset, length) => device.zero(offset, length),
    discard: (offset, length) => device.discard(offset, length),
    close: () => device.close(),
  };
  return { ...disk, device: lying };
};

test('what the medium does not give back gets no name', async (t) => {
  if (!requires(t, 'sfdisk')) return;
  const lab = await makeBackupLab(t);
  const { id } = await publishLetters(lab.store, 'letters', 'ABCDEFGH');
  const manifest = await lab.store.readManifest(id);
  using disk = await openForWrite(lab.disk);
  using volume = await FatVolume.open(disk, lab.window);
  for (const folder of ['nacre', 'nacre/packs']) await volume.makeFolder(folder);
  const copy = (onto: OpenDisk): Promise<readonly string[]> =>
    lab.store.withPacks(id, (packs) => {
      const frames = lackedFrames(new DigestIndex(digestsOf(manifest)), [], packs);
      const target = { disk: onto, window: lab.window, volume };
      const options = { source: lab.store, pace: new Pace({}), packLimitBytes: NEW_PACK_BYTES };
      return copyFrames(target, frames, { ...options, onMoved: () => undefined });
    });
  const error = await t.throwsAsync(copy(forgetful(disk)), { code: 'DISK_READ_BACK' });
  t.regex(error?.message ?? '', /pack [0-9a-f]{64}/);
  const [folder] = await volume.list('nacre/packs');
  t.deepEqual(await volume.list(`nacre/packs/${folder?.name}`), []);
  const [pack = ''] = await copy(disk);
  t.is((await volume.list(`nacre/packs/${pack.slice(0, 2)}`))[0]?.name, `${pack}.pack`);
});

test('progress counts what was read back, is told ten times a second, and ends with all', (t) => {
  let ms = 0;
  const told: { doneBytes: number; writtenBytes: number }[] = [];
  const onMoved = fillProgress(
    1000,
    (one) => told.push(one),
    () => ms,
  );
  for (let piece = 0; piece < 11; piece++, ms += 60) onMoved({ written: 100 });
  t.true(told.every(({ doneBytes }) => doneBytes === 0));
  t.is(told.at(-1)?.writtenBytes, 1000);
  t.is(told.length, 6);
  for (let piece = 0; piece < 10; piece++) onMoved({ verified: 100 });
  t.is(told.at(-1)?.doneBytes, 1000);
});
