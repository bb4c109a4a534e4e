/** The built boot environment, for guests that start Merlin. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What building it needs of the machine. */
export const BOOT_NEEDS: readonly string[] = [
  ...['qemu-system-x86_64', 'g++', 'cpio', 'zstd', 'mksquashfs', 'objcopy', 'openssl'],
];

/** Builds what has changed and returns the folder; scripts/test did the slow part before. */
export const bootEnvironment = (): string => {
  const folder = path.join(ROOT, '.cache/boot/out');
  const built = spawnSync(path.join(ROOT, 'pxe/build'), [folder], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`pxe/build failed: ${built.stdout}${built.stderr}`);
  return folder;
};
