import { execFileSync } from 'node:child_process';
import test from 'ava';
import { NacreError } from '../../src/errors.ts';
import {
  blocksOf,
  type DiskLab,
  MBR_VOLUMES,
  MIB,
  makeLab,
  mbrDisk,
  patch,
  peek,
  sameBlocks,
} from '../helpers/disk-lab.ts';

const EXT4 = MBR_VOLUMES[1] ?? { offset: 0, size: 0, type: 'ext4' as const };
const USED_BLOCKS = 200;

/** Versions 1 and 2 of a disk, where 2 has other bytes in three used blocks, and a disk that holds version 1. */
const updated = async (lab: DiskLab) => {
  const source = mbrDisk(lab);
  const first = await lab.capture(source);
  const target = await lab.noise('target', 64 * MIB);
  await lab.restore(target);
  const used = await blocksOf(source, EXT4, true);
  const changed = used.slice(USED_BLOCKS, USED_BLOCKS + 3);
  for (const offset of changed) patch(source, offset, Buffer.from(`update at ${offset}`));
  const second = await lab.capture(source);
  return { source, target, used, changed, first, second };
};

const holds = async (source: string, target: string): Promise<boolean> => {
  for (const place of MBR_VOLUMES)
    if (!sameBlocks(source, target, await blocksOf(source, place, true))) return false;
  return peek(target, 0, MIB).equals(peek(source, 0, MIB));
};

test('a restore over the version that the disk holds looks only at the difference', async (t) => {
  const lab = await makeLab(t);
  const { source, target, first, second } = await updated(lab);
  const report = await lab.restore(target, { over: `lab@${first.id}` });
  t.is(report.writtenBytes, 3 * 4096);
  t.is(report.writtenBytes + report.unchangedBytes + report.trustedBytes, second.usedBytes);
  t.is(report.verifiedBytes, second.usedBytes - report.trustedBytes);
  // Three blocks in at most three chunks, and the chunks with boot fields.
  t.true(report.verifiedBytes <= 6 * 65_536, `${report.verifiedBytes}`);
  t.true(await holds(source, target));
});

test('what is taken on trust is not repaired before a restore without it', async (t) => {
  const lab = await makeLab(t);
  const { source, target, used, first } = await updated(lab);
  const elsewhere = used.at(-1) ?? 0;
  patch(target, elsewhere, Buffer.alloc(4096, 0x5a));
  await lab.restore(target, { over: `lab@${first.id}` });
  t.is(peek(target, elsewhere, 1)[0], 0x5a);
  t.is((await lab.restore(target)).writtenBytes, 4096);
  t.true(await holds(source, target));
});

test('chunks with boot fields are looked at even when both versions have them alike', async (t) => {
  const lab = await makeLab(t);
  const { source, target, first } = await updated(lab);
  patch(target, MIB, Buffer.alloc(512));
  await lab.restore(target, { over: `lab@${first.id}` });
  t.true(await holds(source, target));
});

test('a partition that no partition of the disk begins at is not taken on trust', async (t) => {
  const lab = await makeLab(t);
  const { source, target, first } = await updated(lab);
  patch(target, 0, Buffer.alloc(512));
  const report = await lab.restore(target, { over: `lab@${first.id}` });
  t.is(report.trustedBytes, 0);
  t.true(await holds(source, target));
});

test('a partition that was grown is not taken on trust', async (t) => {
  const lab = await makeLab(t);
  const source = mbrDisk(lab);
  const first = await lab.capture(source);
  const target = await lab.noise('target', 96 * MIB);
  await lab.restore(target, { grow: true });
  const second = await lab.capture(source);
  const report = await lab.restore(target, { over: `lab@${first.id}` });
  const [other, grown] = second.partitions;
  t.true(report.trustedBytes > 0 && report.trustedBytes <= (other?.usedBytes ?? 0));
  t.true(report.verifiedBytes >= (grown?.usedBytes ?? 0));
  t.is(report.partitions[1]?.sizeBytes, 36 * MIB);
  t.true(await holds(source, target));
});

test('an update that was cut off ends right when it is run again', async (t) => {
  const lab = await makeLab(t);
  const { source, target, changed, first } = await updated(lab);
  const [done = 0] = changed;
  patch(target, done, peek(source, done, 4096));
  const report = await lab.restore(target, { over: `lab@${first.id}` });
  t.is(report.writtenBytes, 2 * 4096);
  t.true(await holds(source, target));
});

test('versions with different digests cannot be laid over each other', async (t) => {
  const lab = await makeLab(t);
  const source = mbrDisk(lab);
  const first = await lab.capture(source, { algorithm: 2, name: 'old' });
  await lab.capture(source, { name: 'lab' });
  const target = lab.at('target');
  execFileSync('cp', [source, target]);
  const error = await t.throwsAsync(lab.restore(target, { over: `old@${first.id}` }), {
    instanceOf: NacreError,
  });
  t.is(error?.code, 'IMAGE_DIGESTS_DIFFER');
});
