/** A disk with an OS partition and an empty backup partition, and images for it. */
import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, openSync, readSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { openForWrite } from '../../src/disk/device.ts';
import { FatVolume, formatFat } from '../../src/disk/fat.ts';
import { type Backup, openBackupOf } from '../../src/image/backup/backup.ts';
import { type ApplyFillOptions, applyFill, type FillReport } from '../../src/image/backup/fill.ts';
import { type FillOptions, planFill } from '../../src/image/backup/fill-plan.ts';
import { BACKUP_LABEL } from '../../src/image/layout/layout-names.ts';
import { type DiskLab, MIB, makeLab, patch, putVolume } from './disk-lab.ts';
import { Noise } from './noise.ts';
import { emptyFile, makeExt4, run } from './volumes.ts';

/** Where things lie on the disk of the lab. */
export const OS = { number: 1, startMib: 1, sizeMib: 24 } as const;
/** What every version of an OS partition without a file system has. */
const BASE_BYTES = 3 * MIB;
export const BACKUP_PARTITION = { number: 2, startMib: 25 } as const;

export interface BackupLab extends DiskLab {
  /** The disk file with both partitions. */
  readonly disk: string;
  readonly window: { readonly startBytes: number; readonly sizeBytes: number };
  /** Plans and applies a fill from the lab's store. */
  fill(image: string, more?: Partial<FillOptions & ApplyFillOptions>): Promise<FillReport>;
  open(): Promise<Backup>;
  /** Changes so many bytes of the OS partition and captures it as a new version of `lab`; resolves to its id. */
  newVersion(seed: string, bytes?: number): Promise<string>;
  /** The same; resolves to the names of the packs that it brought. */
  capturePacks(seed: string): Promise<{ readonly newPacks: readonly string[] }>;
  /** What fsck.fat says of the backup partition. */
  fsck(): string;
}

export interface BackupLabOptions {
  /** The OS partition is an ext4 volume with files; else it holds bytes without a file system. */
  readonly ext4?: boolean;
  readonly backupMib?: number;
  readonly clusterBytes?: number;
}

/** An MBR disk: the OS partition at 1 MiB, and an empty backup partition behind it. */
export const makeBackupLab = async (
  t: ExecutionContext,
  { ext4 = false, backupMib = 40, clusterBytes = 0 }: BackupLabOptions = {},
): Promise<BackupLab> => {
  const lab = await makeLab(t);
  const disk = emptyFile(lab.at('disk.img'), BACKUP_PARTITION.startMib + backupMib + 1);
  const sectors = (mib: number): number => mib * 2048;
  const table = [
    'label: dos',
    `start=${sectors(OS.startMib)}, size=${sectors(OS.sizeMib)}, type=83`,
    `start=${sectors(BACKUP_PARTITION.startMib)}, size=${sectors(backupMib)}, type=c`,
  ];
  execFileSync('/usr/sbin/sfdisk', ['-q', disk], { input: `${table.join('\n')}\n` });
  if (ext4) putVolume(makeExt4(lab.at('os'), OS.sizeMib), disk, OS.startMib);
  else patch(disk, OS.startMib * MIB, new Noise('base').bytes(BASE_BYTES));
  const change = ext4 ? putFile : putBytes;
  const window = { startBytes: BACKUP_PARTITION.startMib * MIB, sizeBytes: backupMib * MIB };
  {
    using open = await openForWrite(disk);
    await formatFat(open, window, { type: 'fat32', label: BACKUP_LABEL, clusterBytes });
  }
  return {
    ...lab,
    disk,
    window,
    fill: async (image, more = {}) =>
      applyFill(await planFill({ source: lab.store, image, path: disk, ...more }), more),
    open: () => openBackupOf({ path: disk }),
    newVersion: async (seed, bytes = 2 * MIB) => {
      change(lab, disk, seed, bytes);
      const { id } = await lab.capture(disk, { partitions: [OS.number] });
      return id;
    },
    capturePacks: async (seed) => {
      const before = await packNames(lab);
      change(lab, disk, seed, 2 * MIB);
      await lab.capture(disk, { partitions: [OS.number] });
      return { newPacks: (await packNames(lab)).filter((name) => !before.includes(name)) };
    },
    fsck: () => fsckOf({ ...lab, window }, disk),
  };
};

const cut = (disk: string, to: string, { startBytes, sizeBytes }: BackupLab['window']): void => {
  const words = ['bs=1M', `skip=${startBytes / MIB}`, `count=${sizeBytes / MIB}`, 'status=none'];
  execFileSync('dd', [`if=${disk}`, `of=${to}`, 'conv=sparse', ...words]);
};

/** Puts noise behind what every version has. */
const putBytes = (_lab: DiskLab, disk: string, seed: string, bytes: number): void =>
  patch(disk, OS.startMib * MIB + BASE_BYTES, new Noise(seed).bytes(bytes));

/** Puts a file of noise into the ext4 volume of the disk. */
const putFile = (lab: DiskLab, disk: string, seed: string, bytes: number): void => {
  const volume = lab.at('os.volume');
  const window = { startBytes: OS.startMib * MIB, sizeBytes: OS.sizeMib * MIB };
  cut(disk, volume, window);
  const file = lab.at('new.file');
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, new Noise(seed).bytes(bytes));
  closeSync(descriptor);
  run('debugfs', ['-w', '-R', 'rm new.file', volume]);
  run('debugfs', ['-w', '-R', `write ${file} new.file`, volume]);
  putVolume(volume, disk, OS.startMib);
};

/** What fsck.fat says of the backup partition of a copy of the disk. */
export const fsckOf = (lab: DiskLab & Pick<BackupLab, 'window'>, disk: string): string => {
  const volume = lab.at('backup.volume');
  cut(disk, volume, lab.window);
  return run('fsck.fat', ['-n', volume]);
};

const packNames = async (lab: DiskLab): Promise<readonly string[]> =>
  (await readdir(lab.at('store/packs'), { recursive: true })).flatMap((name) =>
    name.endsWith('.pack') ? [path.basename(name, '.pack')] : [],
  );

/** The packs of the backup partition, by name: where they begin on the disk, and their length. */
export const packsOn = async (
  lab: BackupLab,
): Promise<
  readonly { readonly id: string; readonly offset: number; readonly sizeBytes: number }[]
> => {
  using backup = await lab.open();
  const packs = [];
  for (const name of await backup.files.list('packs')) {
    const { ranges = [] } = await backup.files.packPlace(name);
    const sizeBytes = (await backup.files.size(name)) ?? 0;
    packs.push({ id: path.basename(name, '.pack'), offset: ranges[0]?.offset ?? 0, sizeBytes });
  }
  return packs;
};

/** A copy of the disk. */
export const copyDisk = (lab: BackupLab, name: string): string => {
  copyFileSync(lab.disk, lab.at(name));
  return lab.at(name);
};

/** Bytes of the OS partition of a disk. */
export const osBytes = (disk: string): Buffer => {
  const bytes = Buffer.alloc(OS.sizeMib * MIB);
  const descriptor = openSync(disk, 'r');
  readSync(descriptor, bytes, 0, bytes.length, OS.startMib * MIB);
  closeSync(descriptor);
  return bytes;
};

export const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] =>
  rows.map(({ id }) => id);

/** Changes the backup volume as somebody else would. */
export const withVolume = async (
  lab: BackupLab,
  work: (volume: FatVolume) => Promise<void>,
): Promise<void> => {
  using disk = await openForWrite(lab.disk);
  using volume = await FatVolume.open(disk, lab.window);
  await work(volume);
  await volume.finish();
};
