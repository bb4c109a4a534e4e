/** Changed files between two versions, partition by partition, read straight from the packs of the store. */
import type { Manifest, ManifestPartition } from '../../codec/manifest.ts';
import { readVolumeTree } from '../../disk/volume-tree.ts';
import { type ErrorCode, type FactsOf, isNacreError, NacreError } from '../../errors.ts';
import { diffManifests } from '../store/image-diff.ts';
import type { StoredPack } from '../store/pack-file.ts';
import { openChunkVolume } from './chunk-volume.ts';
import { FrameReader, type ReadPackBytes } from './frame-reader.ts';
import { diffTrees, type TreeDifference } from './tree-diff.ts';

/** A version whose packs are kept while it is read. */
export interface ReadVersion {
  readonly manifest: Manifest;
  readonly packs: readonly StoredPack[];
}

/** Files of one partition, or why there are none. */
export type PartitionFiles = { readonly partition: number; readonly fileSystem: string } & (
  | ({ readonly isCompared: true } & TreeDifference)
  | {
      readonly isCompared: false;
      /** `other`: not FAT, NTFS or ext, or another file system than before; `alone`: only one version has it. */
      readonly reason: 'other' | 'alone' | 'failed';
      /** With `failed`: why. */
      readonly code?: string | undefined;
      readonly message?: string | undefined;
    }
);

/** What was found, and what it took. */
export interface FilesDifference {
  readonly partitions: readonly PartitionFiles[];
  /** Stored bytes of the frames that were read for it. */
  readonly readBytes: number;
}

export interface FilesOptions {
  readonly read: ReadPackBytes;
  /** Most files that are told one by one in each partition. */
  readonly most: number;
  readonly signal?: AbortSignal | undefined;
}

const READABLE = /^(fat12|fat16|fat32|ntfs|ext2|ext3|ext4)$/;

const NOTHING: TreeDifference = {
  ...{ added: 0, addedBytes: 0, removed: 0, removedBytes: 0, changed: 0, changedBytes: 0 },
  ...{ renamed: 0, files: [], leftOut: 0 },
};

/** True when no chunk differs in either direction. */
const isSame = (from: Manifest, to: Manifest, { number }: ManifestPartition): boolean => {
  if (from.algorithm !== to.algorithm) return false;
  const chunksOf = (a: Manifest, b: Manifest): number =>
    diffManifests(a, b).perPartition.find((row) => row.number === number)?.chunks ?? 1;
  return chunksOf(from, to) === 0 && chunksOf(to, from) === 0;
};

/** Adds which volume it was: nacre-files does not know. */
const withPlace = (reason: unknown, { name }: Manifest, partition: number): unknown => {
  if (!isNacreError(reason) || 'path' in reason.facts) return reason;
  const facts = {
    ...reason.facts,
    path: `partition ${partition} of ${name}`,
  } as FactsOf<ErrorCode>;
  return new NacreError(reason.code, facts, { cause: reason });
};

const compare = async (
  versions: readonly [ReadVersion, ReadVersion],
  partitions: readonly [ManifestPartition, ManifestPartition],
  frames: FrameReader,
  { most, signal }: FilesOptions,
): Promise<TreeDifference> => {
  const control = new AbortController();
  const either = signal === undefined ? control.signal : AbortSignal.any([signal, control.signal]);
  const treeOf = async (index: 0 | 1) => {
    const { manifest } = versions[index];
    const { algorithm, disk } = manifest;
    const partition = partitions[index];
    const source = { partition, algorithm, sectorSize: disk.sectorSize, frames };
    try {
      return await readVolumeTree(openChunkVolume(source), { signal: either });
    } catch (reason) {
      control.abort();
      throw withPlace(reason, manifest, partition.number);
    }
  };
  // Both at once: they read much the same frames in much the same order.
  const trees = await Promise.allSettled([treeOf(0), treeOf(1)]);
  const [before, after] = trees;
  const isWhole = before.status === 'fulfilled' && after.status === 'fulfilled';
  if (isWhole) return diffTrees(before.value, after.value, most);
  const reasons = trees.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as unknown] : [],
  );
  // The first failure stopped the other one.
  throw reasons.find((reason) => !isNacreError(reason, 'CANCELLED')) ?? reasons[0];
};

const filesOf = async (
  versions: readonly [ReadVersion, ReadVersion],
  to: ManifestPartition,
  frames: FrameReader,
  options: FilesOptions,
): Promise<PartitionFiles> => {
  const about = { partition: to.number, fileSystem: to.fileSystem };
  const from = versions[0].manifest.partitions.find(({ number }) => number === to.number);
  if (from === undefined) return { ...about, isCompared: false, reason: 'alone' };
  const isReadable = READABLE.test(from.fileSystem) && READABLE.test(to.fileSystem);
  if (!isReadable) return { ...about, isCompared: false, reason: 'other' };
  if (isSame(versions[0].manifest, versions[1].manifest, to)) {
    return { ...about, isCompared: true, ...NOTHING };
  }
  try {
    return {
      ...about,
      isCompared: true,
      ...(await compare(versions, [from, to], frames, options)),
    };
  } catch (reason) {
    if (!isNacreError(reason) || isNacreError(reason, 'CANCELLED')) throw reason;
    const { code, message } = reason;
    return { ...about, isCompared: false, reason: 'failed', code, message };
  }
};

/**
 * Files that differ. A partition that cannot be read is told with its error; the others are compared.
 * @throws NacreError CANCELLED
 */
export const diffFiles = async (
  from: ReadVersion,
  to: ReadVersion,
  options: FilesOptions,
): Promise<FilesDifference> => {
  const frames = new FrameReader(options.read);
  frames.add(from.packs);
  frames.add(to.packs);
  const partitions: PartitionFiles[] = [];
  for (const partition of to.manifest.partitions) {
    partitions.push(await filesOf([from, to], partition, frames, options));
  }
  const there = new Set(to.manifest.partitions.map(({ number }) => number));
  for (const { number, fileSystem } of from.manifest.partitions) {
    if (there.has(number)) continue;
    partitions.push({ partition: number, fileSystem, isCompared: false, reason: 'alone' });
  }
  return { partitions, readBytes: frames.fetchedBytes };
};
