/** Disks that start by themselves, made as users make them: by the layout's own code, from an image in a store. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { GrubBlock } from '../../src/codec/grub-block.ts';
import type { BootChain } from '../../src/disk/boot-agent.ts';
import { readBootFiles } from '../../src/disk/boot-files.ts';
import { readBootState, storeBootState } from '../../src/disk/boot-state.ts';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import { FatVolume, type VolumeWindow } from '../../src/disk/fat.ts';
import { captureImage } from '../../src/image/capture.ts';
import { applyLayout } from '../../src/image/layout/layout-apply.ts';
import { planLayout, windowOf } from '../../src/image/layout/layout-plan.ts';
import { openStore } from '../../src/image/store/store.ts';
import { patch, putVolume } from './disk-lab.ts';
import { emptyFile, makeNtfs, run } from './volumes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What the OS of these disks says on the serial line. */
export const OS_SAYS = 'NACRE-OS v1';

export interface BootDiskOptions {
  readonly boot: string;
  readonly firmware: 'seabios' | 'ovmf';
  readonly block?: Partial<GrubBlock>;
  readonly chain?: BootChain;
  /** Content of `password.cfg`. */
  readonly password?: string;
  /** Merlin starts the machine again when it is done, instead of powering it off. */
  readonly restarts?: boolean;
  /** Words for Merlin's kernel, instead of those that `restarts` means. */
  readonly merlinArguments?: string;
}

/** A disk with an OS, and where its partitions lie. */
export interface BootDisk {
  readonly file: string;
  readonly agent: VolumeWindow;
  readonly os: VolumeWindow;
  readonly backup: VolumeWindow;
}

/** Bytes from 0x54 of a boot sector, where NTFS leaves room for code: prints the text at 0x75 on COM1 and halts. */
const SPEAKER = [
  [0x31, 0xc0, 0x8e, 0xd8], // xor ax,ax; mov ds,ax
  [0xbe, 0x75, 0x7c], // mov si,0x7c75
  [0xac, 0x84, 0xc0, 0x74, 0x12], // next: lodsb; test al,al; jz end
  [0x88, 0xc4, 0xba, 0xfd, 0x03], // mov ah,al; mov dx,0x3fd
  [0xec, 0xa8, 0x20, 0x74, 0xfb], // wait: in al,dx; test al,0x20; jz wait
  [0xba, 0xf8, 0x03, 0x88, 0xe0, 0xee, 0xeb, 0xe9], // mov dx,0x3f8; mov al,ah; out dx,al; jmp next
  [0xf4, 0xeb, 0xfd], // end: hlt; jmp end
].flat();

/** Makes the first sector of a file one that BIOS can start: it says OS_SAYS. */
export const makeSpeak = (file: string): void => {
  patch(file, 0, Buffer.from([0xeb, 0x52, 0x90]));
  patch(file, 0x54, Buffer.from([...SPEAKER, ...Buffer.from(`\r\n${OS_SAYS}\r\n\0`, 'latin1')]));
  patch(file, 510, Buffer.from([0x55, 0xaa]));
};

/** An NTFS volume that BIOS can start. */
const makeSpeakingOs = (file: string, sizeMib: number): string => {
  makeNtfs(file, sizeMib);
  makeSpeak(file);
  return file;
};

const SPEAKING_LOADER = `echo\necho "${OS_SAYS}"\nsleep 3600\n`;

/** An EFI system partition with the loader of an OS that says OS_SAYS. */
const makeSpeakingLoader = (file: string, sizeMib: number): string => {
  const package_ = (name: string): string =>
    execFileSync(path.join(ROOT, 'scripts/fetch-package'), [name], { encoding: 'utf8' }).trim();
  const modules = `${package_('grub-efi-amd64-bin')}/usr/lib/grub/x86_64-efi`;
  const script = `${file}.cfg`;
  writeFileSync(script, SPEAKING_LOADER);
  const mkimage = `${package_('grub-common')}/usr/bin/grub-mkimage`;
  const words = ['-O', 'x86_64-efi', '-d', modules, '-c', script, '-p', '/', '-o', `${file}.efi`];
  execFileSync(mkimage, [...words, 'echo', 'sleep']);
  run('mkfs.fat', ['-F', '16', emptyFile(file, sizeMib)]);
  run('mmd', ['-i', file, '::EFI', '::EFI/Microsoft', '::EFI/Microsoft/Boot']);
  run('mcopy', ['-i', file, `${file}.efi`, '::EFI/Microsoft/Boot/bootmgfw.efi']);
  return file;
};

/** The disk that is imaged: MBR and an OS that BIOS starts, or GPT and one that UEFI starts. */
const makeSource = (folder: string, firmware: BootDiskOptions['firmware']): string => {
  const source = emptyFile(path.join(folder, 'source.img'), 32);
  const isBios = firmware === 'seabios';
  const input = isBios ? 'label: dos\n2048,12M,7\n' : 'label: gpt\n2048,12M,uefi\n,12M\n';
  execFileSync('/usr/sbin/sfdisk', ['-q', source], { input });
  putVolume(makeSpeakingOs(path.join(folder, 'os.img'), 12), source, isBios ? 1 : 13);
  if (!isBios) putVolume(makeSpeakingLoader(path.join(folder, 'esp.img'), 12), source, 1);
  return source;
};

/** Makes `file` from an image whose store lies beside it. SD cards want 256 MiB, a power of two. */
export const makeBootDisk = async (file: string, options: BootDiskOptions): Promise<BootDisk> => {
  const { boot, firmware, block, chain, password, restarts = false } = options;
  const { merlinArguments = restarts ? '' : 'nacre.end=power-off' } = options;
  const folder = path.dirname(file);
  const source = makeSource(folder, firmware);
  const store = await openStore(path.join(folder, 'store'), { create: true });
  await captureImage({ store, path: source, name: 'os', creator: 'test' });
  emptyFile(file, firmware === 'seabios' ? 256 : 384);
  const layout = firmware === 'seabios' ? 'wes7' : 'uefi';
  const plan = await planLayout({ store, image: 'os', path: file, layout, policy: 'auto' });
  await applyLayout(plan, {
    savedTable: `${file}.nacre-table`,
    boot: await readBootFiles(boot),
    trust: { keys: [], allowsUnsigned: true },
    secureBoot: chain === 'signed',
    password,
    merlinArguments,
  });
  const disk = {
    file,
    agent: windowOf(plan, 'boot-agent'),
    os: windowOf(plan, 'os'),
    backup: windowOf(plan, 'backup'),
  };
  if (block !== undefined) await setBlock(disk, block);
  return disk;
};

/** Changes the decision block. */
export const setBlock = async (
  { file, agent }: BootDisk,
  change: Partial<GrubBlock>,
): Promise<void> => {
  using disk = await openForWrite(file);
  using volume = await FatVolume.open(disk, agent);
  await storeBootState(volume, change);
  await volume.finish();
};

/** Overwrites 512 bytes of a file on a volume of the disk. */
export const damageFile = async (
  disk: BootDisk,
  window: VolumeWindow,
  file: string,
  offset: number,
): Promise<void> => {
  using open = await openForWrite(disk.file);
  using volume = await FatVolume.open(open, window);
  await volume.overwrite(file, offset, Buffer.alloc(512, 'x'));
};

/** The decision block that counts. */
export const blockOf = async ({ file, agent }: BootDisk): Promise<GrubBlock | undefined> => {
  using disk = await openForRead(file);
  using volume = await FatVolume.open(disk, agent);
  return (await readBootState(volume))?.block;
};
