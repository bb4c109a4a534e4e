/**
 * A disk image for a USB stick that starts Merlin on BIOS and on UEFI, with and without Secure Boot: an MBR with GRUB's
 * core in the gap and one FAT32 partition. The same boot environment gives the same bytes.
 */
import { readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { serializeBootLayout } from '../codec/boot-layout.ts';
import type { BootFiles } from './boot-files.ts';
import { BOOT_AGENT_FILES } from './boot-places.ts';
import { type OpenDisk, openForWrite } from './device.ts';
import { FatVolume, formatFat, type VolumeWindow } from './fat.ts';
import { placeGrubCore } from './grub-core.ts';
import { claimNewFile } from './new-file.ts';
import { applySteps, applyTable, type PartitionTable, planTable } from './partition-table.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const FIRST_LBA = MIB / SECTOR;
/** Room for what is not counted below: GRUB's files, folders and FATs. */
const SPARE_BYTES = 24 * MIB;
/** FAT32 that UEFI firmware takes for one has 65,525 clusters. */
const LEAST_BYTES = 64 * MIB;
/** Fixed, so that the same files give the same medium. */
const SIGNATURE = '4e616372';
const SERIAL = 0x4e616372;
const WRITTEN = new Date('2000-01-01T00:00:00Z');
const FAT32_LBA = 0x0c;

export interface BootMediaOptions {
  /** More words for Merlin's kernel: `nacre.server=… nacre.pin=…`. */
  readonly merlinArguments: string;
}

/** A path on the medium and the file of the boot environment that goes there. */
const COPIES: readonly (readonly [to: string, from: string])[] = [
  ['EFI/BOOT/BOOTX64.EFI', 'signed/BOOTX64.EFI'],
  ['EFI/BOOT/grubx64.efi', 'signed/grubx64.efi'],
  ['EFI/BOOT/mmx64.efi', 'signed/mmx64.efi'],
  ['EFI/BOOT/grub.cfg', 'signed/grub.cfg'],
  ['vmlinuz', 'vmlinuz'],
  ['initrd.pxe', 'initrd.pxe'],
  // Last: GRUB takes the medium for one only when this is there.
  [BOOT_AGENT_FILES.script, 'grub/media.cfg'],
];

const sizeOf = ({ files }: BootFiles): VolumeWindow => {
  const names = new Set(COPIES.map(([, from]) => from));
  const bytes = files.reduce((sum, file) => sum + (names.has(file.name) ? file.sizeBytes : 0), 0);
  const sizeBytes = Math.max(LEAST_BYTES, Math.ceil((bytes + SPARE_BYTES) / MIB) * MIB);
  return { startBytes: MIB, sizeBytes };
};

const writeTable = async (disk: OpenDisk, files: BootFiles, window: VolumeWindow) => {
  const images = {
    boot: await readFile(path.join(files.folder, 'grub/boot.img')),
    core: await readFile(path.join(files.folder, 'grub/core.img')),
  };
  const { bootCode, core, coreLba } = placeGrubCore(images, { firstLba: 1, endLba: FIRST_LBA });
  const what = 'GRUB';
  const step = { offset: coreLba * SECTOR, bytes: core, what };
  await applySteps(disk, [{ ...step, flushAfter: true, onlyOverGptHeader: false }]);
  const lastLba = FIRST_LBA + window.sizeBytes / SECTOR - 1;
  const entry = { number: 1, firstLba: FIRST_LBA, lastLba, type: FAT32_LBA, active: true };
  const table: PartitionTable = {
    type: 'mbr',
    signature: SIGNATURE,
    entries: [{ ...entry, kind: 'primary' }],
  };
  await applyTable(disk, await planTable(disk, table, { bootCode }));
};

const writeVolume = async (
  disk: OpenDisk,
  { folder }: BootFiles,
  window: VolumeWindow,
  { merlinArguments }: BootMediaOptions,
): Promise<void> => {
  await formatFat(disk, window, { type: 'fat32', label: 'NACRE-USB', serial: SERIAL });
  using volume = await FatVolume.open(disk, window, () => WRITTEN);
  for (const name of ['Grub', 'EFI', 'EFI/BOOT']) await volume.makeFolder(name);
  const settings = { waitSeconds: 0, hasSerialLine: true } as const;
  const layout = serializeBootLayout({ ...settings, merlinArguments });
  await volume.write(BOOT_AGENT_FILES.layout, Buffer.from(layout));
  for (const [to, from] of COPIES) await volume.write(to, await readFile(path.join(folder, from)));
  await volume.finish();
};

/**
 * Writes a medium into a new file; resolves to its size. A file that did not become whole is removed.
 *
 * @throws NacreError CLI_FILE_EXISTS, DISK_…
 */
export const writeBootMedia = async (
  file: string,
  files: BootFiles,
  options: BootMediaOptions,
): Promise<number> => {
  const window = sizeOf(files);
  const sizeBytes = window.startBytes + window.sizeBytes;
  await using claimed = await claimNewFile(file);
  await truncate(file, sizeBytes);
  using disk = await openForWrite(file, { sectorSize: SECTOR });
  await writeVolume(disk, files, window, options);
  await writeTable(disk, files, window);
  claimed.keep();
  return sizeBytes;
};
