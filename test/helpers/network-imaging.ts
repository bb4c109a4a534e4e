/** A blank machine on a network with `nacre pxe serve`, and a store with an OS for it. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import path from 'node:path';
import { bootEnvironment } from './boot-environment.ts';
import { documentOf, nacre } from './nacre.ts';
import { type GuestFirmware, startNetworkGuest } from './network-guest.ts';
import type { RunningProgram } from './network-lab.ts';
import { GUEST_MAC } from './network-start.ts';
import { openServeLab, type ServeLab } from './serve-lab.ts';
import { makeOs } from './story.ts';
import type { Owner } from './temporary-folder.ts';
import { emptyFile } from './volumes.ts';

const MIB = 2 ** 20;
const DEVICE_MIB = 2048;
const NOISE_MIB = 64;
const { COPYFILE_FICLONE } = constants;
const OS_FILE_SYSTEMS: ReadonlySet<string> = new Set(['ext4', 'ntfs']);

export interface ImagingOptions {
  readonly firmware: GuestFirmware;
  readonly os: 'bios' | 'uefi' | 'ntfs';
  /** Without one the disk becomes that of the image. */
  readonly layout?: 'wes7' | 'uefi';
  readonly memoryMiB?: number;
  /** Lines of the policy for the menu. */
  readonly menu?: string;
  /** Socket of QEMU's monitor, for keys. */
  readonly monitor?: string;
}

export interface NetworkImaging {
  readonly net: ServeLab;
  /** Raw disk file of the machine. */
  readonly device: string;
  /** Runs nacre in the folder of the lab, with its store. */
  run(...words: readonly string[]): Promise<Record<string, unknown>>;
  serve(): Promise<RunningProgram>;
  /** Switches the machine on; it starts again when it wants to. */
  powerOn(): Promise<RunningProgram>;
  /** What is known of the machine. */
  explain(): Promise<Record<string, unknown>>;
  /** Noise over the start of the file system of the OS. */
  destroy(): Promise<void>;
}

/** A network with the service, and a machine with a disk that is empty yet. */
const makeNetwork = async (
  t: Owner,
  { firmware, memoryMiB = 512, menu, monitor }: ImagingOptions,
  lines: readonly string[],
): Promise<NetworkImaging> => {
  const head = menu === undefined ? '' : `[menu]\n${menu}\n`;
  const policy = `${head}[[device]]\nmac = "${GUEST_MAC}"\n${lines.join('\n')}\n`;
  const net = await openServeLab(t, policy, bootEnvironment());
  const { folder } = net;
  const run: NetworkImaging['run'] = async (...words) => {
    const done = await nacre([...words, '--store', 'store', '--json'], { cwd: folder });
    if (done.exitCode !== 0) throw new Error(done.stdout + done.stderr);
    return documentOf(done);
  };
  const device = emptyFile(path.join(folder, 'device.img'), DEVICE_MIB);
  return {
    ...{ net, device, run },
    serve: () => net.serve(['--dhcp', '10.77.0.100-10.77.0.199']),
    powerOn: () =>
      startNetworkGuest(net.lab, 'lan', {
        ...{ firmware, card: 'virtio-net-pci', mac: GUEST_MAC, disk: device, memoryMiB },
        ...{ keepsWrites: true, restarts: true, ...(monitor !== undefined && { monitor }) },
      }),
    explain: async () => {
      const said = await net.pxe(['explain', GUEST_MAC, '--json']).end();
      return JSON.parse(said.join('\n')) as Record<string, unknown>;
    },
    destroy: async () => {
      const shown = (await run('disk', 'show', 'device.img'))['disks'] as readonly {
        readonly partitions: readonly {
          readonly fileSystem: string;
          readonly startBytes: number;
        }[];
      }[];
      const found = shown[0]?.partitions.find(({ fileSystem }) => OS_FILE_SYSTEMS.has(fileSystem));
      if (found === undefined) throw new Error('the disk has no OS');
      await using disk = await open(device, 'r+');
      for (let at = 0; at < NOISE_MIB; at++)
        await disk.write(randomBytes(MIB), 0, MIB, found.startBytes + at * MIB);
    },
  };
};

/** A captured OS, a policy that orders it for the machine, and a blank disk. */
export const makeNetworkImaging = async (
  t: Owner,
  options: ImagingOptions,
): Promise<NetworkImaging> => {
  const { os, layout } = options;
  const lines = ['action = "image"', 'image = "os"', 'unsigned = true'];
  if (layout !== undefined) lines.push(`layout = "${layout}"`);
  const imaging = await makeNetwork(t, options, lines);
  makeOs(os, 'v1', path.join(imaging.net.folder, 'os.img'));
  await imaging.run('image', 'capture', 'os.img', 'os');
  return imaging;
};

/** A machine with an OS, and a policy that orders to capture it; `original.img` in the folder is its disk as it was. */
export const makeNetworkCapture = async (
  t: Owner,
  options: ImagingOptions,
): Promise<NetworkImaging> => {
  const lines = ['action = "capture"', 'name = "os"', 'comment = "by the network"'];
  const imaging = await makeNetwork(t, options, lines);
  makeOs(options.os, 'v1', imaging.device);
  await copyFile(imaging.device, path.join(imaging.net.folder, 'original.img'), COPYFILE_FICLONE);
  return imaging;
};
