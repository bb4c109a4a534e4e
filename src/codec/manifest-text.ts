/**
 * The JSON text of a manifest: what an image version says about itself, its disk and its partitions.
 * Sizes and offsets are bytes. Unknown members are ignored, known ones must be right.
 */
import * as z from 'zod';
import { formatError } from './bytes.ts';
import { PARTITION_LIMIT } from './image-limits.ts';
import { IMAGE_NAME } from './image-name.ts';
import { checkShape, parseShape } from './json-shape.ts';

const ENTRY_LIMIT = 1024;
const GAP_LIMIT = 2 ** 18;
const FIELD_LIMIT = 64;

/** Machines that an image may name, and UTF-16 units of a name. */
export const MACHINE_LIMIT = 64;
export const MACHINE_LENGTH = 128;

const count = z.int().min(0);
const short = z.string().max(256);
const digestHex = z.string().regex(/^[0-9a-f]{64}$/);
const guid = z.string().regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/);
const word = z.string().regex(/^[a-z0-9-]{0,32}$/);

const entry = { number: z.int().min(1).max(ENTRY_LIMIT), firstLba: count, lastLba: count };

const mbrEntry = z.object({
  ...entry,
  type: z.int().min(0).max(255),
  active: z.boolean(),
  kind: z.enum(['primary', 'extended', 'logical']),
  ebrLba: count.optional(),
});

const gptEntry = z.object({
  ...entry,
  typeGuid: guid,
  guid,
  name: z.string().max(36),
  attributes: z.string().regex(/^[0-9a-fA-F]{16}$/),
});

const anyDisk = {
  sizeBytes: count.min(1),
  sectorSize: z.literal([512, 1024, 2048, 4096]),
  model: short,
  serial: short,
};

const disk = z.discriminatedUnion('table', [
  z.object({ ...anyDisk, table: z.literal('none'), entries: z.tuple([]) }),
  z.object({
    ...anyDisk,
    table: z.literal('mbr'),
    signature: z.string().regex(/^[0-9a-f]{8}$/),
    entries: z.array(mbrEntry).max(ENTRY_LIMIT),
  }),
  z.object({
    ...anyDisk,
    table: z.literal('gpt'),
    guid,
    entryCount: z.int().min(1).max(ENTRY_LIMIT),
    entriesLba: count.min(2).optional(),
    protectiveActive: z.boolean().optional(),
    entries: z.array(gptEntry).max(ENTRY_LIMIT),
  }),
]);

const positionalField = z.discriminatedUnion('kind', [
  z.object({
    offset: count,
    kind: z.literal('hidden-sectors'),
    hex: z.string().regex(/^[0-9a-f]{8}$/),
  }),
  z.object({
    offset: count,
    kind: z.literal(['sectors-per-track', 'heads']),
    hex: z.string().regex(/^[0-9a-f]{4}$/),
  }),
]);

const partition = z.object({
  number: z.int().min(0).max(ENTRY_LIMIT),
  role: word,
  fileSystem: word,
  label: short,
  uuid: short,
  startBytes: count,
  sizeBytes: count.min(1),
  usedBytes: count,
  minimumBytes: count,
  clusterBytes: count,
  positionalFields: z.array(positionalField).max(FIELD_LIMIT),
  gaps: z.array(z.object({ offset: count, length: count.min(1) })).max(GAP_LIMIT),
  runs: count,
  masks: count,
  digests: count,
});

const manifestText = z.object({
  name: z.string().regex(IMAGE_NAME),
  title: short,
  comment: z.string().max(16_384),
  creator: short,
  createdAt: z.iso.datetime(),
  parent: digestHex.nullable(),
  releaseCounter: count,
  machines: z.array(z.string().min(1).max(MACHINE_LENGTH)).min(1).max(MACHINE_LIMIT).optional(),
  disk,
  partitions: z.array(partition).max(PARTITION_LIMIT),
});

type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value;

/** The JSON text with the record counts of each partition (`runs`, `masks`, `digests`). */
export type ManifestText = DeepReadonly<z.infer<typeof manifestText>>;

/** The captured disk: size, table and its entries as they stood. */
export type DiskIdentity = ManifestText['disk'];

/** A row of an MBR or GPT; `firstLba` and `lastLba` are both inclusive. */
export type DiskEntry = DiskIdentity['entries'][number];

/** A captured partition without its records. */
export type PartitionText = Omit<ManifestText['partitions'][number], 'runs' | 'masks' | 'digests'>;

/** Bytes that depend on where the volume lies, as captured (`hex`, little-endian on the disk). */
export type PositionalField = PartitionText['positionalFields'][number];

const PART = 'manifest text';

const checkEntries = (text: ManifestText): void => {
  const seen = new Set<number>();
  for (const { number, firstLba, lastLba } of text.disk.entries) {
    if (seen.has(number)) throw formatError(PART, 'number of an entry', number, 'each once');
    seen.add(number);
    const last = Math.ceil(text.disk.sizeBytes / text.disk.sectorSize) - 1;
    if (firstLba > lastLba || lastLba > last) {
      const found = `${firstLba} to ${lastLba}`;
      throw formatError(PART, `entry ${number}`, found, `rising, at most ${last}`);
    }
  }
};

/** A partition lies where its table entry says; number 0 is a bare disk's only one. */
const checkEntryOf = (partition: PartitionText, { disk, partitions }: ManifestText): void => {
  const { number, startBytes, sizeBytes } = partition;
  if (disk.table === 'none') {
    if (number === 0 && partitions.length === 1) return;
    throw formatError(PART, 'partitions of a disk without table', number, 'one with number 0');
  }
  const entry = disk.entries.find((row) => row.number === number);
  if (entry === undefined) {
    throw formatError(PART, `entry of partition ${number}`, 'none', 'one in disk.entries');
  }
  const start = entry.firstLba * disk.sectorSize;
  const size = (entry.lastLba - entry.firstLba + 1) * disk.sectorSize;
  if (startBytes !== start || sizeBytes !== size) {
    const found = `${startBytes} + ${sizeBytes}`;
    throw formatError(PART, `place of partition ${number}`, found, `${start} + ${size}`);
  }
};

const checkGaps = ({ number, gaps, sizeBytes }: PartitionText): void => {
  let end = 0;
  for (const { offset, length } of gaps) {
    if (offset < end || offset + length > sizeBytes) {
      const found = `${offset} + ${length}`;
      throw formatError(PART, `gap of partition ${number}`, found, `${end} to ${sizeBytes}`);
    }
    end = offset + length;
  }
};

const checkSizes = (partition: PartitionText): void => {
  const { number, sizeBytes, usedBytes, minimumBytes, positionalFields } = partition;
  const most = Math.ceil(sizeBytes / 4096) * 4096;
  for (const [field, found] of Object.entries({ usedBytes, minimumBytes })) {
    if (found > most) throw formatError(PART, `${field} of ${number}`, found, `at most ${most}`);
  }
  for (const { offset, hex } of positionalFields) {
    if (offset + hex.length / 2 > sizeBytes) {
      throw formatError(PART, `positional field of ${number}`, offset, `inside ${sizeBytes}`);
    }
  }
};

const checkPartitions = (text: ManifestText): void => {
  let end = 0;
  for (const partition of text.partitions) {
    const { number, startBytes, sizeBytes } = partition;
    checkEntryOf(partition, text);
    if (startBytes < end || startBytes + sizeBytes > text.disk.sizeBytes) {
      const found = `${startBytes} + ${sizeBytes}`;
      const needed = `${end} to ${text.disk.sizeBytes}`;
      throw formatError(PART, `place of partition ${number}`, found, needed);
    }
    end = startBytes + sizeBytes;
    checkSizes(partition);
    checkGaps(partition);
  }
};

const checkText = (text: ManifestText): ManifestText => {
  checkEntries(text);
  checkPartitions(text);
  return text;
};

/** Parses and checks the text. @throws NacreError `IMAGE_FORMAT` naming the member */
export const parseManifestText = (bytes: Uint8Array): ManifestText =>
  checkText(parseShape(PART, manifestText, bytes));

/** First byte of the disk that belongs to an entry of its table, or the disk's size. */
export const firstUsedByte = (text: ManifestText): number =>
  Math.min(
    text.disk.sizeBytes,
    ...text.partitions.map((partition) => partition.startBytes),
    ...text.disk.entries.map((entry) => entry.firstLba * text.disk.sectorSize),
  );

/** UTF-8 of the text, members in the order of the document. @throws NacreError `IMAGE_FORMAT` */
export const serializeManifestText = (text: ManifestText): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(checkText(checkShape(PART, manifestText, text))));
