/** The files of an OS partition without which its OS does not start. */
import { grubReadsExt } from '../codec/ext-features.ts';
import type { OpenDisk } from '../disk/device.ts';
import type { VolumeWindow } from '../disk/fat.ts';
import { fromNative, native } from '../disk/native.ts';
import { listVolumeFolder, statVolumePath } from '../disk/volume-files.ts';
import { isNacreError } from '../errors.ts';

export interface OsVolume {
  /** Open for reading or writing. */
  readonly disk: OpenDisk;
  readonly window: VolumeWindow;
  readonly signal?: AbortSignal | undefined;
}

/** What GRUB sees of an OS. */
export interface OsFiles {
  /** An ext2/3/4 volume. */
  readonly isExt: boolean;
  readonly isNtfs: boolean;
  /** GRUB's configuration of a Linux. */
  readonly configuration: string | undefined;
  /** All that has to be there, configuration included; a `*` at the end stands for any rest. */
  readonly needs: readonly string[];
}

/** Where Linux distributions keep GRUB's configuration; without `/boot` in front: the partition is their /boot. */
export const GRUB_CONFIGURATIONS: readonly string[] = [
  '/boot/grub/grub.cfg',
  '/boot/grub2/grub.cfg',
  '/grub/grub.cfg',
  '/grub2/grub.cfg',
];
/** What a Linux is started with, as in `vmlinuz-6.1.0-28-amd64`: versions change, beginnings do not. */
const LINUX_BEGINNINGS = ['vmlinuz', 'initrd', 'initramfs'];
const LINUX_FOLDERS = ['boot', ''];
const WINDOWS_FILES = ['/bootmgr', '/ntldr', '/Windows/System32/ntoskrnl.exe'];

/** The last four: a volume that cannot be looked into may start all the same. */
const ABSENT = [
  'VOLUME_NOT_FOUND',
  'VOLUME_NOT_A_FOLDER',
  'VOLUME_UNSUPPORTED',
  'VOLUME_DIRTY',
  'VOLUME_HIBERNATED',
  'VOLUME_DAMAGED',
] as const;

const orAbsent = async <Value>(answer: Promise<Value>, absent: Value): Promise<Value> => {
  try {
    return await answer;
  } catch (reason) {
    if (ABSENT.some((code) => isNacreError(reason, code))) return absent;
    throw reason;
  }
};

const filesAmong = async (
  { disk, window, signal }: OsVolume,
  paths: readonly string[],
): Promise<readonly string[]> => {
  const there: string[] = [];
  for (const path of paths) {
    const item = await orAbsent(statVolumePath(disk, window, path, { signal }), undefined);
    if (item !== undefined && item.kind !== 'folder') there.push(path);
  }
  return there;
};

const linuxFiles = async ({ disk, window, signal }: OsVolume): Promise<readonly string[]> => {
  for (const folder of LINUX_FOLDERS) {
    const items = await orAbsent(listVolumeFolder(disk, window, folder, { signal }), []);
    const found = LINUX_BEGINNINGS.filter((beginning) =>
      items.some(({ name, kind }) => kind !== 'folder' && name.startsWith(beginning)),
    );
    const prefix = folder === '' ? '' : `/${folder}`;
    if (found.length > 0) return found.map((beginning) => `${prefix}/${beginning}*`);
  }
  return [];
};

const SUPERBLOCK_BYTES = 4096;

/** Looks into the volume of an OS; what GRUB cannot read itself it is not told to look for. */
export const findOsFiles = async (volume: OsVolume): Promise<OsFiles> => {
  const { device } = volume.disk;
  const { startBytes, sizeBytes } = volume.window;
  const { type } = await fromNative(native.probeFileSystem(device, startBytes, sizeBytes));
  if (type === 'ntfs') {
    const needs = await filesAmong(volume, WINDOWS_FILES);
    return { isExt: false, isNtfs: true, configuration: undefined, needs };
  }
  const isExt = type.startsWith('ext');
  if (!isExt || !grubReadsExt(await fromNative(device.read(startBytes, SUPERBLOCK_BYTES))))
    return { isExt, isNtfs: false, configuration: undefined, needs: [] };
  const [configuration] = await filesAmong(volume, GRUB_CONFIGURATIONS);
  const own = configuration === undefined ? [] : [configuration];
  return { isExt, isNtfs: false, configuration, needs: [...own, ...(await linuxFiles(volume))] };
};
