/** Looks up how GRUB starts an OS that was just written, and tells it so on the boot agent partition. */
import { isGrubText } from '../codec/boot-layout.ts';
import { type OsStart, serializeOsConfig } from '../codec/os-start.ts';
import { writeBootAgentFile } from '../disk/boot-agent.ts';
import { BOOT_AGENT_FILES } from '../disk/boot-places.ts';
import type { OpenDisk } from '../disk/device.ts';
import type { FatVolume, VolumeWindow } from '../disk/fat.ts';
import { NacreError } from '../errors.ts';
import { findOsFiles, GRUB_CONFIGURATIONS, type OsFiles } from './os-files.ts';
import { loaderAmong, OS_LOADERS } from './os-loaders.ts';

export interface OsPlace {
  /** Open for writing. */
  readonly disk: OpenDisk;
  /** Name of the layout: `uefi`, or one of an MBR disk. */
  readonly layout: string;
  /** The OS partition. */
  readonly os: VolumeWindow & { readonly number: number };
  /** The boot agent partition. */
  readonly agent: { readonly number: number; readonly volume: FatVolume };
  readonly signal?: AbortSignal | undefined;
}

const DEEPEST = 16;

/** All files of a folder and of those below it. */
const filesBelow = async (
  volume: FatVolume,
  folder: string,
  depth = 0,
): Promise<readonly string[]> => {
  if (depth > DEEPEST) return [];
  const files: string[] = [];
  for (const { name, isFolder } of await volume.list(folder)) {
    const own = `${folder}/${name}`;
    files.push(...(isFolder ? await filesBelow(volume, own, depth + 1) : [own]));
  }
  return files;
};

/** The OS's own loader of UEFI. */
const efiStart = async ({ layout, agent }: OsPlace): Promise<OsStart | undefined> => {
  if (layout !== 'uefi') return undefined;
  const loader = loaderAmong((await filesBelow(agent.volume, 'EFI')).filter(isGrubText));
  if (loader === undefined) return undefined;
  return { kind: 'efi', partition: agent.number, file: `/${loader}` };
};

const notFound = ({ disk, os }: OsPlace, lookedFor: readonly string[]): NacreError => {
  const facts = { path: disk.info.path, number: os.number, lookedFor: lookedFor.join(', ') };
  return new NacreError('OS_START_NOT_FOUND', facts);
};

/** Without a loader of UEFI: a Linux by its configuration, what else BIOS knows by its boot sector. */
const partitionStart = (place: OsPlace, { isExt, configuration }: OsFiles): OsStart => {
  const partition = place.os.number;
  if (configuration !== undefined) return { kind: 'grub', partition, file: configuration };
  if (isExt) throw notFound(place, GRUB_CONFIGURATIONS);
  if (place.layout === 'uefi') throw notFound(place, OS_LOADERS);
  return { kind: 'sector', partition };
};

/** A Linux whose kernel is gone has a configuration that waits for a person. */
const requireKernel = (place: OsPlace, { configuration, needs }: OsFiles): void => {
  const has = (beginning: string): boolean => needs.some((path) => path.includes(`/${beginning}`));
  if (configuration !== undefined && has('init') && !has('vmlinuz'))
    throw notFound(place, ['/boot/vmlinuz*']);
};

/**
 * Stores how the OS starts, as found on the disk, and reads that back. Its place is before the decision block says that
 * the OS is whole.
 *
 * @throws NacreError OS_START_NOT_FOUND when GRUB has nothing to start it with; FAT_FULL, BOOT_FILE_READ_BACK
 */
export const storeOsStart = async (place: OsPlace): Promise<void> => {
  const { disk, layout, os, agent, signal } = place;
  const files = await findOsFiles({ disk, window: os, signal });
  requireKernel(place, files);
  const config = serializeOsConfig({
    table: layout === 'uefi' ? 'gpt' : 'mbr',
    start: (await efiStart(place)) ?? partitionStart(place, files),
    partition: os.number,
    needs: files.needs,
    isNtfs: files.isNtfs,
  });
  const content = Buffer.from(config);
  await writeBootAgentFile(agent.volume, { path: BOOT_AGENT_FILES.os, content });
};
