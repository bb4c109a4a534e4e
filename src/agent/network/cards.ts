/** The network cards of this machine, as the kernel tells them. */
import { readdir } from 'node:fs/promises';
import { isUntold, kernelText } from '../../disk/machine.ts';

/** A network card. */
export interface NetworkCard {
  readonly name: string;
  readonly mac: string;
  /** Driver of the kernel; empty where there is none. */
  readonly driver: string;
  /** A cable is in and the other side answers. */
  readonly hasLink: boolean;
}

/** Names in a folder of the kernel, sorted; none where it does not have that folder. */
export const kernelNames = async (folder: string): Promise<readonly string[]> => {
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

/** All of them, without the loopback interface. A card that is down has no link. */
export const readNetworkCards = async (): Promise<readonly NetworkCard[]> => {
  const names = (await kernelNames('/sys/class/net')).filter((name) => name !== 'lo');
  return Promise.all(
    names.map(async (name) => ({
      name,
      mac: await kernelText(`/sys/class/net/${name}/address`),
      driver: await driverOf(name),
      hasLink: (await kernelText(`/sys/class/net/${name}/carrier`)) === '1',
    })),
  );
};
