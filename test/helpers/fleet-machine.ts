/** A machine of the fleet story: switched on from the network while its disk is blank, and from its disk with an agent in its OS. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { makeAgentDisk, type RunningDevice, runningDevice } from './agent-device.ts';
import type { FleetHouse } from './fleet-house.ts';
import { type NetworkGuest, startNetworkGuest } from './network-guest.ts';
import { emptyFile } from './volumes.ts';

export interface FleetMachineOptions {
  readonly name: string;
  readonly mac: string;
  readonly firmware: 'seabios' | 'ovmf';
  readonly diskMib: number;
  /** With the bits of the network. */
  readonly address: string;
}

export interface FleetMachine extends FleetMachineOptions {
  /** Raw disk file. */
  readonly disk: string;
  /** Network first, as when somebody presses F12. It starts again when it wants to. */
  startFromNetwork(): Promise<RunningDevice>;
  /** Disk first; the OS finds which manager it belongs to. */
  startFromDisk(): Promise<RunningDevice>;
}

/** A machine with a blank disk on the network of a house. */
export const makeFleetMachine = (house: FleetHouse, options: FleetMachineOptions): FleetMachine => {
  const { name, mac, firmware, diskMib, address } = options;
  const folder = path.join(house.folder, name);
  mkdirSync(folder);
  const disk = emptyFile(path.join(folder, 'device.img'), diskMib);
  const agent = makeAgentDisk(folder, { ...house.manager, code: '', name, address });
  const guest: Omit<NetworkGuest, 'arguments'> = {
    ...{ firmware, mac, disk, card: 'virtio-net-pci', keepsWrites: true, restarts: true },
    serial: `disk-of-${name}`,
    memoryMiB: firmware === 'ovmf' ? 768 : 512,
  };
  const uuid = ['-uuid', `6e616372-0000-4000-8000-${mac.replaceAll(':', '')}`];
  const start = async (more: Partial<NetworkGuest>): Promise<RunningDevice> => {
    const monitor = path.join(folder, 'monitor');
    const serial = await startNetworkGuest(house.lab, 'lan', { ...guest, monitor, ...more });
    return runningDevice(serial, monitor);
  };
  return {
    ...options,
    disk,
    startFromNetwork: () => start({ arguments: uuid }),
    startFromDisk: () =>
      start({
        isDiskFirst: true,
        arguments: [
          ...[...uuid, '-device', 'i6300esb'],
          ...['-drive', `if=none,id=agent,format=raw,readonly=on,file=${agent}`],
          ...['-device', 'virtio-blk-pci,drive=agent'],
        ],
      }),
  };
};
