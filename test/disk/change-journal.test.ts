import test, { type ExecutionContext } from 'ava';
import { journalInFat } from '../../src/disk/change-journal.ts';
import { openForWrite } from '../../src/disk/device.ts';
import { checkFat, FatVolume, formatFat } from '../../src/disk/fat.ts';
import { formatNtfs } from '../../src/disk/ntfs-format.ts';
import {
  changeFiles,
  forgetChanges,
  listVolumeFolder,
  replayChanges,
} from '../../src/disk/volume-files.ts';
import { makeNoiseDisk } from '../helpers/disk-file.ts';
import { patch, readAt, temporaryFolder } from '../helpers/volume.ts';

const MIB = 2 ** 20;
const FAT = { startBytes: MIB, sizeBytes: 16 * MIB };
const NTFS = { startBytes: 17 * MIB, sizeBytes: 16 * MIB };
const FOLDER = { kind: 'make-folder', path: 'folder' } as const;

const makeDisk = async (t: ExecutionContext) => {
  const file = `${temporaryFolder(t)}/disk.img`;
  await makeNoiseDisk(file, 34 * MIB, 34 * MIB);
  const disk = await openForWrite(file);
  t.teardown(() => disk.close());
  await formatFat(disk, FAT, { type: 'fat16' });
  await formatNtfs(disk, NTFS);
  return { file, disk };
};

/** CRC-32C from all ones, not inverted (native/ntfs/change_journal.h). */
const crc32c = (bytes: Uint8Array): number => {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  }
  return value >>> 0;
};

/** The blocks of the last commit, and its headers as they were before they were cleared. */
const lastCommit = (file: string, journalStart: number) => {
  const header = readAt(file, journalStart, 4096);
  const entries = readAt(file, journalStart + 8192, 4096);
  const blocks: number[] = [];
  while (entries.readUInt32LE(blocks.length * 40 + 8) !== 0) {
    blocks.push(Number(entries.readBigUInt64LE(blocks.length * 40)));
  }
  const contents = readAt(file, journalStart + 8192, 4096 * (blocks.length + 1));
  header.writeUInt32LE(blocks.length, 40);
  header.writeUInt32LE(crc32c(contents), 44);
  header.writeBigUInt64LE(100n, 16);
  header.writeUInt32LE(crc32c(header.subarray(0, 60)), 60);
  return { blocks, headers: Buffer.concat([header, header]) };
};

test('a journal lies in one piece of a FAT volume of the same disk, and stays where it is', async (t) => {
  const { disk } = await makeDisk(t);
  const journal = await journalInFat(disk, FAT, 'journal.bin');
  t.is(journal.sizeBytes, MIB);
  t.deepEqual(await journalInFat(disk, FAT, 'journal.bin'), journal);
  const { changedBlocks } = await changeFiles(disk, NTFS, [FOLDER], { journal });
  t.true(changedBlocks > 0);
  t.deepEqual(await replayChanges(disk, NTFS, journal), { replayedBlocks: 0 });
  t.is((await listVolumeFolder(disk, NTFS, ''))[0]?.name, 'folder');
  t.true((await checkFat(disk, FAT)).isClean);
});

test('a file that lies in pieces or is too short is no journal', async (t) => {
  const { disk } = await makeDisk(t);
  {
    using volume = await FatVolume.open(disk, FAT);
    await volume.write('short', new Uint8Array(5000));
    await volume.finish();
  }
  await t.throwsAsync(journalInFat(disk, FAT, 'short'), { code: 'VOLUME_JOURNAL_TOO_SMALL' });
  await t.throwsAsync(journalInFat(disk, FAT, 'large', 2 ** 30), { code: 'FAT_FULL' });
});

test('an unfinished commit of a volume that was made anew is refused until the journal is emptied', async (t) => {
  const { file, disk } = await makeDisk(t);
  const journal = await journalInFat(disk, FAT, 'journal.bin');
  const before = readAt(file, NTFS.startBytes, NTFS.sizeBytes);
  await changeFiles(disk, NTFS, [FOLDER], { journal });
  // The journal of the commit lies there still, but for its headers: as before they were cleared.
  const cleared = readAt(file, journal.startBytes, 8192);
  t.is(cleared.toString('latin1', 0, 8), 'NACREJNL');
  t.is(cleared.readUInt32LE(40), 0);
  const { blocks, headers: pending } = lastCommit(file, journal.startBytes);
  for (const block of blocks) {
    patch(file, NTFS.startBytes + block * 4096, before.subarray(block * 4096, block * 4096 + 4096));
  }
  patch(file, journal.startBytes, pending);
  t.true((await replayChanges(disk, NTFS, journal)).replayedBlocks > 0);
  t.is((await listVolumeFolder(disk, NTFS, '')).length, 1);

  patch(file, journal.startBytes, pending);
  await formatNtfs(disk, NTFS, { label: 'ANEW' });
  const made = readAt(file, NTFS.startBytes, NTFS.sizeBytes);
  await t.throwsAsync(replayChanges(disk, NTFS, journal), { code: 'VOLUME_JOURNAL_STALE' });
  await t.throwsAsync(changeFiles(disk, NTFS, [FOLDER], { journal }), {
    code: 'VOLUME_JOURNAL_STALE',
  });
  const moved = { ...NTFS, startBytes: NTFS.startBytes + 512 };
  await t.throwsAsync(replayChanges(disk, moved, journal), { code: 'VOLUME_JOURNAL_FOREIGN' });
  t.true(readAt(file, NTFS.startBytes, NTFS.sizeBytes).equals(made));
  await forgetChanges(disk, journal);
  t.is((await replayChanges(disk, NTFS, journal)).replayedBlocks, 0);
  t.true((await changeFiles(disk, NTFS, [FOLDER], { journal })).changedBlocks > 0);
});
