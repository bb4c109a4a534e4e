/** Reading the frames of packs: is every chunk what its digest says. The addon does the work. */

import { fromHex } from '../../codec/hex.ts';
import type { DigestAlgorithm } from '../../codec/image-limits.ts';
import type { Manifest } from '../../codec/manifest.ts';
import { ChunkCursor } from '../../codec/run-records.ts';
import { native } from '../../disk/native.ts';
import { awaitOperation, type OperationOptions } from '../operation.ts';
import type { ByteStore } from './byte-store.ts';
import { readPack, type StoredPack } from './pack-file.ts';
import { digestsOf } from './version-files.ts';

/** Indexes of so many packs are held at a time. */
const PACKS_AT_ONCE = 16;

/** A chunk that a pack does not hold as its index says. */
export interface DamagedChunk {
  /** Name of the pack. */
  readonly pack: string;
  /** Offset of the frame in the pack. */
  readonly offset: number;
  /** Digest by the index, hex. */
  readonly expected: string;
  /** Digest of what is there, hex; empty when the frame could not be decompressed. */
  readonly found: string;
  readonly reason: string;
}

/** What was read. */
export interface FrameCheck {
  readonly checkedChunks: number;
  readonly damaged: readonly DamagedChunk[];
}

type CheckOptions = Omit<OperationOptions, 'phase'>;

/** Checks chunks of packs that have one digest algorithm; all of them without `wanted`. */
export const checkPacks = async (
  packs: readonly StoredPack[],
  algorithm: DigestAlgorithm,
  options: CheckOptions & { readonly wanted?: Uint8Array },
): Promise<FrameCheck> => {
  const { wanted = new Uint8Array(), ...rest } = options;
  const { checkedChunks, damaged } = await awaitOperation(
    native.startCheck({ packs, algorithm, wanted, threads: 0 }),
    { phase: 'check', ...rest },
  );
  const names = new Map(packs.map((pack) => [pack.path, pack.id]));
  return {
    checkedChunks,
    damaged: damaged.map(({ pack, offset, expected, found, reason }) => {
      return { pack: names.get(pack) ?? pack, offset, expected, found, reason };
    }),
  };
};

/** Checks every chunk of the named packs, whose indexes must be readable. */
export const checkFrames = async (
  files: ByteStore,
  names: readonly string[],
  options: CheckOptions,
): Promise<FrameCheck> => {
  let checkedChunks = 0;
  const damaged: DamagedChunk[] = [];
  for (let at = 0; at < names.length; at += PACKS_AT_ONCE) {
    const packs: StoredPack[] = [];
    for (const name of names.slice(at, at + PACKS_AT_ONCE)) packs.push(await readPack(files, name));
    for (const algorithm of [1, 2] as const) {
      const some = packs.filter((pack) => pack.algorithm === algorithm);
      if (some.length === 0) continue;
      const result = await checkPacks(some, algorithm, options);
      checkedChunks += result.checkedChunks;
      damaged.push(...result.damaged);
    }
  }
  return { checkedChunks, damaged };
};

/** A damaged chunk with its first place in the image. */
export type DamagedPlace = DamagedChunk & { readonly partition: number; readonly chunk: number };

const placeOf = (manifest: Manifest, digest: string): { partition: number; chunk: number } => {
  const wanted = Buffer.from(fromHex(digest) ?? []);
  for (const partition of manifest.partitions) {
    const cursor = new ChunkCursor(partition, partition.sizeBytes);
    while (cursor.next()) {
      const at = cursor.digestOffset;
      if (!cursor.isZero && wanted.compare(partition.digests, at, at + wanted.length) === 0) {
        return { partition: partition.number, chunk: cursor.chunk };
      }
    }
  }
  return { partition: -1, chunk: -1 };
};

/** What reading all chunks of a version found. */
export interface VersionCheck {
  readonly checkedChunks: number;
  readonly damaged: readonly DamagedPlace[];
}

/** Checks the chunks of one version in its packs. */
export const checkVersionChunks = async (
  manifest: Manifest,
  packs: readonly StoredPack[],
  options: CheckOptions,
): Promise<VersionCheck> => {
  const wanted = digestsOf(manifest);
  if (wanted.length === 0) return { checkedChunks: 0, damaged: [] };
  const result = await checkPacks(packs, manifest.algorithm, { ...options, wanted });
  const damaged = result.damaged.map((one) => ({ ...one, ...placeOf(manifest, one.expected) }));
  return { checkedChunks: result.checkedChunks, damaged };
};
