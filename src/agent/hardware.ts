/** What a machine is made of, as the kernel and the firmware tell it: for the menu's hardware information. */
import { readdir } from 'node:fs/promises';
import os from 'node:os';
import { type ShownDisk, showDisks } from '../disk/disk-show.ts';
import { firmwareText, isUntold, kernelText } from '../disk/machine.ts';

/** A network card. */
export interface NetworkCard {
  readonly name: string;
  readonly mac: string;
  /** Driver of the kernel; empty where there is none. */
  readonly driver: string;
  /** A cable is in and the other side answers. */
  readonly hasLink: boolean;
}

export interface Hardware {
  /** Fields of the firmware's tables (SMBIOS), empty where a board has none. */
  readonly maker: string;
  readonly product: string;
  readonly serial: string;
  readonly uuid: string;
  readonly firmware: string;
  readonly isUefi: boolean;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly network: readonly NetworkCard[];
  readonly disks: readonly ShownDisk[];
}

const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder)).sort();
  } catch (reason) {
    if (isUntold(reason)) return [];
    throw reason;
  }
};

const driverOf = async (name: string): Promise<string> => {
  const uevent = await kernelText(`/sys/class/net/${name}/device/uevent`);
  return /^DRIVER=(.+)$/m.exec(uevent)?.[1] ?? '';
};

const networkCards = async (): Promise<readonly NetworkCard[]> => {
  const names = (await namesIn('/sys/class/net')).filter((name) => name !== 'lo');
  return Promise.all(
    names.map(async (name) => ({
      name,
      mac: await kernelText(`/sys/class/net/${name}/address`),
      driver: await driverOf(name),
      hasLink: (await kernelText(`/sys/class/net/${name}/carrier`)) === '1',
    })),
  );
};

/** Reads it all; what cannot be read is empty. */
export const readHardware = async (): Promise<Hardware> => {
  const processors = os.cpus();
  return {
    maker: await firmwareText('sys_vendor'),
    product: await firmwareText('product_name'),
    serial: await firmwareText('product_serial'),
    uuid: await firmwareText('product_uuid'),
    firmware: `${await firmwareText('bios_vendor')} ${await firmwareText('bios_version')}`.trim(),
    isUefi: (await namesIn('/sys/firmware/efi')).length > 0,
    processor: processors[0]?.model.trim() ?? '',
    cores: processors.length,
    memoryBytes: os.totalmem(),
    network: await networkCards(),
    disks: await showDisks(),
  };
};
