/** Compares a disk with an image: used blocks under the mask, partition entries and boot code. */
import type { Manifest } from '../codec/manifest.ts';
import { bootCodeWrites, readBootCode } from '../disk/boot-code.ts';
import { explainFailure, type OpenDisk, openForRead } from '../disk/device.ts';
import { type NativeCompareResult, native } from '../disk/native.ts';
import { type PartitionTable, readTable } from '../disk/partition-table.ts';
import { NacreError } from '../errors.ts';
import { partitionPlaces } from './disk-partitions.ts';
import { tableOf } from './disk-table.ts';
import { awaitOperation, type OnProgress } from './operation.ts';
import {
  nativePartitions,
  type PartitionChoice,
  type PlacedPartition,
  placeAsCaptured,
  placeChosen,
} from './placement.ts';
import type { ImageSource } from './store/image-source.ts';
import type { StoredPack } from './store/pack-file.ts';
import { checkTrust } from './store/signature.ts';

export interface VerifyDiskOptions {
  readonly store: ImageSource;
  /** IMAGE of cli.md. */
  readonly image: string;
  readonly path: string;
  /** Partitions to compare at the places of the disk's own table; default: the whole disk. */
  readonly partitions?: readonly PartitionChoice[] | undefined;
  readonly trust?: readonly string[] | undefined;
  readonly sectorSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** What `nacre image verify IMAGE DISK --json` prints. */
export interface VerifyDiskReport {
  readonly name: string;
  readonly id: string;
  readonly same: boolean;
  readonly differingChunks: number;
  /** Bytes of the 4 KiB blocks that differ. */
  readonly differingBytes: number;
  /** Offsets from the start of the partition. */
  readonly ranges: readonly {
    readonly partition: number;
    readonly offsetBytes: number;
    readonly lengthBytes: number;
  }[];
  /** One phrase for each difference of the table or the boot code. */
  readonly tableDifferences: readonly string[];
}

/**
 * Reads the disk and compares it with the image; nothing is written.
 *
 * @throws NacreError DISK_TOO_SMALL when the disk ends before the image does, DISK_SECTOR_SIZE, DISK_IN_USE;
 *   IMAGE_CHUNK_DAMAGED when the store's own chunk is bad; CANCELLED
 */
export const verifyDisk = async (options: VerifyDiskOptions): Promise<VerifyDiskReport> => {
  const { store } = options;
  const { name, id } = await store.resolve(options.image);
  const manifest = await store.readManifest(id);
  if (options.trust !== undefined && options.trust.length > 0) {
    checkTrust(id, await store.readSignatures(id), options.trust);
  }
  const found = await store.withPacks(id, (packs) => compareDisk(manifest, packs, options));
  return { name, id, ...found };
};

const compareDisk = async (
  manifest: Manifest,
  packs: readonly StoredPack[],
  options: VerifyDiskOptions,
): Promise<Omit<VerifyDiskReport, 'name' | 'id'>> => {
  using disk = await openForRead(options.path, { sectorSize: options.sectorSize });
  const { sectorSize, info } = disk;
  if (sectorSize !== manifest.disk.sectorSize) {
    const facts = { path: info.path, sectorSize, neededSectorSize: manifest.disk.sectorSize };
    throw new NacreError('DISK_SECTOR_SIZE', facts);
  }
  try {
    const { table } = await readTable(disk, { allowDamaged: true });
    const choices = options.partitions ?? [];
    const target = { path: info.path, places: partitionPlaces(disk, table) };
    const placed =
      choices.length > 0 ? placeChosen(manifest, choices, target) : placeAsCaptured(manifest);
    requireInside(disk, placed);
    const result = await awaitOperation(
      native.startCompare({
        device: disk.device,
        partitions: nativePartitions(placed, sectorSize),
        packs,
        algorithm: manifest.algorithm,
        threads: 0,
      }),
      {
        phase: 'compare',
        partitions: placed.map(({ targetNumber }) => targetNumber),
        signal: options.signal,
        onProgress: options.onProgress,
      },
    );
    const wanted = tableOf(manifest.disk);
    const tableDifferences =
      choices.length > 0 || wanted.type === 'none'
        ? []
        : [
            ...differencesOfTables(wanted, table),
            ...(await differencesOfBootCode(disk, wanted, manifest.bootRegions)),
          ];
    return summarize(placed, result, tableDifferences);
  } catch (reason) {
    throw await explainFailure(info, reason);
  }
};

const requireInside = (disk: OpenDisk, placed: readonly PlacedPartition[]): void => {
  const { path, sizeBytes } = disk.info;
  for (const { partition, startBytes } of placed) {
    const neededBytes = startBytes + partition.minimumBytes;
    if (neededBytes > sizeBytes) {
      throw new NacreError('DISK_TOO_SMALL', { path, sizeBytes, neededBytes });
    }
  }
};

const entryText = (entry: PartitionTable['entries'][number]): string => {
  const { number, firstLba, lastLba } = entry;
  const rest =
    'typeGuid' in entry
      ? `${entry.typeGuid} ${entry.guid} "${entry.name}" ${entry.attributes}`
      : `type ${entry.type} ${entry.kind}${entry.active ? ' active' : ''}`;
  return `partition ${number}: sectors ${firstLba} to ${lastLba}, ${rest}`;
};

const tableName = (table: PartitionTable): string => {
  if (table.type === 'mbr') return `mbr with signature ${table.signature}`;
  return table.type === 'gpt' ? `gpt with GUID ${table.guid}` : 'no table';
};

const differencesOfTables = (wanted: PartitionTable, found: PartitionTable): readonly string[] => {
  const names = [tableName(wanted), tableName(found)].map((text) => text.toLowerCase());
  const wantedRows = wanted.entries.map(entryText);
  const foundRows = found.entries.map(entryText);
  return [
    ...(names[0] === names[1] ? [] : [`image: ${tableName(wanted)}; disk: ${tableName(found)}`]),
    ...wantedRows
      .filter((row) => !foundRows.includes(row))
      .map((row) => `only in the image: ${row}`),
    ...foundRows
      .filter((row) => !wantedRows.includes(row))
      .map((row) => `only on the disk: ${row}`),
  ];
};

const differencesOfBootCode = async (
  disk: OpenDisk,
  table: PartitionTable,
  regions: Parameters<typeof bootCodeWrites>[0],
): Promise<readonly string[]> => {
  const { bootCode, steps } = bootCodeWrites(regions, await readBootCode(disk, table));
  const wanted = [{ offset: 0, bytes: Buffer.from(bootCode) }, ...steps];
  const differing: string[] = [];
  for (const { offset, bytes } of wanted) {
    const found = await disk.device.read(offset, bytes.length);
    if (!found.equals(bytes))
      differing.push(`boot code at offset ${offset}, ${bytes.length} bytes`);
  }
  return differing;
};

const summarize = (
  placed: readonly PlacedPartition[],
  result: NativeCompareResult,
  tableDifferences: readonly string[],
): Omit<VerifyDiskReport, 'name' | 'id'> => {
  const differingChunks = result.partitions.reduce((sum, one) => sum + one.differingChunks, 0);
  const differingBytes = result.partitions.reduce((sum, one) => sum + one.differingBytes, 0);
  const ranges = result.partitions.flatMap((one, index) =>
    one.ranges.map(({ offset, length }) => ({
      partition: placed[index]?.targetNumber ?? 0,
      offsetBytes: offset,
      lengthBytes: length,
    })),
  );
  const same = differingChunks === 0 && tableDifferences.length === 0;
  return { same, differingChunks, differingBytes, ranges, tableDifferences };
};
