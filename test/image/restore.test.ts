import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { NacreError } from '../../src/errors.ts';
import { applyRestore } from '../../src/image/restore.ts';
import { planRestore } from '../../src/image/restore-plan.ts';
import { makeKeyPair } from '../../src/image/store/signature.ts';
import { verifyDisk } from '../../src/image/verify-disk.ts';
import {
  blocksOf,
  cutVolume,
  type DiskLab,
  gptDisk,
  MBR_VOLUMES,
  MIB,
  makeLab,
  mbrDisk,
  patch,
  peek,
  sameBlocks,
} from '../helpers/disk-lab.ts';
import { makeExt4, makeNtfs, run } from '../helpers/volumes.ts';

const checkNtfs = (volume: string): string => run('ntfsfix', ['-n', volume]);
const checkExt = (volume: string): string => run('e2fsck', ['-f', '-n', volume]);

const verify = (lab: DiskLab, target: string) =>
  verifyDisk({ store: lab.store, image: 'lab', path: target });

test('a restore onto a larger disk full of noise writes the used blocks and no other', async (t) => {
  const lab = await makeLab(t);
  const source = mbrDisk(lab);
  const captured = await lab.capture(source);
  const target = await lab.noise('target', 80 * MIB);
  const before = lab.at('before');
  execFileSync('cp', [target, before]);
  const report = await lab.restore(target);
  t.is(report.writtenBytes + report.unchangedBytes, captured.usedBytes);
  t.is(report.verifiedBytes, captured.usedBytes);
  for (const place of MBR_VOLUMES) {
    t.true(sameBlocks(source, target, await blocksOf(source, place, true)));
    t.true(sameBlocks(before, target, await blocksOf(source, place, false)));
  }
  t.true(peek(target, 0, MIB).equals(peek(source, 0, MIB)));
  t.notThrows(() => run('sfdisk', ['--verify', target]));
  t.notThrows(() => checkNtfs(cutVolume(target, lab.at('ntfs'), 1, 24)));
  t.notThrows(() => checkExt(cutVolume(target, lab.at('ext4'), 25, 36)));
  t.like(await verify(lab, target), { same: true, differingBytes: 0, ranges: [] });
});

test('a second restore writes nothing and saves no table', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const target = await lab.noise('target', 64 * MIB);
  const first = await lab.restore(target);
  t.true(existsSync(first.savedTable ?? ''));
  t.like(await lab.restore(target), { writtenBytes: 0, chunksWritten: 0, savedTable: null });
});

test('a repair writes the damaged blocks, and the table and boot code if they are gone', async (t) => {
  const lab = await makeLab(t);
  const source = mbrDisk(lab);
  await lab.capture(source);
  const target = await lab.noise('target', 64 * MIB);
  await lab.restore(target);
  const [ntfs] = MBR_VOLUMES;
  if (ntfs === undefined) throw new TypeError('no volume');
  const used = (await blocksOf(source, ntfs, true)).filter((_, index) => index % 40 === 7);
  for (const offset of used) patch(target, offset + 100, Buffer.from('damage'));
  patch(target, 0, Buffer.alloc(1024, 7));
  const found = await verify(lab, target);
  t.false(found.same);
  t.is(found.differingBytes, used.length * 4096);
  t.true(found.tableDifferences.length > 0);
  const report = await lab.restore(target);
  t.is(report.writtenBytes, used.length * 4096);
  t.true(peek(target, 0, MIB).equals(peek(source, 0, MIB)));
  t.true((await verify(lab, target)).same);
});

test('a disk that is too small by one sector is refused and left alone', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  // The last partition ends at 61 MiB.
  const target = await lab.noise('target', 61 * MIB - 512);
  const before = readFileSync(target);
  await t.throwsAsync(lab.restore(target), {
    code: 'DISK_TOO_SMALL',
    message: new RegExp(`${61 * MIB - 512} .* ${61 * MIB}`),
  });
  t.true(readFileSync(target).equals(before));
  truncateSync(target, 61 * MIB);
  await t.notThrowsAsync(lab.restore(target));
});

test('a GPT moves its backup to the end and needs room for it', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(gptDisk(lab));
  const target = await lab.noise('target', 120 * MIB);
  await lab.restore(target);
  t.regex(run('sgdisk', ['-v', target]), /No problems found/);
  t.is(peek(target, 120 * MIB - 512, 8).toString(), 'EFI PART');
  t.true((await verify(lab, target)).same);
  const small = await lab.noise('small', 71 * MIB + 33 * 512 - 512);
  await t.throwsAsync(lab.restore(small), { code: 'DISK_TOO_SMALL' });
  truncateSync(small, 71 * MIB + 33 * 512);
  await t.notThrowsAsync(lab.restore(small));
  t.regex(run('sgdisk', ['-v', small]), /No problems found/);
});

test('an MBR image over a GPT disk leaves no GPT behind', async (t) => {
  const lab = await makeLab(t);
  const target = gptDisk(lab);
  await lab.capture(mbrDisk(lab));
  await lab.restore(target);
  t.regex(run('parted', ['-s', '-m', target, 'print']), /:msdos:/);
  t.not(peek(target, 96 * MIB - 512, 8).toString(), 'EFI PART');
});

test('a partition at another place gets its boot fields in both boot sectors', async (t) => {
  const lab = await makeLab(t);
  const volume = makeNtfs(lab.at('bare'), 24);
  await lab.capture(volume);
  const target = await lab.noise('target', 64 * MIB);
  const table = 'label: dos\nstart=2048, size=2048, type=c\nstart=8192, size=65536, type=7\n';
  execFileSync('/usr/sbin/sfdisk', ['-q', target], { input: table });
  const head = peek(target, 0, 4 * MIB);
  await lab.restore(target, { partitions: [{ from: 0, to: 2 }] });
  t.true(peek(target, 0, 4 * MIB).equals(head));
  for (const sector of [4 * MIB, 4 * MIB + 24 * MIB - 512]) {
    t.is(peek(target, sector + 0x1c, 4).readUInt32LE(), 8192);
    t.is(peek(target, sector + 0x18, 2).readUInt16LE(), 63);
    t.is(peek(target, sector + 0x1a, 2).readUInt16LE(), 255);
  }
  t.notThrows(() => checkNtfs(cutVolume(target, lab.at('moved'), 4, 24)));
  const partitions = [{ from: 0, to: 2 }];
  t.true((await verifyDisk({ store: lab.store, image: 'lab', path: target, partitions })).same);
  patch(target, 4 * MIB + 0x1c, Buffer.from([1, 2, 3, 4]));
  t.false((await verifyDisk({ store: lab.store, image: 'lab', path: target, partitions })).same);
});

test('a partition without room is refused with both sizes', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(makeExt4(lab.at('bare'), 32));
  const target = mbrDisk(lab);
  await t.throwsAsync(lab.restore(target, { partitions: [{ from: 0, to: 1 }] }), {
    code: 'DISK_PARTITION_TOO_SMALL',
    message: new RegExp(`${24 * MIB} bytes.*${32 * MIB}`),
  });
  await t.throwsAsync(lab.restore(target, { partitions: [{ from: 0, to: 9 }] }), {
    code: 'DISK_NO_PARTITION',
  });
  await t.throwsAsync(lab.restore(target, { partitions: [{ from: 3, to: 1 }] }), {
    code: 'IMAGE_NO_PARTITION',
  });
});

test('only a trusted signature opens a restore with trust', async (t) => {
  const lab = await makeLab(t);
  const release = makeKeyPair();
  const other = makeKeyPair();
  await lab.capture(mbrDisk(lab), { signingKey: release.privatePem });
  const target = await lab.noise('target', 64 * MIB);
  const refused = lab.restore(target, { trust: [other.publicPem] });
  await t.throwsAsync(refused, { code: 'IMAGE_UNTRUSTED' });
  const report = await lab.restore(target, { trust: [other.publicPem, release.publicPem] });
  t.is(report.signedBy.length, 1);
});

test('a disk that is not the one of the plan is refused', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const target = await lab.noise('target', 80 * MIB);
  const plan = await planRestore({ store: lab.store, image: 'lab', path: target });
  truncateSync(target, 70 * MIB);
  await t.throwsAsync(applyRestore(plan, { savedTable: lab.at('saved') }), {
    code: 'DISK_CHANGED',
  });
  t.false(existsSync(lab.at('saved')));
});

test('the plan tells an empty disk from one with content that it does not know', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const target = lab.at('target');
  writeFileSync(target, '');
  truncateSync(target, 64 * MIB);
  const lostOf = async () => (await planRestore({ ...lab, image: 'lab', path: target })).lost;
  t.deepEqual(await lostOf(), ['the whole disk (empty: it begins and ends with zeros)']);
  patch(target, 64 * MIB - 1, Buffer.from('x'));
  t.deepEqual(await lostOf(), ['the whole disk (unknown content)']);
});

test('nothing is written where the old table cannot be saved', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const target = await lab.noise('target', 64 * MIB);
  const before = readFileSync(target);
  const plan = await planRestore({ store: lab.store, image: 'lab', path: target });
  writeFileSync(lab.at('mine'), 'a file of somebody else');
  for (const savedTable of [lab.at('missing/saved'), lab.at('mine')]) {
    const error = await t.throwsAsync(applyRestore(plan, { savedTable }), {
      instanceOf: NacreError,
    });
    t.deepEqual([error?.code, error?.exitCode], ['SAVED_TABLE_UNWRITABLE', 3]);
  }
  t.true(readFileSync(target).equals(before));
});

test('a restore that was cancelled goes on with the table that it had saved', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const target = gptDisk(lab);
  const savedTable = lab.at('saved');
  const plan = await planRestore({ store: lab.store, image: 'lab', path: target });
  const cancelled = applyRestore(plan, { savedTable, signal: AbortSignal.abort() });
  await t.throwsAsync(cancelled, { code: 'CANCELLED' });
  const saved = readFileSync(savedTable);
  t.is(peek(target, 512, 8).toString(), 'EFI PART', 'the old table stays until the data is right');
  t.is((await applyRestore(plan, { savedTable })).savedTable, savedTable);
  t.true(readFileSync(savedTable).equals(saved));
  t.true((await verify(lab, target)).same);
  truncateSync(target, 0);
  truncateSync(target, 96 * MIB);
  await t.throwsAsync(applyRestore(plan, { savedTable }), { code: 'SAVED_TABLE_UNWRITABLE' });
});

test('sectors of another size are refused', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const target = await lab.noise('target', 64 * MIB);
  await t.throwsAsync(lab.restore(target, { sectorSize: 4096 }), { code: 'DISK_SECTOR_SIZE' });
});

test('a damaged pack is named before its chunk is written', async (t) => {
  const lab = await makeLab(t);
  await lab.capture(mbrDisk(lab));
  const packs = lab.at('store/packs');
  const pack = readdirSync(packs, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('.pack'),
  );
  patch(path.join(packs, pack ?? ''), 5000, Buffer.from('flip'));
  const target = await lab.noise('target', 64 * MIB);
  await t.throwsAsync(lab.restore(target), {
    code: 'IMAGE_CHUNK_DAMAGED',
    message: /of partition 1 is damaged/,
  });
});

test('logical partitions come back where they were', async (t) => {
  const lab = await makeLab(t);
  const source = await lab.noise('source', 40 * MIB);
  const table =
    'label: dos\nstart=2048, size=20480, type=83\nstart=24576, size=51200, type=5\n' +
    'start=26624, size=8192, type=83\nstart=40960, size=8192, type=7\n';
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input: table });
  await lab.capture(source);
  const target = await lab.noise('target', 48 * MIB);
  await lab.restore(target);
  const rows = (file: string) =>
    run('sfdisk', ['-J', file])
      .replaceAll(file, 'disk')
      .replace(/"label-id".*\n/, '');
  t.is(rows(target), rows(source));
  t.true((await verify(lab, target)).same);
});
