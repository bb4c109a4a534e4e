/** Fills the partitions that a device starts from: the boot agent partition, and Merlin's copies on the backup partition. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type BootLayout, serializeBootLayout } from '../codec/boot-layout.ts';
import { type GrubBlock, MOST_TRIES, serializeGrubBlock } from '../codec/grub-block.ts';
import { NacreError } from '../errors.ts';
import type { BootFiles } from './boot-files.ts';
import { BACKUP_FILES, BOOT_AGENT_FILES } from './boot-places.ts';
import { FIRST_BLOCK, storeBootState } from './boot-state.ts';
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
    [`${to}.blake3`, 'node.img.blake3'],
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

/** Room for what the file system itself needs for a file. */
const SPARE_BYTES = 64 * 2 ** 10;

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
    const { freeBytes } = await this.#volume.space();
    // Where old and new do not fit side by side the old one goes first: what it is for has another copy.
    if (freeBytes < content.length + SPARE_BYTES) await this.#volume.remove(name);
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

/** A file that belongs on the boot agent partition. */
interface Wanted {
  readonly path: string;
  readonly read: () => Promise<Uint8Array>;
}

const ready = (name: string, content: Uint8Array): Wanted => ({
  path: name,
  read: () => Promise.resolve(content),
});

/** All but the decision blocks. */
const wantedFiles = (
  { folder }: BootFiles,
  { chain, layout, password, others = [] }: BootAgentOptions,
): readonly Wanted[] => [
  ...[...COMMON, ...OF_CHAIN[chain]].map(([to, from]) => ({
    path: to,
    read: () => readFile(path.join(folder, from)),
  })),
  ready(BOOT_AGENT_FILES.template, serializeGrubBlock(TEMPLATE)),
  ready(BOOT_AGENT_FILES.layout, Buffer.from(serializeBootLayout(layout))),
  ...(password === undefined ? [] : [ready(BOOT_AGENT_FILES.password, Buffer.from(password))]),
  ...others.map((other) => ready(other.path, other.content)),
];

/** Writes a file of the boot agent partition, if it is another one, and reads it back. @throws NacreError FAT_FULL, BOOT_FILE_READ_BACK */
export const writeBootAgentFile = async (
  volume: FatVolume,
  { path: name, content }: BootAgentFile,
): Promise<void> => {
  await new CheckedFiles(volume).write(name, content);
};

/**
 * Writes all files of a boot agent partition that was just formatted. The decision blocks are the first and the last of
 * them, so that they lie megabytes apart; without them nothing starts the OS unchecked.
 *
 * @throws NacreError FAT_FULL, BOOT_FILE_READ_BACK
 */
export const writeBootAgent = async (
  volume: FatVolume,
  files: BootFiles,
  options: BootAgentOptions,
): Promise<FilesWritten> => {
  const written = new CheckedFiles(volume);
  const bytes = serializeGrubBlock(options.block ?? FIRST_BLOCK);
  await written.write(BOOT_AGENT_FILES.conf, bytes);
  for (const wanted of wantedFiles(files, options))
    await written.write(wanted.path, await wanted.read());
  await written.write(BOOT_AGENT_FILES.alt, bytes);
  await volume.finish();
  return written.result;
};

/**
 * Brings the boot agent partition of a device that starts already up to date: the block first, in place, then each file that
 * differs, and what does not belong there goes. A cut at any write leaves a device that starts; the kernel on the backup
 * partition stands in while the one here is replaced.
 *
 * @throws NacreError FAT_FULL, FAT_NOT_FOUND when a decision block is missing, BOOT_FILE_READ_BACK, BOOT_BLOCK_READ_BACK
 */
export const updateBootAgent = async (
  volume: FatVolume,
  files: BootFiles,
  options: BootAgentOptions,
): Promise<FilesWritten> => {
  await storeBootState(volume, options.block ?? FIRST_BLOCK);
  const wanted = wantedFiles(files, options);
  const kept = new Set(
    [BOOT_AGENT_FILES.conf, BOOT_AGENT_FILES.alt, ...wanted.map((one) => one.path)].map(keyOf),
  );
  // Before the new ones: on a small partition old and new do not fit side by side.
  await removeOthers(volume, '', kept);
  const written = new CheckedFiles(volume);
  for (const one of wanted) await written.write(one.path, await one.read());
  await volume.finish();
  return written.result;
};

/** FAT does not mind case. */
const keyOf = (name: string): string => name.toUpperCase();

const DEEPEST = 16;

/** Removes a file that is not in `kept`; of a folder what is not, and the folder when it is empty then. */
const removeUnlessKept = async (
  volume: FatVolume,
  { path: own, isFolder }: { readonly path: string; readonly isFolder: boolean },
  kept: ReadonlySet<string>,
  depth: number,
): Promise<void> => {
  if (!isFolder) {
    if (!kept.has(keyOf(own))) await volume.remove(own);
    return;
  }
  if (depth >= DEEPEST) return;
  await removeOthers(volume, own, kept, depth + 1);
  if ((await volume.list(own)).length === 0) await volume.remove(own);
};

const removeOthers = async (
  volume: FatVolume,
  folder: string,
  kept: ReadonlySet<string>,
  depth = 0,
): Promise<void> => {
  for (const { name, isFolder } of await volume.list(folder)) {
    const own = folder === '' ? name : `${folder}/${name}`;
    await removeUnlessKept(volume, { path: own, isFolder }, kept, depth);
  }
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
