/**
 * A disc (ISO 9660) that starts Merlin on BIOS and UEFI, written by xorriso: GRUB by El Torito, and for UEFI a FAT
 * volume with Debian's signed chain. The same boot environment gives the same bytes.
 */
import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { serializeBootLayout } from '../codec/boot-layout.ts';
import type { BootFiles } from './boot-files.ts';
import type { BootMediaOptions } from './boot-media.ts';
import { openForWrite } from './device.ts';
import { FatVolume, formatFat } from './fat.ts';
import { claimNewFile } from './new-file.ts';
import { runTool, TOOL_ENVIRONMENT } from './tool.ts';

const MIB = 2 ** 20;
/** Shim, GRUB and MokManager of Debian have 6.1 MB. */
const EFI_BYTES = 12 * MIB;
const WRITTEN = new Date('2000-01-01T00:00:00Z');

/** A path in the FAT volume for UEFI and the file of the boot environment that goes there. */
const EFI_COPIES: readonly (readonly [to: string, from: string])[] = [
  ['EFI/BOOT/BOOTX64.EFI', 'signed/BOOTX64.EFI'],
  ['EFI/BOOT/grubx64.efi', 'signed/grubx64.efi'],
  ['EFI/BOOT/mmx64.efi', 'signed/mmx64.efi'],
  ['EFI/BOOT/grub.cfg', 'signed/grub-disc.cfg'],
];

const DISC_COPIES: readonly (readonly [to: string, from: string])[] = [
  ['vmlinuz', 'vmlinuz'],
  ['initrd.pxe', 'initrd.pxe'],
  ['boot/disc.img', 'grub/disc.img'],
  ['Grub/main.cfg', 'grub/media.cfg'],
  // Debian's signed GRUB does not see the FAT volume that it came from on a disc: it looks for /.disk/info, and reads this.
  ['boot/grub/grub.cfg', 'signed/grub-disc.cfg'],
];

const writeNew = async (file: string, content: string | Buffer): Promise<void> => {
  await using created = await open(file, 'wx');
  await created.writeFile(content);
};

const makeEfiVolume = async (file: string, { folder }: BootFiles): Promise<void> => {
  await writeNew(file, Buffer.alloc(EFI_BYTES));
  using disk = await openForWrite(file, { sectorSize: 512 });
  const window = { startBytes: 0, sizeBytes: EFI_BYTES };
  await formatFat(disk, window, { type: 'fat16', label: 'NACRE-EFI', serial: 1 });
  using volume = await FatVolume.open(disk, window, () => WRITTEN);
  for (const name of ['EFI', 'EFI/BOOT']) await volume.makeFolder(name);
  for (const [to, from] of EFI_COPIES)
    await volume.write(to, await readFile(path.join(folder, from)));
  await volume.finish();
};

/** Makes the tree of the disc; times are fixed. */
const makeTree = async (
  tree: string,
  files: BootFiles,
  { merlinArguments }: BootMediaOptions,
): Promise<void> => {
  for (const name of ['Grub', 'boot/grub', '.disk'])
    await mkdir(path.join(tree, name), { recursive: true });
  for (const [to, from] of DISC_COPIES)
    await copyFile(path.join(files.folder, from), path.join(tree, to));
  const settings = { waitSeconds: 0, hasSerialLine: true } as const;
  const layout = serializeBootLayout({ ...settings, merlinArguments });
  await writeNew(path.join(tree, 'Grub/layout.cfg'), layout);
  // What GRUB looks for: devices have a /Grub/main.cfg of their own.
  await writeNew(path.join(tree, 'nacre.disc'), '');
  await writeNew(path.join(tree, '.disk/info'), 'Nacre\n');
  await makeEfiVolume(path.join(tree, 'boot/efi.img'), files);
  // Files before their folders, whose times they change.
  const made = ['Grub/layout.cfg', 'nacre.disc', '.disk/info', 'boot/efi.img'];
  const folders = ['Grub', 'boot/grub', 'boot', '.disk', ''];
  for (const name of [...DISC_COPIES.map(([to]) => to), ...made, ...folders])
    await utimes(path.join(tree, name), WRITTEN, WRITTEN);
};

const XORRISO = [
  ...['-as', 'mkisofs', '-quiet', '-r', '-V', 'NACRE'],
  ...['-b', 'boot/disc.img', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'],
  ...['--grub2-boot-info', '-eltorito-alt-boot', '-e', 'boot/efi.img', '-no-emul-boot'],
];

/**
 * Writes a disc image into a new file; resolves to its size. A file that did not become whole is not there.
 *
 * @throws NacreError CLI_FILE_EXISTS, TOOL_MISSING, TOOL_FAILED
 */
export const writeBootDisc = async (
  file: string,
  files: BootFiles,
  options: BootMediaOptions,
): Promise<number> => {
  await using claimed = await claimNewFile(file);
  const work = await mkdtemp(path.join(path.dirname(path.resolve(file)), '.nacre-disc-'));
  try {
    const tree = path.join(work, 'tree');
    const image = path.join(work, 'disc.iso');
    await makeTree(tree, files, options);
    // Dates of the volume itself.
    const seconds = String(WRITTEN.getTime() / 1000);
    const environment = { ...TOOL_ENVIRONMENT, SOURCE_DATE_EPOCH: seconds };
    await runTool('xorriso', [...XORRISO, '-o', image, tree], { environment });
    await using made = await open(image);
    await made.sync();
    await rename(image, file);
    claimed.keep();
    return (await made.stat()).size;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};
