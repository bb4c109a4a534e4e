import path from 'node:path';
import fs from 'fs-extra';
import { runTool } from '../../src/disk/tool.ts';
import { makeNoiseDisk } from './disk-file.ts';
import { Noise } from './noise.ts';
import { MIB } from './volume.ts';

const DISK_MIB = 96;
const BOOT_MIB = 16;

/** Files of a few KiB to a few MiB, half of them compressible. */
const fillTree = async (tree: string, mib: number, seed: string): Promise<void> => {
  const noise = new Noise(seed);
  const words = noise.bytes(4096).toString('hex');
  for (let index = 0, size = 3000, left = mib * MIB; left > 0; index++, left -= size) {
    size = Math.min(left, (size * 7) % (2 * MIB));
    const bytes = index % 2 === 0 ? noise.bytes(size) : words.repeat(size / words.length + 1);
    await fs.outputFile(path.join(tree, `${index % 9}`, `${index}`), bytes.slice(0, size));
  }
};

/**
 * Makes a disk file of 96 MiB without root: MBR with boot code, a FAT and an ext4 partition with files. The same
 * seed gives the same files.
 */
export const makeSmallDisk = async (file: string, seed: string): Promise<void> => {
  const work = await fs.mkdtemp(`${file}.`);
  const rootMib = DISK_MIB - BOOT_MIB - 2;
  await fillTree(path.join(work, 'boot'), 6, `${seed} boot`);
  await fillTree(path.join(work, 'root'), 40, `${seed} root`);
  const boot = path.join(work, 'boot.img');
  await makeNoiseDisk(boot, BOOT_MIB * MIB, 0);
  await runTool('mkfs.fat', ['-F', '16', '-h', '2048', '--invariant', boot]);
  await runTool('mcopy', ['-s', '-i', boot, path.join(work, 'boot'), '::/files']);
  const root = path.join(work, 'root.img');
  await runTool('mke2fs', ['-q', '-t', 'ext4', '-d', path.join(work, 'root'), root, `${rootMib}M`]);
  await makeNoiseDisk(file, DISK_MIB * MIB, 0);
  const table = [
    'label: dos\nlabel-id: 0x6b696c6c',
    `start=1MiB, size=${BOOT_MIB}MiB, type=e, bootable`,
    `size=${rootMib}MiB, type=83`,
  ];
  await runTool('sfdisk', ['-q', file], { input: table.join('\n') });
  await placeAt(file, boot, 1);
  await placeAt(file, root, 1 + BOOT_MIB);
  await fs.remove(work);
};

const placeAt = async (disk: string, volume: string, mib: number): Promise<void> => {
  const words = ['bs=1M', 'conv=notrunc,sparse', 'status=none', `seek=${mib}`];
  await runTool('dd', [`if=${volume}`, `of=${disk}`, ...words]);
};

/** Makes a disk file larger than the small disk, full of noise. */
export const makeNoisyTarget = (file: string): Promise<void> =>
  makeNoiseDisk(file, (DISK_MIB + 8) * MIB, (DISK_MIB + 8) * MIB);
