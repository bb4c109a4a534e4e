/** What is remembered of a device's order, and the files in which it is kept: one for each device, replaced at once. */
import { open, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ensureDir, remove } from 'fs-extra/esm';
import * as z from 'zod';
import { flushFolder } from '../../image/store/folder-store.ts';
import { ORDER_STATES } from '../../job/order-states.ts';

/** Devices of a policy, and as many that were in it once. */
const MOST_RECORDS = 100_000;
const MOST_BYTES = 16_384;
/** More than an order is given. */
const MOST_BEGUN = 16;
/** Name of a device (`FoundDevice.key`), which is the name of its file. */
const DEVICE =
  /^(mac-[0-9a-f]{2}(-[0-9a-f]{2}){5}|uuid-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|device-[a-z0-9][a-z0-9._-]{0,63})$/;
const LINE = /^[0-9a-f]{32}$/;
const DIGEST = /^[0-9a-f]{64}$/;
/** Codes of errors: what the device says why it failed. */
export const FAILURE = /^[A-Z][A-Z0-9_]{0,63}$/;

const size = z.int().min(0);

const schema = z.strictObject({
  format: z.literal(1),
  device: z.string().regex(DEVICE),
  /** Random, unless the order brought it along: one that is given again after another one is a new one. */
  id: z.string().regex(LINE),
  /** Digest of what the policy said (`lineOf`). */
  line: z.string().regex(LINE),
  /** What whoever gave it knows it by (`orderIdOf`); null for one that nobody else waits for. */
  word: z
    .string()
    .regex(/^[0-9a-f]{32}(?:\.\d{1,9})?$/)
    .nullable()
    .default(null),
  /** What it says, for people. */
  text: z.string().max(160),
  /** It writes over the disk; a capture does not. */
  erases: z.boolean(),
  state: z.enum(ORDER_STATES),
  /** How often it was given. */
  attempts: z.int().min(0).max(1000),
  /** SHA-256 of the ticket that was given last. */
  ticket: z.string().regex(DIGEST).nullable(),
  /** SHA-256 of the tickets with which it began; each may still say how it ended. */
  begun: z.array(z.string().regex(DIGEST)).max(MOST_BEGUN).default([]),
  failure: z.string().regex(FAILURE).nullable(),
  /** Of an image: id of the version that it was given with first, since a label may move meanwhile. Of a capture: that it became. */
  version: z.string().regex(DIGEST).nullable().default(null),
  /** What a capture becomes, as the policy said when the order was made. */
  capture: z
    .object({ name: z.string(), comment: z.string(), sign: z.string().nullable() })
    .nullable()
    .default(null),
  /** What came of a capture. */
  captured: z.object({ usedBytes: size, storedBytes: size }).nullable().default(null),
  /** What its device said at the end of it. */
  result: z.object({ writtenBytes: size, verifiedBytes: size }).nullable().default(null),
  /** The administrator's visit at the device that made this order; null for one of the policy. */
  visit: z.string().regex(LINE).nullable().default(null),
  /** The line whose image the disk holds whole, when it is known. */
  onDisk: z.string().regex(LINE).nullable(),
  changedAt: z.iso.datetime(),
});

export type OrderRecord = Readonly<z.output<typeof schema>>;

/** A file that is there and says nothing that can be used. */
export interface DamagedRecord {
  readonly device: string;
  readonly path: string;
  readonly reason: string;
}

export interface StoredOrders {
  readonly records: readonly OrderRecord[];
  readonly damaged: readonly DamagedRecord[];
}

/** Where orders are kept. */
export interface OrderFiles {
  readonly read: () => Promise<StoredOrders>;
  /** Resolves when the record survives a power cut. After a failure the one before it is still there. */
  readonly write: (record: OrderRecord) => Promise<void>;
}

const parseRecord = (text: string, device: string): OrderRecord | string => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (reason) {
    if (reason instanceof SyntaxError) return 'it is not JSON';
    throw reason;
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    return `${issue?.path.join('.') || 'record'}: ${issue?.message ?? 'not a record'}`;
  }
  return result.data.device === device ? result.data : `it is the record of ${result.data.device}`;
};

const readRecord = async (file: string, device: string): Promise<OrderRecord | DamagedRecord> => {
  const damaged = (reason: string): DamagedRecord => ({ device, path: file, reason });
  try {
    const bytes = await readFile(file);
    if (bytes.length > MOST_BYTES) return damaged(`it has ${bytes.length} bytes`);
    const record = parseRecord(bytes.toString('utf8'), device);
    return typeof record === 'string' ? damaged(record) : record;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason) return damaged(String(reason.code));
    throw reason;
  }
};

const writeFlushed = async (file: string, text: string): Promise<void> => {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Devices that have a record, from the names in their folder. */
const devicesOf = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => {
    const device = name.endsWith('.json') ? name.slice(0, -'.json'.length) : '';
    return DEVICE.test(device) ? [device] : [];
  });

const readAll = async (folder: string, devices: readonly string[]): Promise<StoredOrders> => {
  const records: OrderRecord[] = [];
  const damaged: DamagedRecord[] = [];
  for (const device of devices.slice(0, MOST_RECORDS)) {
    const record = await readRecord(path.join(folder, `${device}.json`), device);
    if ('reason' in record) damaged.push(record);
    else records.push(record);
  }
  return { records, damaged };
};

/** Reads the folder of orders and changes nothing in it: a service may be at work there. None when there is no folder. */
export const readOrders = async (folder: string): Promise<StoredOrders> => {
  try {
    return await readAll(folder, devicesOf(await readdir(folder)));
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT')
      return { records: [], damaged: [] };
    throw reason;
  }
};

/** Opens the folder of orders, and makes it where there is none. Only its owner may look into it. */
export const openOrderFiles = async (folder: string): Promise<OrderFiles> => {
  await ensureDir(folder, 0o700);
  return {
    read: async () => {
      const names = await readdir(folder);
      // Of a write that a cut ended before its rename.
      for (const name of names) if (name.endsWith('.new')) await remove(path.join(folder, name));
      return readAll(folder, devicesOf(names));
    },
    write: async (record) => {
      const file = path.join(folder, `${schema.parse(record).device}.json`);
      await writeFlushed(`${file}.new`, `${JSON.stringify(record)}\n`);
      await rename(`${file}.new`, file);
      await flushFolder(folder);
    },
  };
};
