/** A guest that runs over its write cache: Debian's kernel, the program of the package, and one piece of work a start. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type BootOptions, type BootReport, bootGuest } from './qemu.ts';
import type { WriteCacheDisk } from './write-cache-disk.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

export const WRITE_CACHE_GUEST_NEEDS: readonly string[] = [
  'qemu-system-x86_64',
  'cpio',
  'zstd',
  'mke2fs',
];

/** What QEMU starts. */
export interface WriteCacheGuest {
  readonly kernel: string;
  readonly initrd: string;
}

const script = (name: string, ...words: readonly string[]): string =>
  execFileSync(path.join(ROOT, name), words, { cwd: ROOT, encoding: 'utf8' }).trim();

/** Makes the guest in a folder. */
export const makeWriteCacheGuest = (folder: string): WriteCacheGuest => {
  const boot = path.join(ROOT, script('test/fixtures/guest/fetch-kernel'), 'boot');
  const image = readdirSync(boot).find((name) => name.startsWith('vmlinuz')) ?? '';
  const initrd = path.join(folder, 'initrd.img');
  script('test/fixtures/write-cache-guest/make-initrd', initrd);
  return { kernel: path.join(boot, image), initrd };
};

/** How the guest is started for a piece of work of test/fixtures/write-cache-guest/init. */
export const workOptions = (
  { kernel, initrd }: WriteCacheGuest,
  { file }: Pick<WriteCacheDisk, 'file'>,
  work: string,
  from = 0,
): BootOptions => ({
  disk: file,
  discardWrites: false,
  memoryMiB: 256,
  timeoutMs: 300_000,
  arguments: [
    ...['-kernel', kernel, '-initrd', initrd],
    ...['-append', `console=ttyS0,115200 quiet panic=-1 work=${work} from=${from}`],
  ],
});

/** Starts the guest and waits until it has done its work. */
export const workInGuest = (
  guest: WriteCacheGuest,
  disk: Pick<WriteCacheDisk, 'file'>,
  work: string,
  from = 0,
): Promise<BootReport> => bootGuest(workOptions(guest, disk, work, from));
