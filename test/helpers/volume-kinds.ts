/** Kinds of volumes whose files are changed, and what is looked at after each change. */
import type { ExecutionContext } from 'ava';
import { changeFiles, type VolumeChange } from '../../src/disk/volume-files.ts';
import { NacreError } from '../../src/errors.ts';
import { blockMap, differences, extUsed, ntfsUsed } from './used-map.ts';
import { usedExtents } from './volume.ts';
import { EXT_READER, NTFS_READER, type Reader, type WindowDisk } from './window-disk.ts';

/** How a volume is made, and who judges it. */
export interface Kind {
  readonly title: string;
  readonly mkfs: readonly string[];
  readonly sizeMib: number;
  readonly reader: Reader;
  readonly sectorSize?: 512 | 4096;
}

/** NTFS made with further options of mkntfs. */
export const ntfs = (title: string, ...options: readonly string[]): Kind => ({
  title,
  mkfs: [
    'mkntfs',
    '-Q',
    '-F',
    '-q',
    '-s',
    '512',
    '-p',
    '2048',
    '-H',
    '255',
    '-S',
    '63',
    ...options,
  ],
  sizeMib: 24,
  reader: NTFS_READER,
});

export const NTFS_4KN: Kind = {
  ...ntfs('NTFS with sectors of 4096 bytes'),
  mkfs: ['mkntfs', '-Q', '-F', '-q', '-s', '4096', '-p', '256', '-H', '255', '-S', '63'],
  sectorSize: 4096,
};

/** ext made with options of mke2fs. */
export const ext = (title: string, ...options: readonly string[]): Kind => ({
  title,
  mkfs: ['mke2fs', '-q', '-F', ...options],
  sizeMib: 24,
  reader: EXT_READER,
});

export const NTFS = ntfs('NTFS');
export const EXT4 = ext('ext4', '-t', 'ext4');

export const text = (value: string): Buffer => Buffer.from(value, 'utf8');

/** The code with which `work` fails. */
export const code = async (t: ExecutionContext, work: Promise<unknown>): Promise<string> => {
  const error = await t.throwsAsync(work);
  return error instanceof NacreError ? error.code : String(error);
};

/** Changes files with the journal of the disk. */
export const change = (
  { disk, window, journal }: WindowDisk,
  changes: readonly VolumeChange[],
): Promise<{ readonly changedBlocks: number }> => changeFiles(disk, window, changes, { journal });

/** Our map of used blocks, and what the change left beside the volume. */
export const checkVolume = async (
  t: ExecutionContext,
  made: WindowDisk,
  { reader }: Kind,
): Promise<string> => {
  const volume = made.volumeFile();
  t.notThrows(() => reader.check(volume));
  t.true(made.isNoiseWhole());
  const isNtfs = reader === NTFS_READER;
  const expected = isNtfs ? ntfsUsed(volume) : extUsed(volume);
  const found = await usedExtents(volume, isNtfs ? 'ntfs' : 'ext4');
  const size = made.window.sizeBytes;
  t.deepEqual(differences(blockMap(size, found), blockMap(size, expected)), []);
  return volume;
};
