import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import test from 'ava';
import { NacreError } from '../../src/errors.ts';
import { makeKeyPair } from '../../src/image/store/signature.ts';
import {
  blocksOf,
  gptDisk,
  MBR_VOLUMES,
  MIB,
  makeLab,
  mbrDisk,
  patch,
} from '../helpers/disk-lab.ts';
import { makeExt4, makeNtfs } from '../helpers/volumes.ts';

test('a capture stores used blocks and says so', async (t) => {
  const lab = await makeLab(t);
  const report = await lab.capture(mbrDisk(lab), { comment: 'first', title: '教室' });
  t.is(report.diskBytes, 64 * MIB);
  t.deepEqual(
    report.partitions.map(({ number, fileSystem, startBytes, sizeBytes }) => [
      ...[number, fileSystem, startBytes, sizeBytes],
    ]),
    MBR_VOLUMES.map(({ type, offset, size }, index) => [index + 1, type, offset, size]),
  );
  t.true(report.usedBytes < 24 * MIB && report.usedBytes > 6 * MIB);
  t.true(report.storedBytes > 0 && report.storedBytes < report.usedBytes);
  t.is(report.parent, null);
  t.is(report.skippedBytes, 0);
  const manifest = await lab.store.readManifest(report.id);
  t.is(manifest.title, '教室');
  t.is(manifest.bootRegions.length, 2);
});

test('a second capture of an unchanged disk stores nothing', async (t) => {
  const lab = await makeLab(t);
  const disk = mbrDisk(lab);
  const first = await lab.capture(disk);
  const second = await lab.capture(disk);
  t.is(second.parent, first.id);
  t.is(second.newChunks, 0);
  t.is(second.storedBytes, 0);
  t.is(second.usedBytes, first.usedBytes);
});

test('a change stores its chunks only', async (t) => {
  const lab = await makeLab(t);
  const disk = mbrDisk(lab);
  await lab.capture(disk);
  const [, ext4] = MBR_VOLUMES;
  if (ext4 === undefined) throw new TypeError('no volume');
  // The last used blocks are file contents, which no checksum guards.
  const block = (await blocksOf(disk, ext4, true)).at(-3) ?? 0;
  patch(disk, block, Buffer.from('changed'));
  const second = await lab.capture(disk);
  t.is(second.newChunks, 1);
  t.true(second.storedBytes < 80 * 1024);
});

test('a difference is compressed harder than a first version, unless a level is given', async (t) => {
  // Program code, as a difference of a real disk has it.
  const code = readFileSync(process.execPath).subarray(2 * MIB, 3 * MIB);
  const differenceBytes = async (level?: number): Promise<number> => {
    const lab = await makeLab(t);
    const disk = await lab.noise('terminal', 2 * MIB);
    await lab.capture(disk);
    patch(disk, 0, code);
    return (await lab.capture(disk, { level })).storedBytes;
  };
  const usual = await differenceBytes();
  t.is(usual, await differenceBytes(5));
  t.true(usual < (await differenceBytes(1)));
});

test('chosen partitions are captured, unknown ones refused', async (t) => {
  const lab = await makeLab(t);
  const disk = mbrDisk(lab);
  const report = await lab.capture(disk, { partitions: [2] });
  t.deepEqual(
    report.partitions.map(({ number }) => number),
    [2],
  );
  const error = await t.throwsAsync(lab.capture(disk, { partitions: [2, 5] }), {
    instanceOf: NacreError,
    code: 'DISK_NO_PARTITION',
  });
  t.regex(error?.message ?? '', /no partition 5 \(it has 1, 2\)/);
});

test('a volume on a bare disk is partition 0', async (t) => {
  const lab = await makeLab(t);
  const volume = makeExt4(lab.at('bare'), 32);
  execFileSync('/usr/sbin/e2label', [volume, 'signs']);
  const report = await lab.capture(volume);
  t.like(report.partitions[0], { name: 'signs', number: 0, fileSystem: 'ext4', startBytes: 0 });
});

test('an empty disk is one raw partition without a byte stored', async (t) => {
  const lab = await makeLab(t);
  const report = await lab.capture(await lab.noise('small', MIB));
  t.like(report.partitions[0], { number: 0, fileSystem: 'raw', usedBytes: MIB });
});

test('a dirty volume is refused, and taken whole with forceRaw', async (t) => {
  const lab = await makeLab(t);
  const volume = makeNtfs(lab.at('dirty'), 24);
  // ntfsresize orders a check of what it changed by the volume's dirty flag.
  execFileSync('/usr/sbin/ntfsresize', ['-f', '-f', '-s', '20M', volume], { stdio: 'ignore' });
  await t.throwsAsync(lab.capture(volume), { code: 'IMAGE_SOURCE_DIRTY' });
  const report = await lab.capture(volume, { forceRaw: true });
  t.like(report.partitions[0], { fileSystem: 'raw', usedBytes: 24 * MIB });
});

test('a source that changes while it is read is not published', async (t) => {
  const lab = await makeLab(t);
  const disk = mbrDisk(lab);
  const touch = (): void => utimesSync(disk, new Date(1), new Date(Math.random() * 1e9));
  await t.throwsAsync(lab.capture(disk, { onProgress: touch }), { code: 'IMAGE_SOURCE_CHANGED' });
  await t.throwsAsync(lab.store.resolve('lab'), { code: 'IMAGE_NOT_FOUND' });
  t.deepEqual(readdirSync(lab.at('store/packs')), []);
});

test('a cancelled capture leaves nothing visible', async (t) => {
  const lab = await makeLab(t);
  const signal = AbortSignal.abort();
  await t.throwsAsync(lab.capture(mbrDisk(lab), { signal }), { code: 'CANCELLED' });
  await t.throwsAsync(lab.store.resolve('lab'), { code: 'IMAGE_NOT_FOUND' });
  t.deepEqual(readdirSync(lab.at('store/tmp')), []);
});

test('a GPT keeps its GUIDs, names and attributes', async (t) => {
  const lab = await makeLab(t);
  const report = await lab.capture(gptDisk(lab), { signingKey: makeKeyPair().privatePem });
  t.deepEqual(
    report.partitions.map(({ role, name }) => [role, name]),
    [
      ['efi-system', 'EFI'],
      ['basic-data', ''],
    ],
  );
  t.is((await lab.store.readSignatures(report.id)).length, 1);
  t.is((await lab.store.readManifest(report.id)).disk.table, 'gpt');
  t.is(statSync(lab.at('gpt.img')).size, 96 * MIB);
});
