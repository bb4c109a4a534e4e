/** What a machine is made of, as the kernel and the firmware tell it: for the menu's hardware information. */
import os from 'node:os';
import { type ShownDisk, showDisks } from '../disk/disk-show.ts';
import { firmwareText } from '../disk/machine.ts';
import { kernelNames, type NetworkCard, readNetworkCards } from './network/cards.ts';

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

/** Reads it all; what cannot be read is empty. */
export const readHardware = async (): Promise<Hardware> => {
  const processors = os.cpus();
  return {
    maker: await firmwareText('sys_vendor'),
    product: await firmwareText('product_name'),
    serial: await firmwareText('product_serial'),
    uuid: await firmwareText('product_uuid'),
    firmware: `${await firmwareText('bios_vendor')} ${await firmwareText('bios_version')}`.trim(),
    isUefi: (await kernelNames('/sys/firmware/efi')).length > 0,
    processor: processors[0]?.model.trim() ?? '',
    cores: processors.length,
    memoryBytes: os.totalmem(),
    network: await readNetworkCards(),
    disks: await showDisks(),
  };
};
