/** Writes partitions of an image to their places on an open disk: compare, write what differs, read back. */
import type { DigestAlgorithm } from '../codec/image-limits.ts';
import type { OpenDisk } from '../disk/device.ts';
import { type NativeApplyResult, native } from '../disk/native.ts';
import { placeLastSector } from './ntfs-last-sector.ts';
import { awaitOperation, type OnProgress } from './operation.ts';
import { nativePartitions, type PlacedPartition } from './placement.ts';
import type { StoredPack } from './store/pack-file.ts';

export interface ApplyPartitionsRequest {
  readonly placed: readonly PlacedPartition[];
  readonly packs: readonly StoredPack[];
  readonly algorithm: DigestAlgorithm;
  /** Writes every block without looking at what is there. */
  readonly noCompare?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** @throws NacreError IMAGE_CHUNK_MISSING before the first write; IMAGE_CHUNK_DAMAGED, IMAGE_TARGET_IO, IMAGE_READ_BACK, CANCELLED */
export const applyPartitions = async (
  disk: OpenDisk,
  { placed, packs, algorithm, noCompare = false, signal, onProgress }: ApplyPartitionsRequest,
): Promise<NativeApplyResult> => {
  const result = await awaitOperation(
    native.startApply({
      device: disk.device,
      partitions: nativePartitions(placed, disk.sectorSize),
      packs,
      algorithm,
      compare: !noCompare,
      threads: 0,
    }),
    {
      phase: 'restore',
      partitions: placed.map(({ targetNumber }) => targetNumber),
      signal,
      onProgress,
    },
  );
  for (const place of placed) await placeLastSector(disk, place);
  return result;
};
