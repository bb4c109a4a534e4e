import test from 'ava';
import { openForWrite } from '../../src/disk/device.ts';
import { formatNtfs, type NtfsFormatOptions } from '../../src/disk/ntfs-format.ts';
import { makeNoiseDisk } from '../helpers/disk-file.ts';
import { requires } from '../helpers/requires.ts';
import { patch, probe, readAt, temporaryFolder, usedExtents } from '../helpers/volume.ts';
import { run } from '../helpers/volumes.ts';
import { NTFS_READER } from '../helpers/window-disk.ts';

const MIB = 2 ** 20;

interface Kind extends NtfsFormatOptions {
  readonly title: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly sectorSize: 512 | 4096;
}

const KINDS: readonly Kind[] = [
  { title: 'a small volume', startBytes: MIB, sizeBytes: 4 * MIB, sectorSize: 512 },
  {
    title: 'a volume with a Japanese label and large clusters',
    startBytes: 17 * MIB,
    sizeBytes: 48 * MIB,
    sectorSize: 512,
    label: 'システム C',
    clusterBytes: 65_536,
  },
  { title: 'an odd length', startBytes: 63 * 512, sizeBytes: 9 * MIB + 512, sectorSize: 512 },
  { title: 'sectors of 4096 bytes', startBytes: 2 * MIB, sizeBytes: 30 * MIB, sectorSize: 4096 },
];

for (const { title, startBytes, sizeBytes, sectorSize, ...options } of KINDS) {
  test(`${title}: other tools find nothing to say, and all that NTFS does not use is as it was`, async (t) => {
    if (!requires(t, 'mkntfs', 'ntfsfix', 'ntfsinfo', 'ntfslabel')) return;
    const folder = temporaryFolder(t);
    const file = `${folder}/disk.img`;
    const whole = startBytes + sizeBytes + MIB;
    await makeNoiseDisk(file, whole, whole);
    const before = readAt(file, 0, whole);
    using disk = await openForWrite(file, { sectorSize });
    await formatNtfs(disk, { startBytes, sizeBytes }, options);

    const after = readAt(file, 0, whole);
    const volume = `${folder}/volume`;
    await makeNoiseDisk(volume, sizeBytes, 0);
    patch(volume, 0, after.subarray(startBytes, startBytes + sizeBytes));
    t.notThrows(() => NTFS_READER.check(volume));
    t.is(run('ntfslabel', [volume]).trim(), options.label ?? '');
    const found = await probe(volume);
    t.is(found.state, 'clean');
    t.is(found.clusterBytes, options.clusterBytes ?? 4096);
    for (const { offset, kind } of found.positionalFields) {
      const value = after.readUInt16LE(startBytes + offset);
      const wanted = { 'sectors-per-track': 63, heads: 255, 'hidden-sectors': undefined }[kind];
      t.is(value, wanted ?? (startBytes / sectorSize) % 65_536);
    }
    t.is(found.positionalFields.length, 6);

    for (const { offset, length } of await usedExtents(volume, 'ntfs')) {
      before.copy(after, startBytes + offset, startBytes + offset, startBytes + offset + length);
    }
    t.true(after.equals(before));
  });
}

test('a size or label that cannot be is refused before anything is written', async (t) => {
  if (!requires(t, 'mkntfs')) return;
  const file = `${temporaryFolder(t)}/disk.img`;
  await makeNoiseDisk(file, 8 * MIB, 8 * MIB);
  const before = readAt(file, 0, 8 * MIB);
  using disk = await openForWrite(file);
  const window = { startBytes: MIB, sizeBytes: 64 * 1024 };
  await t.throwsAsync(formatNtfs(disk, window), { code: 'TOOL_FAILED' });
  const label = 'x'.repeat(33);
  await t.throwsAsync(formatNtfs(disk, { ...window, sizeBytes: 4 * MIB }, { label }), {
    code: 'VOLUME_NAME_INVALID',
  });
  const signal = AbortSignal.abort();
  await t.throwsAsync(formatNtfs(disk, { ...window, sizeBytes: 4 * MIB }, { signal }), {
    code: 'CANCELLED',
  });
  t.true(readAt(file, 0, 8 * MIB).equals(before));
});

test('remains of another file system that still claim the place are named', async (t) => {
  if (!requires(t, 'mkntfs')) return;
  const file = `${temporaryFolder(t)}/disk.img`;
  await makeNoiseDisk(file, 8 * MIB, 0);
  // A superblock of md 1.0 near the end, in a cluster that a new NTFS leaves free.
  patch(file, MIB + 6 * MIB - 8192, Buffer.from('fc4e2ba9', 'hex'));
  using disk = await openForWrite(file);
  const error = await t.throwsAsync(formatNtfs(disk, { startBytes: MIB, sizeBytes: 6 * MIB }), {
    code: 'VOLUME_DAMAGED',
  });
  t.regex(error?.message ?? '', /RAID member/);
});
