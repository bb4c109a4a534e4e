import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copySparse, groundFolder } from './ground.ts';

const MIB = 1 << 20;

/** Runs a program and returns its output; its messages are kept for the failure only. */
export const run = (program: string, args: readonly string[]): string =>
  execFileSync(program, args, {
    encoding: 'utf8',
    env: {
      PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      MTOOLS_SKIP_CHECK: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * MIB,
  });

/** A new file of `sizeMib` MiB, all holes. */
export const emptyFile = (file: string, sizeMib: number): string => {
  writeFileSync(file, '');
  truncateSync(file, sizeMib * MIB);
  return file;
};

/** A folder of files that compress differently, 3 MiB in all. */
const contents = (folder: string): readonly string[] => {
  mkdirSync(folder, { recursive: true });
  const files = Array.from({ length: 12 }, (_, index) => path.join(folder, `file-${index}.bin`));
  files.forEach((file, index) => {
    const bytes = new Uint8Array(256 * 1024 + index * 777);
    const words = new Uint32Array(bytes.buffer, 0, bytes.length >>> 2);
    for (let at = 0; at < words.length; at++)
      words[at] = Math.imul(4 * at + index * 65537, 2654435761) >>> (index % 8);
    writeFileSync(file, bytes);
  });
  return files;
};

const withContents = (file: string, fill: (files: readonly string[], folder: string) => void) => {
  const folder = `${file}.contents`;
  fill(contents(folder), folder);
  rmSync(folder, { recursive: true });
  return file;
};

const made = new Set<string>();

/** Copies what `make` makes, which it does once in this process: making takes far longer than copying. */
const copyOf = (name: string, file: string, make: (pattern: string) => void): string => {
  const pattern = path.join(groundFolder('volumes'), name);
  if (!made.has(name)) make(pattern);
  made.add(name);
  copySparse([pattern], file);
  return file;
};

/** NTFS with files. */
export const makeNtfs = (file: string, sizeMib: number): string =>
  copyOf(`ntfs-${sizeMib}`, file, (pattern) => {
    withContents(emptyFile(pattern, sizeMib), (files) => {
      run('mkntfs', ['-F', '-q', '-p', '2048', '-H', '16', '-S', '63', pattern]);
      for (const name of files) run('ntfscp', ['-q', pattern, name, path.basename(name)]);
    });
  });

/** ext4 with files. */
export const makeExt4 = (file: string, sizeMib: number): string =>
  copyOf(`ext4-${sizeMib}`, file, (pattern) => {
    withContents(emptyFile(pattern, sizeMib), (_files, folder) => {
      run('mkfs.ext4', ['-q', '-F', '-d', folder, pattern]);
    });
  });

/** ext4 with the files that GRUB starts a Linux by. */
export const makeLinux = (file: string, sizeMib: number): string =>
  copyOf(`linux-${sizeMib}`, file, (pattern) => {
    withContents(emptyFile(pattern, sizeMib), (_files, folder) => {
      mkdirSync(path.join(folder, 'boot/grub'), { recursive: true });
      for (const name of ['grub/grub.cfg', 'vmlinuz-6.1.0-1-amd64', 'initrd.img-6.1.0-1-amd64'])
        writeFileSync(path.join(folder, 'boot', name), `${name}\n`);
      run('mkfs.ext4', ['-q', '-F', '-d', folder, pattern]);
    });
  });

/** FAT32 with files, one of them deleted. */
export const makeFat32 = (file: string, sizeMib: number): string =>
  copyOf(`fat32-${sizeMib}`, file, (pattern) => {
    withContents(emptyFile(pattern, sizeMib), (files) => {
      run('mkfs.fat', ['-F', '32', pattern]);
      run('mcopy', ['-i', pattern, ...files, '::']);
      run('mdel', ['-i', pattern, '::file-3.bin']);
    });
  });

/** XFS with a file, through a prototype. */
export const makeXfs = (file: string, sizeMib: number): string =>
  copyOf(`xfs-${sizeMib}`, file, (pattern) => {
    withContents(emptyFile(pattern, sizeMib), (files, folder) => {
      const prototype = path.join(folder, 'prototype');
      const rows = files.map((name) => `${path.basename(name)} ---644 0 0 ${name}`);
      writeFileSync(prototype, ['/', '0 0', 'd--755 0 0', ...rows, '$', ''].join('\n'));
      run('mkfs.xfs', ['-q', '-p', prototype, pattern]);
    });
  });

/** An MBR disk of 64 MiB with NTFS and ext4, and some bytes of boot code. */
export const makeDisk = (file: string): string => copyOf('disk', file, fillDisk);

const fillDisk = (file: string): void => {
  const ntfs = makeNtfs(`${file}.ntfs`, 24);
  const ext4 = makeExt4(`${file}.ext4`, 36);
  emptyFile(file, 64);
  const table =
    'label: dos\nstart=2048, size=49152, type=7, bootable\nstart=51200, size=73728, type=83\n';
  execFileSync('/usr/sbin/sfdisk', ['-q', file], { input: table });
  for (const [part, seek] of [
    [ntfs, 1],
    [ext4, 25],
  ] as const) {
    run('dd', [
      `if=${part}`,
      `of=${file}`,
      'bs=1M',
      `seek=${seek}`,
      'conv=notrunc,sparse',
      'status=none',
    ]);
    rmSync(part);
  }
};
