/**
 * A device with a Debian of its own, made as users make it: from an image in a store, by `nacre disk apply`. Beside it a disk
 * with the store, where a newer version of the image waits for the OS to fetch it.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bootEnvironment } from './boot-environment.ts';
import { documentOf, nacre } from './nacre.ts';
import { type BootOptions, type BootReport, bootGuest } from './qemu.ts';
import { type Owner, temporaryFolder } from './temporary-folder.ts';
import { emptyFile } from './volumes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** A power of two, as SD cards want it. */
const DEVICE_MIB = 2048;

/** QEMU's words for the drive `disk`; a device is found on each of them by its content. */
export const BUSES = {
  virtio: ['-device', 'virtio-blk-pci,drive=disk,serial=nacre-guest'],
  ahci: ['-device', 'ahci,id=ahci', '-device', 'ide-hd,drive=disk,bus=ahci.0'],
  nvme: ['-device', 'nvme,drive=disk,serial=nacre'],
  usb: ['-device', 'qemu-xhci', '-device', 'usb-storage,drive=disk'],
  sd: ['-device', 'sdhci-pci', '-device', 'sd-card,drive=disk'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export interface StoryOptions {
  readonly firmware: 'bios' | 'uefi';
  readonly layout: 'xpe' | 'wes2009' | 'wes7' | 'uefi';
  /** File system of the OS; default ext4. NTFS is for BIOS. */
  readonly fileSystem?: 'ext4' | 'ntfs';
  /** What the disk is connected to; default virtio. */
  readonly bus?: keyof typeof BUSES;
  /** Prepares the empty disk before the layout is applied. */
  readonly prepare?: (disk: string) => void;
}

export interface Story {
  readonly folder: string;
  readonly device: string;
  /** Disk file that v2 was captured from. */
  readonly source: string;
  /** Ids of both versions. */
  readonly ids: readonly [v1: string, v2: string];
  /** Runs nacre in the folder, with its store; it has to succeed. */
  run(...words: readonly string[]): Promise<Record<string, unknown>>;
  /** Starts the device at its firmware; ends when it powers itself off or starts again. */
  start(options?: Partial<BootOptions>): Promise<BootReport>;
}

/** What the story needs of the machine. */
export const STORY_NEEDS: readonly string[] = ['qemu-system-x86_64', 'unsquashfs', 'openssl'];

/** The disk of a PC that has the OS in a version; root gets a Debian, others a few packages around busybox. */
export const makeOs = (
  kind: 'bios' | 'uefi' | 'ntfs',
  version: `v${1 | 2 | 3 | 4}`,
  to: string,
): void => {
  const program = path.join(ROOT, 'test/fixtures/os/make-disk');
  execFileSync(program, [kind, version, `${bootEnvironment()}/node.img`, path.resolve(to)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
};

/** A volume with the store of a folder, for a guest that knows no network. */
export const makeStoreDisk = (folder: string): string => {
  const file = emptyFile(path.join(folder, 'store.img'), 700);
  const store = path.join(folder, 'on-disk');
  execFileSync('mkdir', [store]);
  execFileSync('cp', ['-r', path.join(folder, 'store'), `${store}/store`]);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', 'guest-store', '-d', store, file]);
  execFileSync('rm', ['-r', store]);
  return file;
};

/** SeaBIOS starts the first of its disks, in the order of their kinds: what comes behind virtio needs the store behind itself. */
const BEHIND_VIRTIO: ReadonlySet<keyof typeof BUSES> = new Set(['usb', 'sd']);

/** A hardware watchdog, and the disk with the store beside the device's own. */
export const deviceHardware = (
  store: string,
  bus: keyof typeof BUSES = 'virtio',
): readonly string[] => [
  ...['-device', 'i6300esb'],
  ...['-drive', `if=none,id=store,format=raw,readonly=on,file=${store}`],
  ...['-device', BEHIND_VIRTIO.has(bus) ? 'nvme,drive=store,serial=store' : STORE_DEVICE],
];
const STORE_DEVICE = 'virtio-blk-pci,drive=store';

/** The device has v1 on its OS and backup partition, and keeps the host name `till-7`. */
export const makeStory = async (t: Owner, options: StoryOptions): Promise<Story> => {
  const { firmware, layout, prepare, fileSystem, bus = 'virtio' } = options;
  const folder = await temporaryFolder(t);
  const at = (name: string): string => path.join(folder, name);
  const run: Story['run'] = async (...words) => {
    const done = await nacre([...words, '--store', 'store', '--json'], { cwd: folder });
    if (done.exitCode !== 0) throw new Error(done.stdout + done.stderr);
    return documentOf(done);
  };
  const capture = async (version: 'v1' | 'v2'): Promise<string> => {
    makeOs(fileSystem === 'ntfs' ? 'ntfs' : firmware, version, at('os.img'));
    return String((await run('image', 'capture', 'os.img', 'os'))['id']);
  };
  const v1 = await capture('v1');
  const device = emptyFile(at('device.img'), DEVICE_MIB);
  prepare?.(device);
  const apply = ['disk', 'apply', 'os', 'device.img', '--layout', layout, '--unsigned'];
  await run(...apply, '--boot', bootEnvironment(), '--yes', 'device.img');
  writeFileSync(at('host'), 'till-7\n');
  writeFileSync(at('keep.json'), JSON.stringify([{ path: 'etc/hostname', from: 'host' }]));
  await run('backup', 'keep', 'device.img', '--from', 'keep.json', '--yes', 'device.img');
  const v2 = await capture('v2');
  const store = makeStoreDisk(folder);
  return {
    folder,
    device,
    source: at('os.img'),
    ids: [v1, v2],
    run,
    start: (more = {}) =>
      bootGuest({
        disk: device,
        discardWrites: false,
        firmware: firmware === 'uefi' ? 'ovmf' : 'seabios',
        memoryMiB: 512,
        timeoutMs: 1_200_000,
        device: BUSES[bus],
        arguments: deviceHardware(store, bus),
        ...more,
      }),
  };
};
