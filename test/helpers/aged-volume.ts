/** Volumes that have been lived on: filled, thinned out, filled again, so that free space lies in pieces. */
import { appendFileSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { runTool } from '../../src/disk/tool.ts';
import { Noise } from './noise.ts';
import { Random } from './random.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { BLOCK, MIB, patch, readAt } from './volume.ts';
import { run } from './volumes.ts';

const FOLDERS = 8;
const LARGEST = 384 * 1024;
const SMALL_CONTENT = Buffer.alloc(1024, 7);

/** Sizes from some bytes to 384 KiB, small ones more often. */
const randomLength = (random: Random): number =>
  1 + random.below(2 ** (4 + random.below(15)) % LARGEST || LARGEST);

const isFull = (reason: unknown): boolean =>
  reason instanceof Error && 'code' in reason && reason.code === 'ENOSPC';

const freeShare = (folder: string): number => {
  const { bavail, blocks } = statfsSync(folder);
  return bavail / blocks;
};

/** Appends to four files in turn until the volume's free share is reached. */
const fill = (root: string, random: Random, round: string, freeUntil: number): void => {
  const noise = new Noise(`${random.below(2 ** 31)}`).bytes(MIB);
  for (let number = 0; freeShare(root) > freeUntil; number++) {
    const names = [0, 1, 2, 3].map((index) =>
      path.join(root, `folder-${random.below(FOLDERS)}`, `${round}-${number}-${index}.bin`),
    );
    try {
      for (let turn = random.below(4); turn >= 0; turn--) {
        for (const name of names) {
          const start = random.below(MIB / 2);
          appendFileSync(name, noise.subarray(start, start + randomLength(random)));
        }
      }
    } catch (reason) {
      if (isFull(reason)) return;
      throw reason;
    }
  }
};

// Written back before anything is deleted: what is still in memory alone gets no place on the volume, and XFS
// holds back room for it, so that "full" is true only afterwards.
const fillAndSettle = (root: string, random: Random, round: string): void => {
  for (let turn = 0; turn < 4 && freeShare(root) > 0.05; turn++) {
    fill(root, random, `${round}-${turn}`, 0.03);
    run('sync', ['-f', root]);
  }
};

/** Deletes files at random while `isEnough` says no. */
const thin = (root: string, random: Random, isEnough: () => boolean): void => {
  const files = Array.from({ length: FOLDERS }, (_, index) => path.join(root, `folder-${index}`))
    .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
    .sort();
  for (let left = files.length; left > 0 && !isEnough(); left--) {
    const [file] = files.splice(random.below(left), 1);
    if (file !== undefined) rmSync(file);
  }
};

/** Ages a mounted, empty volume: full, half empty, full again, then files deleted until it is 90 % full. */
export const ageFolder = (root: string, seed: number): void => {
  const random = new Random(seed);
  for (let index = 0; index < FOLDERS; index++) mkdirSync(path.join(root, `folder-${index}`));
  fillAndSettle(root, random, 'first');
  thin(root, random, () => freeShare(root) > 0.5);
  run('sync', ['-f', root]);
  fillAndSettle(root, random, 'second');
  thin(root, random, () => freeShare(root) > 0.1);
};

/** One small file after the other until the volume is full; of content, so that none fits into its own record. */
const smallFiles = (root: string, name: string, content: Uint8Array): readonly string[] => {
  const folder = path.join(root, name);
  mkdirSync(folder);
  const files: string[] = [];
  try {
    for (;;) {
      const file = path.join(folder, String(files.length));
      writeFileSync(file, content);
      files.push(file);
    }
  } catch (reason) {
    if (!isFull(reason)) throw reason;
    return files;
  }
};

/** Runs of files that lie side by side; where clusters are smaller than a block, enough to hold a whole one. */
const groups = (files: readonly string[], clusterBytes: number): readonly (readonly string[])[] => {
  const length = clusterBytes < BLOCK ? (2 * BLOCK) / clusterBytes : 1;
  return Array.from({ length: Math.ceil(files.length / length) }, (_, index) =>
    files.slice(index * length, (index + 1) * length),
  );
};

/**
 * Ages a mounted, empty volume by small files: full, every second cluster freed, full again with files of `second`,
 * then files deleted at random until it is 90 % full. Free space lies in single clusters, and large clusters cost
 * few writes. An empty `second` fills the holes with the table of files alone.
 */
export const ageByClusters = (
  root: string,
  seed: number,
  second: Uint8Array = SMALL_CONTENT,
): void => {
  const random = new Random(seed);
  const first = groups(smallFiles(root, 'first', SMALL_CONTENT), statfsSync(root).bsize);
  const left = first.filter((_, index) => index % 2 === 0);
  for (const file of first.filter((_, index) => index % 2 === 1).flat()) rmSync(file);
  smallFiles(root, 'second', second);
  while (left.length > 0 && freeShare(root) < 0.1) {
    for (const file of left.splice(random.below(left.length), 1).flat()) rmSync(file);
  }
};

/** Mounts an image through a loop device, lets `work` use it, and unmounts. */
export const withMounted = async (
  t: ExecutionContext,
  image: string,
  mount: readonly string[],
  work: (folder: string, node: string) => void | Promise<void>,
): Promise<void> => {
  const folder = await temporaryFolder(t);
  const node = (await runTool('losetup', ['--find', '--show', image])).stdout;
  try {
    const [program = '', ...args] = mount;
    await runTool(program, [...args, node, folder]);
    try {
      await work(folder, node);
    } finally {
      await runTool('umount', [folder]);
    }
  } finally {
    await runTool('losetup', ['--detach', node]);
  }
};

/** Ages an image through its mount program (`mount`, `ntfs-3g`, `mount.exfat-fuse`). */
export const ageMounted = (
  t: ExecutionContext,
  image: string,
  mount: readonly string[],
  seed: number,
): Promise<void> => withMounted(t, image, mount, (folder) => ageFolder(folder, seed));

/** Some 250 files of random sizes in a new folder; in whole clusters they take `totalBytes`. */
const sources = async (
  t: ExecutionContext,
  random: Random,
  totalBytes: number,
  clusterBytes: number,
): Promise<readonly string[]> => {
  const folder = await temporaryFolder(t);
  const noise = Buffer.alloc(MIB * 4, random.bytes(4096));
  const files: string[] = [];
  for (let bytes = 0; bytes < totalBytes; ) {
    const file = path.join(folder, `${random.below(36 ** 6).toString(36)}-${files.length}.bin`);
    const length = 1 + random.below(Math.min(totalBytes / 125, noise.length));
    writeFileSync(file, noise.subarray(0, length));
    files.push(file);
    bytes += Math.ceil(length / clusterBytes) * clusterBytes;
  }
  return files;
};

/** Ages a FAT image through mtools, which need no mount. `dataBytes` is the size of its data area. */
export const ageFat = async (
  t: ExecutionContext,
  image: string,
  dataBytes: number,
  clusterBytes: number,
  seed: number,
): Promise<void> => {
  const random = new Random(seed);
  const first = await sources(t, random, dataBytes * 0.85, clusterBytes);
  const half = Math.floor(first.length / 2);
  run('mmd', ['-i', image, '::/one', '::/two']);
  run('mcopy', ['-i', image, ...first.slice(0, half), '::/one']);
  run('mcopy', ['-i', image, ...first.slice(half), '::/two']);
  const deleted = first
    .map((file, index) => `::/${index < half ? 'one' : 'two'}/${path.basename(file)}`)
    .filter(() => random.below(2) === 0);
  run('mdel', ['-i', image, ...deleted]);
  const second = await sources(t, random, dataBytes * 0.48, clusterBytes);
  run('mcopy', ['-i', image, ...second, '::/two']);
  const thinned = second.filter(() => random.below(8) === 0);
  run('mdel', ['-i', image, ...thinned.map((file) => `::/two/${path.basename(file)}`)]);
};

/** Ages an ext image through debugfs, for feature sets that this kernel does not mount. */
export const ageExt = async (
  t: ExecutionContext,
  image: string,
  dataBytes: number,
  seed: number,
): Promise<void> => {
  const random = new Random(seed);
  const first = await sources(t, random, dataBytes * 0.85, 4096);
  const second = await sources(t, random, dataBytes * 0.48, 4096);
  const write = (file: string): string => `write ${file} ${path.basename(file)}`;
  const remove = (files: readonly string[], oneIn: number): readonly string[] =>
    files.filter(() => random.below(oneIn) === 0).map((file) => `rm ${path.basename(file)}`);
  const commands = path.join(await temporaryFolder(t), 'commands');
  const lines = [
    ...first.map(write),
    ...remove(first, 2),
    ...second.map(write),
    ...remove(second, 8),
  ];
  writeFileSync(commands, lines.join('\n'));
  await runTool('debugfs', ['-w', '-f', commands, image]);
};

/** XFS with files but never mounted, through a prototype file: for versions that the kernel has dropped. */
export const xfsFromPrototype = async (
  t: ExecutionContext,
  image: string,
  options: readonly string[],
  seed: number,
): Promise<void> => {
  const files = await sources(t, new Random(seed), 60 * MIB, 4096);
  const prototype = path.join(await temporaryFolder(t), 'prototype');
  const rows = files.map((file) => `${path.basename(file)} ---644 0 0 ${file}`);
  writeFileSync(prototype, ['/dev/null', '0 0', 'd--755 0 0', ...rows, '$', ''].join('\n'));
  await runTool('mkfs.xfs', ['-q', '-f', ...options, '-p', prototype, image]);
};

/** Writes random chains into the FATs of a FAT32 volume whose few clusters mtools does not accept. */
export const scribbleFat32 = (image: string, seed: number): void => {
  const random = new Random(seed);
  const boot = readAt(image, 0, 512);
  const sector = boot.readUInt16LE(11);
  const fatBytes = boot.readUInt32LE(36) * sector;
  const fatOffset = boot.readUInt16LE(14) * sector;
  const fat = readAt(image, fatOffset, fatBytes);
  for (let entry = 3, left = 0, isUsed = false; entry < fatBytes / 4; entry++, left--) {
    if (left <= 0) {
      isUsed = random.below(3) !== 0;
      left = 1 + random.below(isUsed ? 400 : 60);
    }
    if (isUsed) fat.writeUInt32LE(left === 1 ? 0x0fffffff : entry + 1, entry * 4);
  }
  for (let copy = 0; copy < boot.readUInt8(16); copy++)
    patch(image, fatOffset + copy * fatBytes, fat);
};
