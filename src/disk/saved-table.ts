/**
 * Saved tables: a copy of everything that writing a partition table may change, kept in a file beside
 * the user, and the way back from it.
 *
 * The file is JSON: the disk it came from, regions of whole sectors as base64, and a SHA-256 over all of
 * it. It is read as what it is, a file that anybody may have changed.
 */
import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { NacreError } from '../errors.ts';
import type { OpenDisk } from './device.ts';
import { fromNative, type NativeWriteStep } from './native.ts';
import type { PartitionTable } from './partition-table.ts';
import { readTable } from './partition-table.ts';

const FILE_LIMIT = 16 * 2 ** 20;
const REGION_LIMIT = 4096;
const BYTES_LIMIT = 8 * 2 ** 20;
const RECORD_LIMIT = 256;
/** Sectors at both ends that a GPT of 128 entries takes, with sector 0. */
const HEAD_SECTORS = 34;
const TAIL_SECTORS = 33;

const count = z.int().min(0);
const text = z.string().max(256);

const savedTable = z.object({
  format: z.literal('nacre-table'),
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  disk: z.object({
    path: z.string().max(4096),
    identity: z.string().max(4352),
    model: text,
    serial: text,
    sizeBytes: count.min(512),
    sectorSize: z.literal([512, 1024, 2048, 4096]),
    table: z.enum(['none', 'mbr', 'gpt']),
    bootRecords: z.array(count).max(RECORD_LIMIT),
  }),
  regions: z.array(z.object({ offset: count, base64: z.base64() })).max(REGION_LIMIT),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

type SavedFile = z.infer<typeof savedTable>;

/** Whole sectors as they were. */
export interface SavedRegion {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** A checked saved table. */
export interface SavedTable {
  readonly createdAt: string;
  readonly disk: Readonly<SavedFile['disk']>;
  /** In rising order, not touching each other. */
  readonly regions: readonly SavedRegion[];
}

/** Default name of the file, to the millisecond, since whoever was cut off runs it again at once: `sdb-20261121T140312.345Z.nacre-table`. */
export const savedTableName = (diskPath: string, at: Date): string => {
  const time = at.toISOString().replaceAll(/[-:]/g, '');
  return `${path.basename(diskPath)}-${time}.nacre-table`;
};

const digestOf = (file: Omit<SavedFile, 'sha256'>): string => {
  const { createdAt, disk, regions } = file;
  const { path: name, identity, model, serial, sizeBytes, sectorSize, table } = disk;
  const facts = [createdAt, name, identity, model, serial, sizeBytes, sectorSize, table];
  facts.push(...disk.bootRecords);
  const hash = createHash('sha256').update(JSON.stringify(facts));
  for (const { offset, base64 } of regions) hash.update(`\n${offset} ${base64}`);
  return hash.digest('hex');
};

interface Range {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

/** Merges ranges of sectors; the result rises and nothing touches. */
const merge = (ranges: readonly Range[]): readonly Range[] => {
  const merged: { first: number; end: number }[] = [];
  for (const { first, end } of [...ranges].sort((a, b) => a.first - b.first)) {
    const last = merged.at(-1);
    if (last !== undefined && first <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ first, end });
  }
  return merged;
};

/** Sectors of the extended boot records: the first of the extended partition, and what it leads to. */
const bootRecordsOf = (table: PartitionTable): readonly number[] => {
  if (table.type !== 'mbr') return [];
  const records = table.entries.map((entry) =>
    entry.kind === 'extended' ? entry.firstLba : entry.ebrLba,
  );
  return [...new Set(records.filter((lba) => lba !== undefined))];
};

const stepRange = (step: NativeWriteStep, sectorSize: number): Range => ({
  first: Math.floor(step.offset / sectorSize),
  end: Math.ceil((step.offset + step.bytes.length) / sectorSize),
});

const rangesToSave = (
  disk: OpenDisk,
  table: PartitionTable,
  steps: readonly NativeWriteStep[],
): readonly Range[] => {
  const sectors = Math.floor(disk.info.sizeBytes / disk.sectorSize);
  const ranges = [
    { first: 0, end: HEAD_SECTORS },
    { first: sectors - TAIL_SECTORS, end: sectors },
    ...bootRecordsOf(table).map((lba) => ({ first: lba, end: lba + 1 })),
    ...steps.map((step) => stepRange(step, disk.sectorSize)),
  ];
  const inside = ranges.map(({ first, end }) => ({
    first: Math.max(0, first),
    end: Math.min(end, sectors),
  }));
  return merge(inside.filter(({ first, end }) => first < end));
};

const readRegions = async (disk: OpenDisk, ranges: readonly Range[]): Promise<SavedRegion[]> => {
  const regions: SavedRegion[] = [];
  for (const { first, end } of ranges) {
    const offset = first * disk.sectorSize;
    const bytes = await fromNative(disk.device.read(offset, (end - first) * disk.sectorSize));
    regions.push({ offset, bytes });
  }
  return regions;
};

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

// The name must not exist yet: a saved table is somebody's only way back.
const writeNewFile = async (file: string, content: string): Promise<void> => {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const folder = await open(path.dirname(file), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    const facts = { file, reason: reasonOf(cause) };
    throw new NacreError('SAVED_TABLE_UNWRITABLE', facts, { cause });
  }
};

export interface SaveTableOptions {
  /** Writes that are planned: what they would overwrite is saved too. */
  readonly steps?: readonly NativeWriteStep[];
  readonly now: Date;
}

/**
 * Saves table, extended boot records and boot code of a disk to a new file, flushed when this resolves.
 *
 * @throws NacreError SAVED_TABLE_UNWRITABLE (also when the file exists), DISK_IO, DISK_VANISHED
 */
export const saveTable = async (
  disk: OpenDisk,
  file: string,
  options: SaveTableOptions,
): Promise<void> => {
  const { table } = await readTable(disk, { allowDamaged: true });
  const regions = await readRegions(disk, rangesToSave(disk, table, options.steps ?? []));
  const { path: name, identity, model, serial, sizeBytes } = disk.info;
  const content: Omit<SavedFile, 'sha256'> = {
    format: 'nacre-table',
    version: 1,
    createdAt: options.now.toISOString(),
    disk: {
      ...{ path: name, identity, model, serial, sizeBytes, table: table.type },
      sectorSize: sectorSizeLiteral(disk.sectorSize),
      bootRecords: [...bootRecordsOf(table)],
    },
    regions: regions.map(({ offset, bytes }) => ({ offset, base64: bytes.toString('base64') })),
  };
  const whole: SavedFile = { ...content, sha256: digestOf(content) };
  await writeNewFile(file, `${JSON.stringify(whole, undefined, 1)}\n`);
};

const sectorSizeLiteral = (size: number): SavedFile['disk']['sectorSize'] =>
  savedTable.shape.disk.shape.sectorSize.parse(size);

const damaged = (file: string, reason: string, cause?: unknown): NacreError =>
  new NacreError('SAVED_TABLE_DAMAGED', { file, reason }, { cause });

const readText = async (file: string): Promise<string> => {
  try {
    const { size } = await stat(file);
    if (size > FILE_LIMIT) throw damaged(file, `it has ${size} bytes, at most ${FILE_LIMIT}`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof NacreError) throw cause;
    throw new NacreError('SAVED_TABLE_UNREADABLE', { file, reason: reasonOf(cause) }, { cause });
  }
};

const parseFile = (file: string, content: string): SavedFile => {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw damaged(file, reasonOf(cause), cause);
  }
  const result = savedTable.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw damaged(file, `${issue?.path.join('.') || 'content'}: ${issue?.message ?? 'wrong'}`);
};

const checkRegions = (file: string, saved: SavedTable): void => {
  const { sectorSize, sizeBytes } = saved.disk;
  let previousEnd = 0;
  let total = 0;
  for (const { offset, bytes } of saved.regions) {
    const isWhole = offset % sectorSize === 0 && bytes.length % sectorSize === 0;
    if (!isWhole || bytes.length === 0)
      throw damaged(file, `region at ${offset} is no whole sector`);
    if (offset < previousEnd) throw damaged(file, `region at ${offset} lies in another one`);
    previousEnd = offset + bytes.length;
    total += bytes.length;
    if (previousEnd > sizeBytes) throw damaged(file, `region at ${offset} ends behind the disk`);
  }
  if (total > BYTES_LIMIT) throw damaged(file, `it holds ${total} bytes, at most ${BYTES_LIMIT}`);
  if (saved.regions[0]?.offset !== 0) throw damaged(file, 'sector 0 is missing');
};

/**
 * Reads and checks a saved table.
 *
 * @throws NacreError SAVED_TABLE_UNREADABLE, SAVED_TABLE_DAMAGED
 */
export const readSavedTable = async (file: string): Promise<SavedTable> => {
  const parsed = parseFile(file, await readText(file));
  const digest = digestOf(parsed);
  if (digest !== parsed.sha256) {
    throw damaged(file, `its SHA-256 is ${digest}, expected ${parsed.sha256}`);
  }
  const regions = parsed.regions.map(({ offset, base64 }) => ({
    offset,
    bytes: Buffer.from(base64, 'base64'),
  }));
  const saved = { createdAt: parsed.createdAt, disk: parsed.disk, regions };
  checkRegions(file, saved);
  return saved;
};
