/** A boot environment of the real one's shape and size that does not boot: for tests of what is written where. */
import { createHash } from 'node:crypto';
import { outputFile, outputJson } from 'fs-extra/esm';
import { type BootFiles, readBootFiles } from '../../src/disk/boot-files.ts';

const MIB = 2 ** 20;

const SIZES: Readonly<Record<string, number>> = {
  vmlinuz: 8 * MIB,
  'base.img': 2 * MIB,
  'node.img': 3 * MIB,
  'node.img.blake3': 80,
  'merlin.sha256': 150,
  'grub/boot.img': 512,
  'grub/core.img': 100_000,
  'grub/main.cfg': 5000,
  'grub/menu.cfg': 2000,
  'grub/rescue.ipxe': 500,
  'grub/media.cfg': 500,
  'grub/disc.img': 100_000,
  'efi/BOOTX64.EFI': 900_000,
  'initrd.pxe': 3 * MIB,
  'signed/BOOTX64.EFI': 100_000,
  'signed/grubx64.efi': 100_000,
  'signed/mmx64.efi': 100_000,
  'signed/grub.cfg': 500,
  'signed/grub-disc.cfg': 500,
  'ipxe/ipxe.lkrn': 300_000,
};

/** The real sizes but for what is larger than this: fewer bytes to write in tests of every write. */
export const SMALL_BOOT_BYTES = 48 * 2 ** 10;

/** Each file is filled with the first letter of its name, and what tells one build from another. */
export const makeBootFiles = async (
  folder: string,
  largestBytes = Number.MAX_SAFE_INTEGER,
  build = '',
): Promise<BootFiles> => {
  const files = Object.entries(SIZES).map(([name, sizeBytesOfReal]) => {
    const sizeBytes = Math.min(sizeBytesOfReal, largestBytes);
    const letter = name.split('/').at(-1)?.slice(0, 1) ?? '';
    const content = Buffer.alloc(sizeBytes, letter + build);
    return { name, sizeBytes, content, sha256: createHash('sha256').update(content).digest('hex') };
  });
  for (const { name, content } of files) await outputFile(`${folder}/${name}`, content);
  const listed = files.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }));
  await outputJson(`${folder}/boot.json`, { format: 1, kernel: '6.1', node: '20', files: listed });
  return readBootFiles(folder);
};
