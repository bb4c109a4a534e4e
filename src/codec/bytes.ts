/**
 * Little-endian fields of the image format, read with their names.
 *
 * Every reader checks that the field lies inside the bytes, so that a short file ends in an
 * `IMAGE_FORMAT` error naming the field and never in a `RangeError`.
 */
import { NacreError } from '../errors.ts';

/** Structures of docs/image-format.md, as errors name them. */
export type FormatPart =
  | 'manifest'
  | 'manifest text'
  | 'boot bytes'
  | 'run records'
  | 'mask records'
  | 'pack header'
  | 'pack index'
  | 'pack footer'
  | 'locator'
  | 'signatures'
  | 'generation record'
  | 'device layout'
  | 'kept files';

/** The error for bytes that break a rule of the format: what was found and what is needed. */
export const formatError = (
  part: FormatPart,
  field: string,
  found: string | number,
  needed: string | number,
): NacreError<'IMAGE_FORMAT'> => new NacreError('IMAGE_FORMAT', { part, field, found, needed });

/** A structure of the format under a name, ready to be read field by field. */
export class FieldReader {
  readonly part: FormatPart;
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(part: FormatPart, bytes: Uint8Array) {
    this.part = part;
    this.length = bytes.length;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(offset: number, field: string): number {
    this.#reach(offset, 1, field);
    return this.#view.getUint8(offset);
  }

  u16(offset: number, field: string): number {
    this.#reach(offset, 2, field);
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number, field: string): number {
    this.#reach(offset, 4, field);
    return this.#view.getUint32(offset, true);
  }

  /** A 64-bit number; one above 2^53 - 1 is refused, since no disk or file is that large. */
  u64(offset: number, field: string): number {
    this.#reach(offset, 8, field);
    const high = this.#view.getUint32(offset + 4, true);
    if (high >= 2 ** 21) {
      throw this.error(field, this.#view.getBigUint64(offset, true).toString(), 'at most 2^53 - 1');
    }
    return high * 2 ** 32 + this.#view.getUint32(offset, true);
  }

  /** A view of `length` bytes, not a copy. */
  bytes(offset: number, length: number, field: string): Uint8Array {
    this.#reach(offset, length, field);
    return this.#bytes.subarray(offset, offset + length);
  }

  /** Refuses any other text than `text` (ASCII) at `offset`. */
  magic(offset: number, text: string): void {
    const found = String.fromCharCode(...this.bytes(offset, text.length, 'magic'));
    if (found !== text) throw this.error('magic', JSON.stringify(found), text);
  }

  /** Refuses a format version other than `known`. */
  version(offset: number, known: number): void {
    const found = this.u16(offset, 'version');
    if (found !== known) {
      throw new NacreError('IMAGE_FORMAT_VERSION', { part: this.part, found, known });
    }
  }

  /** Refuses anything but zeros. */
  reserved(offset: number, length: number): void {
    const bytes = this.bytes(offset, length, 'reserved');
    const at = bytes.findIndex((byte) => byte !== 0);
    if (at >= 0) throw this.error(`reserved byte ${offset + at}`, bytes[at] ?? 0, 0);
  }

  error(field: string, found: string | number, needed: string | number): NacreError {
    return formatError(this.part, field, found, needed);
  }

  #reach(offset: number, length: number, field: string): void {
    if (offset + length > this.length) {
      throw this.error(field, `${this.length} bytes`, `${offset + length} bytes`);
    }
  }
}

/** Stores a 64-bit number little-endian. The caller sized the buffer and checked the value. */
export const putU64 = (view: DataView, offset: number, value: number): void => {
  view.setUint32(offset, value % 2 ** 32, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
};

/** Stores ASCII text such as a magic number. */
export const putText = (bytes: Uint8Array, offset: number, text: string): void => {
  for (let index = 0; index < text.length; index++) bytes[offset + index] = text.charCodeAt(index);
};

/** A view over the same memory. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** One array with the bytes of all parts in order. */
export const concatBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
};

/** True when both hold the same bytes. */
export const equalBytes = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, index) => byte === right[index]);
