/** The generation record on a backup partition, and what is really there of each generation. */
import { isDeepStrictEqual } from 'node:util';
import {
  GENERATION_LIMIT,
  GENERATION_RECORD_BYTES,
  type GenerationRecord,
  type GenerationState,
  newestRecord,
  serializeGenerationRecord,
} from '../../codec/generation-record.ts';
import type { Manifest } from '../../codec/manifest.ts';
import type { FatVolume } from '../../disk/fat.ts';
import { type ErrorCode, isNacreError } from '../../errors.ts';
import type { ByteStore } from '../store/byte-store.ts';
import { type StoredPack, sha256 } from '../store/pack-file.ts';
import { manifestName, storeFileOf } from '../store/store-layout.ts';
import { packsOfVersion, readManifest } from '../store/version-files.ts';
import { BACKUP_FOLDER } from './volume-files.ts';

/** The record and its twin. */
const RECORD_FILES = ['generations.rec', 'generations.alt'] as const;
/** The record is the first sector: so long a file keeps it away from its twin on the medium. */
const RECORD_FILE_BYTES = 2 ** 20;

/** A generation as it was found. */
export interface Generation {
  readonly id: string;
  readonly isCurrent: boolean;
  /** Manifest and indexes of all packs are there and right. */
  readonly complete: boolean;
  /** Complete, and all chunks were read back and right when the record was written. */
  readonly verified: boolean;
  /** Manifest and packs; generations may share packs. */
  readonly sizeBytes: number;
  /** Name of the image; empty when the manifest cannot be read. */
  readonly name: string;
  readonly createdAt: string;
  /** Code of what makes it incomplete; null when nothing does. */
  readonly problem: ErrorCode | null;
}

type Slots = readonly [Uint8Array | undefined, Uint8Array | undefined];

const readSlots = async (files: ByteStore): Promise<Slots> => {
  const slots: (Uint8Array | undefined)[] = [];
  for (const name of RECORD_FILES) {
    const size = (await files.size(name)) ?? 0;
    const isThere = size >= GENERATION_RECORD_BYTES;
    slots.push(isThere ? await files.read(name, 0, GENERATION_RECORD_BYTES) : undefined);
  }
  return [slots[0], slots[1]];
};

/** Versions by their manifests, newest first: what there is to go by without a record. */
const findGenerations = async (files: ByteStore): Promise<readonly GenerationState[]> => {
  const found: { id: string; createdAt: string }[] = [];
  for (const name of await files.list('manifests')) {
    const file = storeFileOf(name);
    if (file.kind !== 'manifest') continue;
    const { manifest } = await lookAt(files, file.id);
    if (manifest !== undefined) found.push({ id: file.id, createdAt: manifest.createdAt });
  }
  return found
    .sort((left, right) => (left.createdAt < right.createdAt ? 1 : -1))
    .slice(0, GENERATION_LIMIT)
    .map(({ id }) => ({ id, isComplete: true, isVerified: false }));
};

/**
 * The record that counts. Where neither can be read, what the files say: a manifest is written after all its
 * packs, so that each one stands for a complete generation; which one was current is not known then.
 */
export const readRecord = async (files: ByteStore): Promise<GenerationRecord> => {
  const newest = newestRecord(await readSlots(files), sha256);
  if (newest !== undefined) return newest.record;
  return { sequence: 0, current: undefined, generations: await findGenerations(files) };
};

/** A change of the record; the sequence is counted here. */
export type RecordChange = Omit<GenerationRecord, 'sequence'>;

/** True when both places hold this already. */
const isStored = (slots: Slots, { current, generations }: RecordChange): boolean => {
  const first = newestRecord([slots[0], undefined], sha256)?.record;
  const second = newestRecord([undefined, slots[1]], sha256)?.record;
  if (first === undefined || second === undefined) return false;
  const wanted = { sequence: first.sequence, current, generations };
  return isDeepStrictEqual(first, wanted) && isDeepStrictEqual(second, wanted);
};

/**
 * Stores a record in both places, first in the one that does not count: after a cut the old or the new one is
 * read. A place that is missing is made; nothing is written where nothing changes.
 */
export const writeRecord = async (
  volume: FatVolume,
  files: ByteStore,
  change: RecordChange,
): Promise<void> => {
  const slots = await readSlots(files);
  if (isStored(slots, change)) return;
  const newest = newestRecord(slots, sha256);
  const sequence = (newest?.record.sequence ?? 0) + 1;
  const bytes = serializeGenerationRecord({ ...change, sequence }, sha256);
  const order = newest?.slot === 0 ? ([1, 0] as const) : ([0, 1] as const);
  for (const slot of order) {
    const path = `${BACKUP_FOLDER}/${RECORD_FILES[slot]}`;
    if (slots[slot] !== undefined) await volume.overwrite(path, 0, bytes);
    else await volume.write(path, Buffer.concat([bytes], RECORD_FILE_BYTES));
  }
};

/** Bytes of the places of the record that are not there yet. */
export const missingRecordBytes = async (files: ByteStore): Promise<number> => {
  const slots = await readSlots(files);
  return slots.filter((slot) => slot === undefined).length * RECORD_FILE_BYTES;
};

/** What is there of a version; `problem` says why it is not all. */
export interface FoundVersion {
  readonly manifest: Manifest | undefined;
  readonly packs: readonly StoredPack[];
  readonly problem: ErrorCode | null;
}

/** Reads the manifest and the indexes of all packs of a version. */
export const lookAt = async (files: ByteStore, id: string): Promise<FoundVersion> => {
  let manifest: Manifest | undefined;
  try {
    manifest = await readManifest(files, id);
    const { packs } = await packsOfVersion(files, id);
    return { manifest, packs, problem: null };
  } catch (reason) {
    // What says nothing about this version: a disk that is gone.
    if (!isNacreError(reason) || isNacreError(reason, 'DISK_VANISHED')) throw reason;
    return { manifest, packs: [], problem: reason.code };
  }
};

/** The generations of a record with what is really there of each. */
export const lookAtAll = async (
  files: ByteStore,
  { current, generations }: GenerationRecord,
): Promise<readonly Generation[]> => {
  const found: Generation[] = [];
  for (const { id, isVerified } of generations) {
    const { manifest, packs, problem } = await lookAt(files, id);
    const packBytes = packs.reduce((sum, pack) => sum + pack.sizeBytes, 0);
    const complete = problem === null;
    found.push({
      id,
      isCurrent: id === current,
      complete,
      verified: complete && isVerified,
      sizeBytes: packBytes + ((await files.size(manifestName(id))) ?? 0),
      name: manifest?.name ?? '',
      createdAt: manifest?.createdAt ?? '',
      problem,
    });
  }
  return found;
};
