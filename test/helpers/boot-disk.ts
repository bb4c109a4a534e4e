/** Disks that start by themselves: boot loader, boot agent and backup partition, as layouts make them. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { GrubBlock } from '../../src/codec/grub-block.ts';
import { type BootChain, writeBootAgent, writeMerlinCopies } from '../../src/disk/boot-agent.ts';
import { readBootFiles } from '../../src/disk/boot-files.ts';
import { BACKUP_LABEL, BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { readBootState } from '../../src/disk/boot-state.ts';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import { FatVolume, formatFat, type VolumeWindow } from '../../src/disk/fat.ts';
import { placeGrubCore } from '../../src/disk/grub-core.ts';
import { emptyFile } from './volumes.ts';

const MIB = 2 ** 20;

export interface BootDiskOptions {
  readonly boot: string;
  readonly firmware: 'seabios' | 'ovmf';
  readonly block?: GrubBlock;
  readonly chain?: BootChain;
  readonly password?: string;
}

/** A disk of 256 MiB without an OS; where its partitions lie. */
export interface BootDisk {
  readonly file: string;
  readonly agent: VolumeWindow;
  readonly backup: VolumeWindow;
}

const TABLES = {
  seabios: (agent: number) =>
    `label: dos\nstart=2048, size=${agent * 2048}, type=e\nsize=40960, type=7, bootable\ntype=c\n`,
  ovmf: (agent: number) =>
    `label: gpt\nstart=2048, size=${agent * 2048}, type=U\nsize=40960\nsize=294912\n`,
};

/** Makes the disk: the OS partition is empty, so that nothing but Merlin can start. */
export const makeBootDisk = async (
  file: string,
  { boot, firmware, block, chain, password }: BootDiskOptions,
): Promise<BootDisk> => {
  const isBios = firmware === 'seabios';
  const agentMib = isBios ? 16 : 64;
  emptyFile(file, 256);
  execFileSync('/usr/sbin/sfdisk', ['-q', file], { input: TABLES[firmware](agentMib) });
  const agent = { startBytes: MIB, sizeBytes: agentMib * MIB };
  const backup = { startBytes: (21 + agentMib) * MIB, sizeBytes: 144 * MIB };
  const files = await readBootFiles(boot);
  using disk = await openForWrite(file);
  if (isBios) {
    const images = {
      boot: await readFile(`${boot}/grub/boot.img`),
      core: await readFile(`${boot}/grub/core.img`),
    };
    const { bootCode, core, coreLba } = placeGrubCore(images, { firstLba: 1, endLba: 2048 });
    await disk.device.write(coreLba * 512, core);
    await disk.device.write(0, bootCode);
  }
  const type = isBios ? 'fat16' : 'fat32';
  await formatFat(disk, agent, { type, label: BOOT_AGENT_LABEL, serial: 0x6e61ab01 });
  await formatFat(disk, backup, { type: 'fat32', label: BACKUP_LABEL, serial: 0x6e61ab02 });
  using agentVolume = await FatVolume.open(disk, agent);
  await writeBootAgent(agentVolume, files, {
    chain: chain ?? (isBios ? 'bios' : 'efi'),
    layout: {
      table: isBios ? 'mbr' : 'gpt',
      os: { kind: 'sector', partition: 2 },
      waitSeconds: 1,
      hasSerialLine: true,
      merlinArguments: 'nacre.end=power-off',
    },
    block,
    password,
  });
  using backupVolume = await FatVolume.open(disk, backup);
  await writeMerlinCopies(backupVolume, files);
  return { file, agent, backup };
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
