/** The partitions that start and repair a disk: boot agent and backup volume with GRUB and Merlin, before a table names them. */
import { serializeDeviceLayout } from '../../codec/device-layout.ts';
import { GRUB_BLOCK_BYTES } from '../../codec/grub-block.ts';
import { serializeTrustAnchors, type TrustAnchors } from '../../codec/trust-anchors.ts';
import {
  type BootAgentFile,
  type BootChain,
  bootAgentSources,
  type FilesWritten,
  merlinSources,
  updateBootAgent,
  writeBootAgent,
  writeMerlinCopies,
} from '../../disk/boot-agent.ts';
import type { BootFiles } from '../../disk/boot-files.ts';
import { BOOT_AGENT_FILES, BOOT_AGENT_LABEL } from '../../disk/boot-places.ts';
import { FIRST_BLOCK } from '../../disk/boot-state.ts';
import type { OpenDisk } from '../../disk/device.ts';
import { checkFat, FatVolume, formatFat, type VolumeWindow } from '../../disk/fat.ts';
import { fromNative, native } from '../../disk/native.ts';
import { applySteps } from '../../disk/partition-table.ts';
import { makeWriteCache } from '../../disk/write-cache.ts';
import { NacreError } from '../../errors.ts';
import { loaderAmong, OS_LOADERS } from '../os-loaders.ts';
import { makeBackupVolume } from './backup-volume.ts';
import { GRUB_IMAGES, placedGrub } from './boot-steps.ts';
import { readEspFiles } from './esp-files.ts';
import type { PlacedGrub } from './grub-place.ts';
import { bootAgentFileSystem } from './layout-partitions.ts';
import { type LayoutPlan, rowAt, windowOf } from './layout-plan.ts';
import { volumeSerial } from './volume-serial.ts';

export interface StartOptions {
  /** The built boot environment. */
  readonly boot: BootFiles;
  /** Whose images the device takes from now on. */
  readonly trust: TrustAnchors;
  /** Debian's signed boot loaders, for firmware with Secure Boot (uefi only). */
  readonly secureBoot?: boolean | undefined;
  /** Content of `password.cfg`; without it GRUB's protected entries lead to Merlin. */
  readonly password?: string | undefined;
  /** More words for Merlin's kernel. */
  readonly merlinArguments?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly now?: (() => Date) | undefined;
}

/** How long GRUB waits for Esc. */
const MENU_SECONDS = 2;
/** Room for FATs, folders and the small files that are made here. */
const SPARE_BYTES = 2 ** 20;
/** The largest clusters that partitions of these sizes have: the last one of a file is partly empty. */
const CLUSTER_BYTES = 32 * 2 ** 10;

/** What is worked out before the first write. */
export interface Prepared {
  readonly grub: PlacedGrub | undefined;
  readonly espFiles: readonly BootAgentFile[];
}

/** What a volume has to have free for files of the boot environment. */
const roomFor = ({ files }: BootFiles, names: readonly string[]): number => {
  const sizes = new Map(files.map(({ name, sizeBytes }) => [name, sizeBytes]));
  return names.reduce((sum, name) => sum + (sizes.get(name) ?? 0) + CLUSTER_BYTES, SPARE_BYTES);
};

type ChainChoice = Pick<StartOptions, 'secureBoot'> & Pick<LayoutPlan, 'layout'>;

const chainFor = ({ layout, secureBoot }: ChainChoice): BootChain => {
  if (layout !== 'uefi') return 'bios';
  return secureBoot === true ? 'signed' : 'efi';
};

const chainOf = ({ layout }: LayoutPlan, { secureBoot }: StartOptions): BootChain =>
  chainFor({ layout, secureBoot });

/** Files of the boot environment that a layout needs, by their names in its folder. */
export const startFileNames = (choice: ChainChoice): readonly string[] => [
  ...new Set([
    ...bootAgentSources(chainFor(choice)),
    ...merlinSources(),
    ...(choice.layout === 'uefi' ? [] : Object.values(GRUB_IMAGES)),
  ]),
];

const requireRoom = (partition: string, neededBytes: number, sizeBytes: number): void => {
  if (neededBytes <= sizeBytes) return;
  throw new NacreError('LAYOUT_MERLIN_NO_ROOM', { partition, neededBytes, sizeBytes });
};

/** UEFI starts programs only: Windows without its own cannot be started. A Linux can, by GRUB's configuration. */
const requireLoader = ({ os, image }: LayoutPlan, files: readonly BootAgentFile[]): void => {
  if (os.fileSystem !== 'ntfs' || loaderAmong(files.map(({ path }) => path)) !== undefined) return;
  const facts = { image: image.name, lookedFor: OS_LOADERS.join(', ') };
  throw new NacreError('LAYOUT_NO_LOADER', facts);
};

/** @throws NacreError BOOT_CORE_NO_ROOM, LAYOUT_NO_LOADER, LAYOUT_BOOT_FILES_NO_ROOM, LAYOUT_MERLIN_NO_ROOM; IMAGE_… when the image is damaged */
export const prepareStart = async (plan: LayoutPlan, options: StartOptions): Promise<Prepared> => {
  const grub = await placedGrub(plan, options.boot);
  const { sizeBytes } = windowOf(plan, 'boot-agent');
  const ownBytes = roomFor(options.boot, bootAgentSources(chainOf(plan, options)));
  requireRoom('boot agent', ownBytes, sizeBytes);
  const backupBytes = roomFor(options.boot, merlinSources()) + plan.storedBytes;
  requireRoom('backup OS', backupBytes, windowOf(plan, 'backup').sizeBytes);
  if (plan.layout !== 'uefi') return { grub, espFiles: [] };
  const { manifest } = plan;
  const espFiles = await plan.store.withPacks(plan.image.id, (packs) =>
    readEspFiles({ manifest, packs, mostBytes: sizeBytes - ownBytes, signal: options.signal }),
  );
  requireLoader(plan, espFiles);
  return { grub, espFiles };
};

/** Sectors in front of the first FAT: byte 14 of the boot sector. */
const RESERVED_SECTORS_AT = 14;

/** True for a sound boot agent volume of exactly this place, with its decision blocks: a device that starts from it. */
const isAgentThere = async (
  disk: OpenDisk,
  window: VolumeWindow,
  reservedSectors: number,
): Promise<boolean> => {
  const { startBytes, sizeBytes } = window;
  const found = await fromNative(native.probeFileSystem(disk.device, startBytes, sizeBytes));
  if (!found.type.startsWith('fat') || found.label !== BOOT_AGENT_LABEL) return false;
  if (found.volumeBytes !== sizeBytes) return false;
  const sector = await fromNative(disk.device.read(startBytes, disk.sectorSize));
  if (sector.readUInt16LE(RESERVED_SECTORS_AT) < reservedSectors) return false;
  if (!(await checkFat(disk, window, { mend: true })).isClean) return false;
  using volume = await FatVolume.open(disk, window);
  const blocks = [BOOT_AGENT_FILES.conf, BOOT_AGENT_FILES.alt];
  const items = await Promise.all(blocks.map((name) => volume.find(name)));
  return items.every((item) => item?.sizeBytes === GRUB_BLOCK_BYTES);
};

const writeBootAgentVolume = async (
  disk: OpenDisk,
  plan: LayoutPlan,
  options: StartOptions,
  { grub, espFiles }: Prepared,
): Promise<FilesWritten> => {
  const window = windowOf(plan, 'boot-agent');
  const reservedSectors = grub?.reservedSectors ?? 0;
  const isThere = await isAgentThere(disk, window, reservedSectors);
  if (!isThere) {
    await formatFat(disk, window, {
      type: bootAgentFileSystem(window.sizeBytes, plan.sectorSize),
      label: BOOT_AGENT_LABEL,
      serial: volumeSerial(plan.target.identity, 'boot-agent'),
      reservedSectors,
    });
  }
  const { number: osPartition } = rowAt(plan, windowOf(plan, 'os'));
  const device = { layout: plan.layout, osPartition, imagePartition: plan.os.number };
  using volume = await FatVolume.open(disk, window, options.now);
  const write = isThere ? updateBootAgent : writeBootAgent;
  return await write(volume, options.boot, {
    chain: chainOf(plan, options),
    layout: {
      waitSeconds: MENU_SECONDS,
      hasSerialLine: true,
      merlinArguments: options.merlinArguments ?? '',
    },
    block: { ...FIRST_BLOCK, mode: 'merlin', isDirty: true },
    password: options.password,
    others: [
      { path: BOOT_AGENT_FILES.trust, content: serializeTrustAnchors(options.trust) },
      { path: BOOT_AGENT_FILES.device, content: serializeDeviceLayout(device) },
      ...espFiles,
    ],
  });
};

const writeBackupVolume = async (
  disk: OpenDisk,
  plan: LayoutPlan,
  options: StartOptions,
): Promise<FilesWritten> => {
  const window = windowOf(plan, 'backup');
  await makeBackupVolume(disk, window, volumeSerial(plan.target.identity, 'backup'));
  using volume = await FatVolume.open(disk, window, options.now);
  return await writeMerlinCopies(volume, options.boot);
};

/** Bytes at both ends of a partition that nothing is put into. */
const WIPED_BYTES = 2 ** 20;

/** What used to lie there must not be taken for a file system of the new partition. */
const wipe = async (disk: OpenDisk, what: string, offsets: readonly number[]): Promise<void> => {
  const bytes = Buffer.alloc(WIPED_BYTES);
  const steps = offsets.map((offset) => ({
    ...{ offset, bytes, flushAfter: true, onlyOverGptHeader: false, what },
  }));
  await applySteps(disk, steps);
};

const writeUnformatted = async (disk: OpenDisk, plan: LayoutPlan): Promise<void> => {
  for (const { part, startBytes, endBytes } of plan.parts) {
    if (part === 'msr') await wipe(disk, part, [startBytes, endBytes - WIPED_BYTES]);
    if (part !== 'write-cache') continue;
    await wipe(disk, part, [startBytes]);
    await makeWriteCache(disk, windowOf(plan, part), windowOf(plan, 'os'));
  }
};

/** Everything that starts and repairs, before the table names it. */
export const writeStartPartitions = async (
  disk: OpenDisk,
  plan: LayoutPlan,
  options: StartOptions,
  prepared: Prepared,
): Promise<FilesWritten> => {
  const agent = await writeBootAgentVolume(disk, plan, options, prepared);
  const merlin = await writeBackupVolume(disk, plan, options);
  await writeUnformatted(disk, plan);
  return {
    writtenBytes: agent.writtenBytes + merlin.writtenBytes,
    verifiedBytes: agent.verifiedBytes + merlin.verifiedBytes,
  };
};
