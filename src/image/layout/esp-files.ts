/**
 * Boot files of an image's EFI system partition: the boot agent partition takes its place, so it has to hold what the OS
 * starts from. The volume is put together in a temporary file and read there; nothing is mounted.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fsExtra from 'fs-extra';
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import type { BootAgentFile } from '../../disk/boot-agent.ts';
import { openForWrite } from '../../disk/device.ts';
import { FatVolume } from '../../disk/fat.ts';
import { NacreError } from '../../errors.ts';
import { applyPartitions } from '../apply-partitions.ts';
import { OS_FALLBACK_FOLDER } from '../os-loaders.ts';
import type { StoredPack } from '../store/pack-file.ts';

/** Where the image's own fallback loader lies. */
const FALLBACK_FOLDER = /^EFI\/BOOT(?=\/|$)/i;
const DEEPEST = 16;

/** The image's EFI system partition, if it has one. */
export const espOf = (manifest: Manifest): ManifestPartition | undefined =>
  manifest.partitions.find(
    ({ role, fileSystem }) => role === 'efi-system' && fileSystem.startsWith('fat'),
  );

const requireRoom = (neededBytes: number, mostBytes: number): void => {
  if (neededBytes <= mostBytes) return;
  throw new NacreError('LAYOUT_BOOT_FILES_NO_ROOM', { neededBytes, mostBytes });
};

/** All files of a volume, in the order of its folders. */
const readFiles = async (
  volume: FatVolume,
  mostBytes: number,
): Promise<readonly BootAgentFile[]> => {
  const files: BootAgentFile[] = [];
  let bytes = 0;
  const visit = async (folder: string, depth: number): Promise<void> => {
    if (depth > DEEPEST) return;
    for (const { name, isFolder, sizeBytes } of await volume.list(folder)) {
      const own = folder === '' ? name : `${folder}/${name}`;
      if (isFolder) {
        await visit(own, depth + 1);
        continue;
      }
      bytes += sizeBytes;
      requireRoom(bytes, mostBytes);
      const kept = own.replace(FALLBACK_FOLDER, OS_FALLBACK_FOLDER);
      files.push({ path: kept, content: await volume.read(own) });
    }
  };
  await visit('', 0);
  return files;
};

export interface EspRequest {
  readonly manifest: Manifest;
  readonly packs: readonly StoredPack[];
  /** Room that the files may take. */
  readonly mostBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The files of the image's EFI system partition; none when it has no such partition.
 *
 * @throws NacreError LAYOUT_BOOT_FILES_NO_ROOM before more than `mostBytes` are read; IMAGE_CHUNK_DAMAGED
 */
export const readEspFiles = async (request: EspRequest): Promise<readonly BootAgentFile[]> => {
  const { manifest, packs, mostBytes, signal } = request;
  const esp = espOf(manifest);
  if (esp === undefined) return [];
  const folder = await mkdtemp(path.join(tmpdir(), 'nacre-esp-'));
  try {
    const file = path.join(folder, 'volume');
    await fsExtra.outputFile(file, '');
    await fsExtra.truncate(file, esp.sizeBytes);
    using disk = await openForWrite(file, { sectorSize: manifest.disk.sectorSize });
    const { algorithm } = manifest;
    const { sizeBytes } = esp;
    const placed = [{ partition: esp, targetNumber: esp.number, startBytes: 0, sizeBytes }];
    await applyPartitions(disk, { placed, packs, algorithm, signal });
    const window = { startBytes: 0, sizeBytes };
    using volume = await FatVolume.open(disk, window);
    return await readFiles(volume, mostBytes);
  } finally {
    await fsExtra.remove(folder);
  }
};
