/** A store, and disks made by other people's tools, in a folder of the test. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { openForRead } from '../../src/disk/device.ts';
import { native } from '../../src/disk/native.ts';
import { type CaptureOptions, type CaptureReport, captureImage } from '../../src/image/capture.ts';
import { applyRestore, type RestoreReport } from '../../src/image/restore.ts';
import { planRestore, type RestoreOptions } from '../../src/image/restore-plan.ts';
import { type ImageStore, openStore } from '../../src/image/store/store.ts';
import { makeNoiseDisk } from './disk-file.ts';
import { copySparse, groundFolder } from './ground.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';
import { emptyFile, makeDisk, makeFat32, makeNtfs } from './volumes.ts';

export const MIB = 2 ** 20;

export interface DiskLab {
  readonly folder: string;
  readonly store: ImageStore;
  /** A path in the folder. */
  at(name: string): string;
  /** A disk file full of noise. */
  noise(name: string, sizeBytes: number): Promise<string>;
  capture(path: string, more?: Partial<CaptureOptions>): Promise<CaptureReport>;
  restore(path: string, more?: Partial<RestoreOptions>): Promise<RestoreReport>;
}

const labIn = async (folder: string): Promise<DiskLab> => {
  const store = await openStore(path.join(folder, 'store'), { create: true });
  const at = (name: string): string => path.join(folder, name);
  let tables = 0;
  return {
    folder,
    store,
    at,
    noise: async (name, sizeBytes) => {
      await makeNoiseDisk(at(name), sizeBytes, sizeBytes);
      return at(name);
    },
    capture: (source, more = {}) =>
      captureImage({ store, path: source, name: 'lab', creator: 'test', ...more }),
    restore: async (target, more = {}) => {
      const plan = await planRestore({ store, image: 'lab', path: target, ...more });
      return applyRestore(plan, { savedTable: at(`saved-${tables++}.nacre-table`) });
    },
  };
};

export const makeLab = async (t: Owner): Promise<DiskLab> => labIn(await temporaryFolder(t));

const grounds = new Map<string, Promise<string>>();

const prepare = async (name: string, work: (lab: DiskLab) => Promise<unknown>): Promise<string> => {
  const folder = groundFolder(name);
  await work(await labIn(folder));
  return folder;
};

/**
 * A lab with all that `work` left in it; `work` is done once in a process.
 *
 * @param name says the same of the same work
 */
export const preparedLab = async (
  t: Owner,
  name: string,
  work: (lab: DiskLab) => Promise<unknown>,
): Promise<DiskLab> => {
  const ground = grounds.get(name) ?? prepare(name, work);
  grounds.set(name, ground);
  const folder = await temporaryFolder(t);
  copySparse([`${await ground}/.`], folder);
  return labIn(folder);
};

/** An MBR disk of 64 MiB: NTFS at 1 MiB and ext4 at 25 MiB, boot code in sector 0. */
export const mbrDisk = (lab: DiskLab): string => {
  const file = makeDisk(lab.at('mbr.img'));
  patch(file, 0, Buffer.alloc(440, 0x90));
  patch(file, 512, Buffer.from('core of a boot loader'));
  return file;
};

/** A GPT disk of 96 MiB with sectors of 512 bytes: FAT32 (ESP) and NTFS. */
export const gptDisk = (lab: DiskLab): string => {
  const file = emptyFile(lab.at('gpt.img'), 96);
  execFileSync(
    '/usr/sbin/sgdisk',
    ['-n', '1:2048:+40M', '-t', '1:ef00', '-c', '1:EFI', '-n', '2:0:+30M', '-t', '2:0700', file],
    { stdio: 'ignore' },
  );
  putVolume(makeFat32(lab.at('esp'), 40), file, 1);
  putVolume(makeNtfs(lab.at('os'), 30), file, 41);
  return file;
};

/** The disk of `gptDisk`, whose ESP holds files as an installed Windows leaves them. */
export const windowsDisk = (lab: DiskLab): string => {
  const disk = gptDisk(lab);
  const volume = makeFat32(lab.at('windows-esp'), 40);
  for (const file of ['EFI/Microsoft/Boot/bootmgfw.efi', 'EFI/Boot/bootx64.efi', 'loader.conf']) {
    mkdirSync(path.dirname(lab.at(`tree/${file}`)), { recursive: true });
    writeFileSync(lab.at(`tree/${file}`), `content of ${file}`.repeat(1000));
  }
  execFileSync('mcopy', ['-s', '-i', volume, lab.at('tree/EFI'), lab.at('tree/loader.conf'), '::']);
  putVolume(volume, disk, 1);
  return disk;
};

/** Copies a volume into a disk at a MiB boundary. */
export const putVolume = (volume: string, disk: string, atMib: number): void => {
  execFileSync('dd', [
    `if=${volume}`,
    `of=${disk}`,
    'bs=1M',
    `seek=${atMib}`,
    'conv=notrunc,sparse',
    'status=none',
  ]);
};

/** Copies a part of a disk into a file of its own, for tools that cannot look into a disk. */
export const cutVolume = (disk: string, volume: string, atMib: number, sizeMib: number): string => {
  execFileSync('dd', [
    `if=${disk}`,
    `of=${volume}`,
    'bs=1M',
    `skip=${atMib}`,
    `count=${sizeMib}`,
    'conv=sparse',
    'status=none',
  ]);
  return volume;
};

/** Overwrites bytes of a file. */
export const patch = (file: string, offset: number, bytes: Uint8Array): void => {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
  closeSync(descriptor);
};

/** Bytes of a file. */
export const peek = (file: string, offset: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, bytes, 0, length, offset);
  closeSync(descriptor);
  return bytes;
};

export interface VolumePlace {
  readonly offset: number;
  readonly size: number;
  readonly type: 'ntfs' | 'fat32' | 'ext4';
}

/** The volumes of `mbrDisk`. */
export const MBR_VOLUMES: readonly VolumePlace[] = [
  { offset: MIB, size: 24 * MIB, type: 'ntfs' },
  { offset: 25 * MIB, size: 36 * MIB, type: 'ext4' },
];

/** Offsets of 4 KiB blocks of a volume: those whose use by the source's map is `isUsed`. */
export const blocksOf = async (
  file: string,
  place: VolumePlace,
  isUsed: boolean,
): Promise<readonly number[]> => {
  using disk = await openForRead(file);
  const extents = await native.usedExtents(disk.device, place.offset, place.size, place.type);
  const used = new Set<number>();
  for (const { offset, length } of extents) {
    for (let at = Math.floor(offset / 4096); at * 4096 < offset + length; at++) used.add(at);
  }
  const all = Array.from({ length: Math.ceil(place.size / 4096) }, (_, block) => block);
  return all.filter((block) => used.has(block) === isUsed).map((b) => place.offset + b * 4096);
};

/** True when both files hold the same bytes in these blocks. */
export const sameBlocks = (left: string, right: string, offsets: readonly number[]): boolean => {
  const a = readFileSync(left);
  const b = readFileSync(right);
  return offsets.every((at) => a.subarray(at, at + 4096).equals(b.subarray(at, at + 4096)));
};
