/**
 * Requests to the program nacre-files, and its answers (native/ntfs/protocol.h).
 *
 * ```
 * frame    0 length of what follows u32 | 4 kind u8 | 5 fields
 * fields   u8, u32, u64 little-endian; texts (UTF-8) and bytes with their length u32 before them
 * ```
 */
import { ERROR_TABLE, type ErrorCode, type FactValue, NacreError } from '../errors.ts';
import { concatBytes, putU64, viewOf } from './bytes.ts';

/** Part of a disk or file, in bytes. */
export interface ProtocolPlace {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
}

export type VolumeRequest =
  | {
      readonly kind: 'open';
      /** `write` needs a journal, `write-unprotected` has none. */
      readonly access: 'read' | 'write' | 'write-unprotected';
      readonly sectorSize: number;
      readonly window: ProtocolPlace;
      readonly journal?: ProtocolPlace | undefined;
    }
  | { readonly kind: 'replay'; readonly window: ProtocolPlace; readonly journal: ProtocolPlace }
  | { readonly kind: 'forget'; readonly journal: ProtocolPlace }
  | { readonly kind: 'make-folder'; readonly path: string }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly stream: string;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'copy';
      readonly path: string;
      readonly stream: string;
      readonly source: ProtocolPlace;
    }
  | { readonly kind: 'set-security'; readonly path: string; readonly descriptor: Uint8Array }
  | {
      readonly kind: 'set-owner';
      readonly path: string;
      readonly owner: number;
      readonly group: number;
      readonly mode: number;
    }
  | { readonly kind: 'make-link'; readonly path: string; readonly target: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'list'; readonly path: string }
  | { readonly kind: 'stat'; readonly path: string }
  | {
      readonly kind: 'read';
      readonly path: string;
      readonly stream: string;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: 'commit' }
  | {
      /** All files of a volume whose bytes come as supplies, each after a `need`. */
      readonly kind: 'tree';
      readonly sectorSize: number;
      readonly sizeBytes: number;
      readonly mostEntries: number;
      readonly mostDepth: number;
    }
  | { readonly kind: 'supply'; readonly bytes: Uint8Array };

/** A file, folder or link of a volume. */
export interface VolumeItem {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** 0 for a folder. */
  readonly sizeBytes: number;
  /** Unix time, UTC. */
  readonly modifiedSeconds: number;
  /** Owner, group and permission bits; 0 on NTFS, which has security descriptors. */
  readonly owner: number;
  readonly group: number;
  readonly mode: number;
}

export type VolumeAnswer =
  | { readonly kind: 'done'; readonly count: number }
  | { readonly kind: 'error'; readonly error: NacreError }
  | { readonly kind: 'item'; readonly item: VolumeItem }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The program waits for these bytes of the volume. */
  | { readonly kind: 'need'; readonly offset: number; readonly length: number };

/** Longest frame without its length: one MiB of content and a path. */
export const FRAME_LIMIT_BYTES = 2 ** 20 + 2 ** 16;

/** Most bytes of content that a request may carry itself. */
export const INLINE_LIMIT_BYTES = 2 ** 20;

const KINDS = {
  open: 1,
  replay: 2,
  forget: 3,
  'make-folder': 16,
  write: 17,
  copy: 18,
  'set-security': 19,
  'set-owner': 20,
  'make-link': 21,
  remove: 22,
  list: 32,
  stat: 33,
  read: 34,
  commit: 48,
  tree: 64,
  supply: 65,
} as const satisfies Record<VolumeRequest['kind'], number>;

const ACCESS = { read: 0, write: 1, 'write-unprotected': 2 } as const;

const NO_PLACE: ProtocolPlace = { path: '', offset: 0, size: 0 };

const u8 = (value: number): Uint8Array => Uint8Array.of(value);

const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
};

const u64 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  putU64(viewOf(bytes), 0, value);
  return bytes;
};

const blob = (bytes: Uint8Array): Uint8Array[] => [u32(bytes.length), bytes];
const text = (value: string): Uint8Array[] => blob(new TextEncoder().encode(value));
const place = ({ path, offset, size }: ProtocolPlace): Uint8Array[] => [
  ...text(path),
  u64(offset),
  u64(size),
];

const fieldsOf = (request: VolumeRequest): readonly Uint8Array[] => {
  switch (request.kind) {
    case 'open':
      return [
        u8(ACCESS[request.access]),
        u32(request.sectorSize),
        ...place(request.window),
        ...place(request.journal ?? NO_PLACE),
      ];
    case 'replay':
      return [...place(request.window), ...place(request.journal)];
    case 'forget':
      return place(request.journal);
    case 'write':
      return [...text(request.path), ...text(request.stream), ...blob(request.bytes)];
    case 'copy':
      return [...text(request.path), ...text(request.stream), ...place(request.source)];
    case 'set-security':
      return [...text(request.path), ...blob(request.descriptor)];
    case 'set-owner':
      return [...text(request.path), u32(request.owner), u32(request.group), u32(request.mode)];
    case 'make-link':
      return [...text(request.path), ...text(request.target)];
    case 'read':
      return [
        ...text(request.path),
        ...text(request.stream),
        u64(request.offset),
        u64(request.length),
      ];
    case 'make-folder':
    case 'remove':
    case 'list':
    case 'stat':
      return text(request.path);
    case 'tree':
      return [
        u32(request.sectorSize),
        u64(request.sizeBytes),
        u32(request.mostEntries),
        u32(request.mostDepth),
      ];
    case 'supply':
      return blob(request.bytes);
    case 'commit':
      return [];
  }
};

/** The frame of a request. @throws TypeError above FRAME_LIMIT_BYTES */
export const serializeRequest = (request: VolumeRequest): Uint8Array => {
  const fields = [u8(KINDS[request.kind]), ...fieldsOf(request)];
  const length = fields.reduce((sum, field) => sum + field.length, 0);
  if (length > FRAME_LIMIT_BYTES) {
    throw new TypeError(`a request has ${length} bytes, at most ${FRAME_LIMIT_BYTES}`);
  }
  return concatBytes([u32(length), ...fields]);
};

const failed = (reason: string): NacreError => new NacreError('VOLUME_HELPER_FAILED', { reason });

/** Takes fields from the front of an answer. */
class AnswerFields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw failed('its answer is cut off');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u8(): number {
    return viewOf(this.take(1)).getUint8(0);
  }

  u32(): number {
    return viewOf(this.take(4)).getUint32(0, true);
  }

  u64(): number {
    const value = viewOf(this.take(8)).getBigUint64(0, true);
    if (value > Number.MAX_SAFE_INTEGER) throw failed('a number of its answer is too large');
    return Number(value);
  }

  /** Seconds before 1970 are negative; what no clock shows becomes the nearest exact number. */
  seconds(): number {
    const value = viewOf(this.take(8)).getBigInt64(0, true);
    return Math.max(Math.min(Number(value), Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER);
  }

  bytes(): Uint8Array {
    return this.take(this.u32());
  }

  /** A name that is no UTF-8 gets U+FFFD where it is not. */
  text(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes());
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw failed('its answer goes on behind its end');
  }
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_TABLE, code);

const parseError = (fields: AnswerFields): NacreError => {
  const code = fields.text();
  const facts: Record<string, FactValue> = {};
  for (let left = fields.u8(); left > 0; left--) {
    const name = fields.text();
    facts[name] = fields.u8() === 0 ? fields.text() : fields.u64();
  }
  if (!isErrorCode(code)) throw failed(`it answered with the unknown code ${code}`);
  return new NacreError<ErrorCode>(code, facts as never);
};

const ITEM_KINDS = ['file', 'folder', 'link', 'other'] as const;

const parseItem = (fields: AnswerFields): VolumeItem => {
  const name = fields.text();
  const kind = ITEM_KINDS[fields.u8()];
  if (kind === undefined) throw failed('it named an unknown kind of file');
  return {
    name,
    kind,
    sizeBytes: fields.u64(),
    modifiedSeconds: fields.seconds(),
    owner: fields.u32(),
    group: fields.u32(),
    mode: fields.u32(),
  };
};

const parseKind = (fields: AnswerFields): VolumeAnswer => {
  switch (fields.u8()) {
    case 0:
      return { kind: 'done', count: fields.u64() };
    case 1:
      return { kind: 'error', error: parseError(fields) };
    case 2:
      return { kind: 'item', item: parseItem(fields) };
    case 3:
      return { kind: 'bytes', bytes: fields.bytes() };
    case 4:
      return { kind: 'need', offset: fields.u64(), length: fields.u32() };
    default:
      throw failed('its answer is of an unknown kind');
  }
};

/** The answer in one frame without its length. @throws NacreError VOLUME_HELPER_FAILED */
export const parseAnswer = (frame: Uint8Array): VolumeAnswer => {
  const fields = new AnswerFields(frame);
  const answer = parseKind(fields);
  fields.end();
  return answer;
};

/** Puts answers together from what a pipe delivers. */
export class AnswerStream {
  #parts: Uint8Array[] = [];
  #length = 0;
  #needed = 4;

  /** The answers that are whole now. @throws NacreError VOLUME_HELPER_FAILED */
  *take(part: Uint8Array): Generator<VolumeAnswer> {
    this.#keep(part);
    // Joined only once a frame is whole: a pipe delivers a long one in many parts.
    while (this.#length >= this.#needed) {
      const bytes = this.#parts.length === 1 ? (this.#parts[0] ?? part) : concatBytes(this.#parts);
      const length = viewOf(bytes).getUint32(0, true);
      if (length > FRAME_LIMIT_BYTES) throw failed('its answer is too long');
      const isWhole = bytes.length >= 4 + length;
      this.#parts = [];
      this.#length = 0;
      this.#needed = isWhole ? 4 : 4 + length;
      this.#keep(isWhole ? bytes.subarray(4 + length) : bytes);
      if (isWhole) yield parseAnswer(bytes.subarray(4, 4 + length));
    }
  }

  /** True while a frame is incomplete. */
  get isInside(): boolean {
    return this.#length > 0;
  }

  #keep(part: Uint8Array): void {
    if (part.length > 0) this.#parts.push(part);
    this.#length += part.length;
  }
}
