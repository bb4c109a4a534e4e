/** What lies on a backup partition, as far as it matters for the next fill. */
import type { GenerationRecord } from '../../codec/generation-record.ts';
import type { DigestAlgorithm } from '../../codec/image-limits.ts';
import type { FatSpace } from '../../disk/native-fat.ts';
import type { StoredPack } from '../store/pack-file.ts';
import { storeFileOf } from '../store/store-layout.ts';
import { listPacks, usablePacks } from '../store/version-files.ts';
import type { Backup } from './backup.ts';
import {
  type Generation,
  lookAt,
  lookAtAll,
  missingRecordBytes,
  readRecord,
} from './generations.ts';

export interface PartitionContent {
  readonly record: GenerationRecord;
  readonly generations: readonly Generation[];
  /** Packs with a readable index and the wanted digest algorithm. */
  readonly packs: readonly StoredPack[];
  /** Bytes of every file of a generation, by its name. */
  readonly fileBytes: ReadonlyMap<string, number>;
  /** Packs of each complete generation. */
  readonly neededBy: ReadonlyMap<string, ReadonlySet<string>>;
  readonly space: FatSpace;
  /** Room that the record still needs. */
  readonly recordBytes: number;
}

/** Reads record, manifests and pack indexes. */
export const readContent = async (
  { files, volume }: Backup,
  algorithm: DigestAlgorithm,
): Promise<PartitionContent> => {
  const record = await readRecord(files);
  const generations = await lookAtAll(files, record);
  const packs: StoredPack[] = [];
  for await (const pack of usablePacks(files, await listPacks(files), algorithm)) packs.push(pack);
  const fileBytes = new Map<string, number>();
  for (const name of await files.list('')) {
    if (storeFileOf(name).kind !== 'unknown') fileBytes.set(name, (await files.size(name)) ?? 0);
  }
  const neededBy = new Map<string, ReadonlySet<string>>();
  for (const { id, complete } of generations) {
    if (!complete) continue;
    const found = await lookAt(files, id);
    neededBy.set(id, new Set(found.packs.map((pack) => pack.id)));
  }
  const recordBytes = await missingRecordBytes(files);
  const space = await volume.space();
  return { record, generations, packs, fileBytes, neededBy, space, recordBytes };
};

/** Bytes of whole clusters. */
export const clustered = (
  bytes: number,
  { clusterBytes }: Pick<FatSpace, 'clusterBytes'>,
): number => Math.ceil(bytes / clusterBytes) * clusterBytes;
