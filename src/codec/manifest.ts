/**
 * The manifest of an image version (docs/image-format.md, "Manifest").
 *
 * ```
 * header 64 | text JSON | boot bytes | run records | mask records | digest records
 *
 * header  0 magic "NACREMAN" | 8 version u16 | 10 algorithm u8 | 11 chunk shift u8 | 12 textLength u32
 *         16 bootLength u32 | 20 partitionCount u32 | 24 runCount u64 | 32 maskCount u64
 *         40 digestCount u64 | 48 reserved 16
 * ```
 */
import { type BootRegion, parseBootBytes, serializeBootBytes } from './boot-bytes.ts';
import { concatBytes, FieldReader, formatError, putText, putU64 } from './bytes.ts';
import {
  BOOT_LIMIT_BYTES,
  BOOT_REGION_HEAD_BYTES,
  BOOT_REGION_LIMIT,
  CHUNK_SHIFT,
  DIGEST_BYTES,
  DIGEST_LIMIT,
  type DigestAlgorithm,
  FORMAT_VERSION,
  isDigestAlgorithm,
  MANIFEST_HEADER_BYTES,
  MANIFEST_LIMIT_BYTES,
  MASK_LIMIT,
  MASK_RECORD_BYTES,
  PARTITION_LIMIT,
  RUN_LIMIT,
  RUN_RECORD_BYTES,
  TEXT_LIMIT_BYTES,
} from './image-limits.ts';
import {
  firstUsedByte,
  type ManifestText,
  type PartitionText,
  parseManifestText,
  serializeManifestText,
} from './manifest-text.ts';
import { checkPartitionRecords, type PartitionRecords } from './run-records.ts';

/** A captured partition with its packed records. */
export type ManifestPartition = PartitionText & PartitionRecords;

/** One captured state of a disk. */
export interface Manifest extends Omit<ManifestText, 'partitions'> {
  readonly algorithm: DigestAlgorithm;
  readonly bootRegions: readonly BootRegion[];
  /** In the order of their places on the disk. */
  readonly partitions: readonly ManifestPartition[];
}

const MAGIC = 'NACREMAN';
const PART = 'manifest';
const BOOT_SECTION_LIMIT = BOOT_LIMIT_BYTES + BOOT_REGION_HEAD_BYTES * BOOT_REGION_LIMIT;

interface ManifestHeader {
  readonly algorithm: DigestAlgorithm;
  readonly textLength: number;
  readonly bootLength: number;
  readonly partitionCount: number;
  readonly runCount: number;
  readonly maskCount: number;
  readonly digestCount: number;
}

const limited = (reader: FieldReader, field: string, found: number, limit: number): number => {
  if (found > limit) throw reader.error(field, found, `at most ${limit}`);
  return found;
};

const parseHeader = (bytes: Uint8Array): ManifestHeader => {
  const reader = new FieldReader(PART, bytes);
  reader.bytes(0, MANIFEST_HEADER_BYTES, 'header');
  reader.magic(0, MAGIC);
  reader.version(8, FORMAT_VERSION);
  const algorithm = reader.u8(10, 'digest algorithm');
  if (!isDigestAlgorithm(algorithm)) throw reader.error('digest algorithm', algorithm, '1 or 2');
  const shift = reader.u8(11, 'chunk size');
  if (shift !== CHUNK_SHIFT) throw reader.error('chunk size', shift, CHUNK_SHIFT);
  reader.reserved(48, 16);
  const u32 = (offset: number, field: string, limit: number): number =>
    limited(reader, field, reader.u32(offset, field), limit);
  const u64 = (offset: number, field: string, limit: number): number =>
    limited(reader, field, reader.u64(offset, field), limit);
  return {
    algorithm,
    textLength: u32(12, 'textLength', TEXT_LIMIT_BYTES),
    bootLength: u32(16, 'bootLength', BOOT_SECTION_LIMIT),
    partitionCount: u32(20, 'partitionCount', PARTITION_LIMIT),
    runCount: u64(24, 'runCount', RUN_LIMIT),
    maskCount: u64(32, 'maskCount', MASK_LIMIT),
    digestCount: u64(40, 'digestCount', DIGEST_LIMIT),
  };
};

const lengthOf = (header: ManifestHeader): number => {
  const length =
    MANIFEST_HEADER_BYTES +
    header.textLength +
    header.bootLength +
    header.runCount * RUN_RECORD_BYTES +
    header.maskCount * MASK_RECORD_BYTES +
    header.digestCount * DIGEST_BYTES;
  if (length > MANIFEST_LIMIT_BYTES) {
    throw formatError(PART, 'length by its counts', length, `at most ${MANIFEST_LIMIT_BYTES}`);
  }
  return length;
};

/**
 * Length of the whole manifest by its first 64 bytes, so that a reader compares it with the file's size
 * before it reserves memory. @throws NacreError `IMAGE_FORMAT`, `IMAGE_FORMAT_VERSION`
 */
export const manifestLength = (header: Uint8Array): number => lengthOf(parseHeader(header));

/** Cuts one section after the other. */
class Sections {
  readonly #reader: FieldReader;
  #at = MANIFEST_HEADER_BYTES;

  constructor(bytes: Uint8Array) {
    this.#reader = new FieldReader(PART, bytes);
  }

  take(length: number, field: string): Uint8Array {
    const section = this.#reader.bytes(this.#at, length, field);
    this.#at += length;
    return section;
  }
}

const sumOf = (text: ManifestText, field: 'runs' | 'masks' | 'digests'): number =>
  text.partitions.reduce((sum, partition) => sum + partition[field], 0);

const checkCounts = (header: ManifestHeader, text: ManifestText): void => {
  const pairs: readonly (readonly [string, number, number])[] = [
    ['partitions', text.partitions.length, header.partitionCount],
    ['runs of all partitions', sumOf(text, 'runs'), header.runCount],
    ['masks of all partitions', sumOf(text, 'masks'), header.maskCount],
    ['digests of all partitions', sumOf(text, 'digests'), header.digestCount],
  ];
  for (const [field, found, needed] of pairs) {
    if (found !== needed) throw formatError('manifest text', field, found, needed);
  }
};

const cutRecords = (
  text: ManifestText,
  header: ManifestHeader,
  sections: Sections,
): readonly ManifestPartition[] => {
  const runs = sections.take(header.runCount * RUN_RECORD_BYTES, 'run records');
  const masks = sections.take(header.maskCount * MASK_RECORD_BYTES, 'mask records');
  const digests = sections.take(header.digestCount * DIGEST_BYTES, 'digest records');
  const next = { runs: 0, masks: 0, digests: 0 };
  const cut = (kind: keyof typeof next, section: Uint8Array, length: number): Uint8Array => {
    const start = next[kind];
    next[kind] += length;
    return section.subarray(start, start + length);
  };
  return text.partitions.map((partition) => {
    const records = {
      runs: cut('runs', runs, partition.runs * RUN_RECORD_BYTES),
      masks: cut('masks', masks, partition.masks * MASK_RECORD_BYTES),
      digests: cut('digests', digests, partition.digests * DIGEST_BYTES),
    };
    checkPartitionRecords(records, partition.sizeBytes);
    return { ...partition, ...records };
  });
};

/**
 * Parses a whole manifest. Records and boot bytes of the result are views of `bytes`. That the bytes are
 * those of the wanted id is the caller's check. @throws NacreError `IMAGE_FORMAT`, `IMAGE_FORMAT_VERSION`
 */
export const parseManifest = (bytes: Uint8Array): Manifest => {
  const header = parseHeader(bytes);
  const length = lengthOf(header);
  if (bytes.length !== length) throw formatError(PART, 'length', bytes.length, length);
  const sections = new Sections(bytes);
  const text = parseManifestText(sections.take(header.textLength, 'text'));
  checkCounts(header, text);
  const bootRegions = parseBootBytes(sections.take(header.bootLength, 'boot bytes'), {
    sectorSize: text.disk.sectorSize,
    endBytes: firstUsedByte(text),
  });
  const partitions = cutRecords(text, header, sections);
  return { ...text, algorithm: header.algorithm, bootRegions, partitions };
};

const textOf = (manifest: Manifest): ManifestText => {
  const { name, title, comment, creator, createdAt, parent, releaseCounter } = manifest;
  const { machines, disk } = manifest;
  const partitions = manifest.partitions.map((partition) => ({
    ...partition,
    runs: partition.runs.length / RUN_RECORD_BYTES,
    masks: partition.masks.length / MASK_RECORD_BYTES,
    digests: partition.digests.length / DIGEST_BYTES,
  }));
  const about = { name, title, comment, creator, createdAt, parent, releaseCounter };
  return { ...about, ...(machines === undefined ? {} : { machines }), disk, partitions };
};

const serializeHeader = (header: ManifestHeader): Uint8Array => {
  const bytes = new Uint8Array(MANIFEST_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  putText(bytes, 0, MAGIC);
  view.setUint16(8, FORMAT_VERSION, true);
  view.setUint8(10, header.algorithm);
  view.setUint8(11, CHUNK_SHIFT);
  view.setUint32(12, header.textLength, true);
  view.setUint32(16, header.bootLength, true);
  view.setUint32(20, header.partitionCount, true);
  putU64(view, 24, header.runCount);
  putU64(view, 32, header.maskCount);
  putU64(view, 40, header.digestCount);
  return bytes;
};

/**
 * Serializes a manifest and reads the result back, so that nothing leaves that `parseManifest` refuses.
 * @throws NacreError `IMAGE_FORMAT` when a value breaks the format
 */
export const serializeManifest = (manifest: Manifest): Uint8Array => {
  const parsed = textOf(manifest);
  const text = serializeManifestText(parsed);
  const boot = serializeBootBytes(manifest.bootRegions);
  const header = serializeHeader({
    algorithm: manifest.algorithm,
    textLength: text.length,
    bootLength: boot.length,
    partitionCount: parsed.partitions.length,
    runCount: sumOf(parsed, 'runs'),
    maskCount: sumOf(parsed, 'masks'),
    digestCount: sumOf(parsed, 'digests'),
  });
  manifestLength(header);
  const sections = (['runs', 'masks', 'digests'] as const).flatMap((kind) =>
    manifest.partitions.map((partition) => partition[kind]),
  );
  const bytes = concatBytes([header, text, boot, ...sections]);
  parseManifest(bytes);
  return bytes;
};
