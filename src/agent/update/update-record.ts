/**
 * What a terminal remembers of an update of its image, and of the manager that it asked last: JSON, on the boot agent partition of its
 * disk or in a folder. There is no secret in it.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { IMAGE_NAME } from '../../codec/image-name.ts';
import { NacreError } from '../../errors.ts';

/** Longest text that is read. */
export const RECORD_LIMIT_BYTES = 64 * 1024;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().max(256);

const manager = z.object({
  /** `https://NAME:PORT`. */
  url: z.url().max(512),
  /** SHA-256 of its key, hex; null where a CA vouches for it. */
  pin: digest.nullable(),
});

const update = z.object({
  /** Of the session at the manager; 32 hex digits. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  image: z.string().regex(IMAGE_NAME),
  base: digest,
  terminal: text,
  manager,
  /** Restore mode of the write cache before; `none` on a disk without one. */
  restoreModeBefore: z.enum(['on', 'off', 'none']),
  startedAt: z.iso.datetime(),
  /** UUID of the machine by its firmware; empty where it tells none. In a folder of an OS it would else go into the image, and to others. */
  machine: text,
  /** The disk that is changed; null where it is the one that this lies on. */
  disk: z.object({ path: text.min(1), serial: text }).nullable(),
});
export type UpdateInHand = Readonly<z.output<typeof update>>;

const record = z.object({
  format: z.literal('nacre-update'),
  version: z.literal(1),
  /** The manager that the next command asks, unless another one is named. */
  manager: manager.nullable(),
  update: update.nullable(),
});
export type UpdateRecord = Readonly<z.output<typeof record>>;

/** Of a terminal that never updated an image. */
export const NO_UPDATES: UpdateRecord = {
  format: 'nacre-update',
  version: 1,
  manager: null,
  update: null,
};

/** @param place where it lies, for people @throws NacreError UPDATE_STATE_DAMAGED */
export const parseUpdateRecord = (place: string, bytes: Uint8Array): UpdateRecord => {
  const damaged = (reason: string, cause?: unknown): NacreError =>
    new NacreError('UPDATE_STATE_DAMAGED', { place, reason }, { cause });
  if (bytes.length > RECORD_LIMIT_BYTES)
    throw damaged(`it has more than ${RECORD_LIMIT_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged('it is no JSON in UTF-8', cause);
  }
  const { data, error } = record.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw damaged(`${issue?.path.join('.')}: ${issue?.message}`, error);
};

export const serializeUpdateRecord = (value: UpdateRecord): Uint8Array =>
  Buffer.from(`${JSON.stringify(record.parse(value))}\n`);

const asGuid = (hex: string): string =>
  hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** GUID of an image (spec T-19): the same for a name everywhere. */
export const guidOfImage = (name: string): string =>
  asGuid(createHash('sha256').update(`nacre image ${name}`).digest('hex'));

/** GUID of the difference that an update makes (spec T-19). */
export const guidOfUpdate = ({ id }: Pick<UpdateInHand, 'id'>): string => asGuid(id);
