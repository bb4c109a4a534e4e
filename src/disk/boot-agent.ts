/** Fills the partitions that a device starts from: the boot agent partition, and Merlin's copies on the backup partition. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type BootLayout, serializeBootLayout } from '../codec/boot-layout.ts';
import { type GrubBlock, MOST_TRIES, serializeGrubBlock } from '../codec/grub-block.ts';
import { NacreError } from '../errors.ts';
import type { BootFiles } from './boot-files.ts';
import { BACKUP_FILES, BOOT_AGENT_FILES } from './boot-places.ts';
import { FIRST_BLOCK } from './boot-state.ts';
import type { FatVolume } from './fat.ts';

/** What starts GRUB: its core in front of the first partition, its own EFI program, or Debian's signed chain. */
export type BootChain = 'bios' | 'efi' | 'signed';

export interface BootAgentOptions {
  readonly chain: BootChain;
  readonly layout: BootLayout;
  /** What boots first; default the OS, not counted. */
  readonly block?: GrubBlock | undefined;
  /** Content of `password.cfg`: `superusers` and a line of `password_pbkdf2`. */
  readonly password?: string | undefined;
  /** What else belongs there: the OS's own boot files, trust anchors. */
  readonly others?: readonly BootAgentFile[] | undefined;
}

/** A file for the volume; components of the path are joined by `/`. */
export interface BootAgentFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A path on the partition and the file of the boot environment that goes there. */
type Copy = readonly [to: string, from: string];

const COMMON: readonly Copy[] = [
  [BOOT_AGENT_FILES.script, 'grub/main.cfg'],
  [BOOT_AGENT_FILES.menu, 'grub/menu.cfg'],
  [BOOT_AGENT_FILES.kernel, 'vmlinuz'],
  [BOOT_AGENT_FILES.base, 'base.img'],
  [BOOT_AGENT_FILES.digests, 'merlin.sha256'],
];

const OF_CHAIN: Readonly<Record<BootChain, readonly Copy[]>> = {
  bios: [
    ['ipxe.lkrn', 'ipxe/ipxe.lkrn'],
    ['Grub/rescue.ipxe', 'grub/rescue.ipxe'],
  ],
  efi: [['EFI/BOOT/BOOTX64.EFI', 'efi/BOOTX64.EFI']],
  signed: [
    ['EFI/BOOT/BOOTX64.EFI', 'signed/BOOTX64.EFI'],
    ['EFI/BOOT/grubx64.efi', 'signed/grubx64.efi'],
    ['EFI/BOOT/mmx64.efi', 'signed/mmx64.efi'],
    ['EFI/BOOT/grub.cfg', 'signed/grub.cfg'],
  ],
};

const MERLIN_COPIES: readonly Copy[] = [
  ...BACKUP_FILES.nodeParts.flatMap((to): readonly Copy[] => [
    [to, 'node.img'],
    [`${to}.sha256`, 'node.img.sha256'],
  ]),
  [BACKUP_FILES.kernel, 'vmlinuz'],
  [BACKUP_FILES.base, 'base.img'],
  [BACKUP_FILES.digests, 'merlin.sha256'],
];

/** Files of the boot environment that a boot agent partition holds, by their names in its folder. */
export const bootAgentSources = (chain: BootChain): readonly string[] =>
  [...COMMON, ...OF_CHAIN[chain]].map(([, from]) => from);

/** Files of the boot environment that a backup partition holds; one that lies there twice is named twice. */
export const merlinSources = (): readonly string[] => MERLIN_COPIES.map(([, from]) => from);

/** What was done to a volume: bytes of files written, and bytes of files read from it and right. */
export interface FilesWritten {
  readonly writtenBytes: number;
  readonly verifiedBytes: number;
}

/** Writes files, folders included, and reads each back; one that is there already stays. */
class CheckedFiles {
  #writtenBytes = 0;
  #verifiedBytes = 0;
  readonly #volume: FatVolume;

  constructor(volume: FatVolume) {
    this.#volume = volume;
  }

  get result(): FilesWritten {
    return { writtenBytes: this.#writtenBytes, verifiedBytes: this.#verifiedBytes };
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    if (!(await hasContent(this.#volume, name, content))) await this.#replace(name, content);
    this.#verifiedBytes += content.length;
  }

  async copy({ folder }: BootFiles, copies: readonly Copy[]): Promise<void> {
    for (const [to, from] of copies) await this.write(to, await readFile(path.join(folder, from)));
  }

  async #replace(name: string, content: Uint8Array): Promise<void> {
    const folders = name.split('/').slice(0, -1);
    for (let depth = 1; depth <= folders.length; depth++)
      await this.#volume.makeFolder(folders.slice(0, depth).join('/'));
    await this.#volume.write(name, content);
    if (!(await hasContent(this.#volume, name, content)))
      throw new NacreError('BOOT_FILE_READ_BACK', { path: name });
    this.#writtenBytes += content.length;
  }
}
const hasContent = async (
  volume: FatVolume,
  name: string,
  content: Uint8Array,
): Promise<boolean> => {
  const item = await volume.find(name);
  if (item === undefined || item.isFolder || item.sizeBytes !== content.length) return false;
  return (await volume.read(name)).equals(content);
};

/** What PI copies over the decision block (spec A-35): Merlin, and then an OS that has to report. */
const TEMPLATE: GrubBlock = { ...FIRST_BLOCK, mode: 'merlin', osTries: MOST_TRIES };

/**
 * Writes all files of a boot agent partition that was just formatted. The decision blocks are the first and the last of
 * them, so that they lie megabytes apart; without them nothing starts the OS unchecked.
 *
 * @throws NacreError FAT_FULL, BOOT_FILE_READ_BACK
 */
export const writeBootAgent = async (
  volume: FatVolume,
  files: BootFiles,
  { chain, layout, block = FIRST_BLOCK, password, others = [] }: BootAgentOptions,
): Promise<FilesWritten> => {
  const written = new CheckedFiles(volume);
  const bytes = serializeGrubBlock(block);
  await written.write(BOOT_AGENT_FILES.conf, bytes);
  await written.copy(files, [...COMMON, ...OF_CHAIN[chain]]);
  await written.write(BOOT_AGENT_FILES.template, serializeGrubBlock(TEMPLATE));
  await written.write(BOOT_AGENT_FILES.layout, Buffer.from(serializeBootLayout(layout)));
  if (password !== undefined) await written.write(BOOT_AGENT_FILES.password, Buffer.from(password));
  for (const other of others) await written.write(other.path, other.content);
  await written.write(BOOT_AGENT_FILES.alt, bytes);
  await volume.finish();
  return written.result;
};

/**
 * Writes Merlin's copies on the backup partition: the Node part twice, kernel and base initrd once.
 *
 * @throws NacreError FAT_FULL, BOOT_FILE_READ_BACK
 */
export const writeMerlinCopies = async (
  volume: FatVolume,
  files: BootFiles,
): Promise<FilesWritten> => {
  const written = new CheckedFiles(volume);
  await written.copy(files, MERLIN_COPIES);
  await volume.finish();
  return written.result;
};
