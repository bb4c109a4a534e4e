/**
 * Header of a partclone image, format 0002 (source: IMAGE_FORMATS.md of the partclone project, and
 * images made by partclone 0.3.23). Little-endian throughout.
 *
 * | offset | size | meaning |
 * |---|---|---|
 * | 0 | 16 | `partclone-image`, NUL |
 * | 16 | 14 | version of partclone, text |
 * | 30 | 4 | image format, text: `0002` |
 * | 34 | 2 | byte order mark: 0xC0DE |
 * | 36 | 16 | file system, text |
 * | 52 | 8 | size of the device, bytes |
 * | 60 | 8 | blocks in the volume |
 * | 68 | 8 | used blocks by the super block |
 * | 76 | 8 | used blocks by the bitmap |
 * | 84 | 4 | block size, bytes |
 * | 88 | 4 | length of the options that follow: 18 |
 * | 92 | 2 | image format: 2 |
 * | 94 | 2 | bits of a word of the maker's processor |
 * | 96 | 2 | checksum of blocks: 0x00 none, 0x20 CRC-32, 0x30 XXH64, 0x31 XXH128 |
 * | 98 | 2 | length of a checksum |
 * | 100 | 4 | blocks per checksum; 0 without checksums |
 * | 104 | 1 | 1: each checksum starts anew, 0: each goes on from the one before |
 * | 105 | 1 | bitmap: 0 none (all blocks used), 1 a bit a block, 8 a byte a block |
 * | 106 | 4 | CRC-32 of the bytes before |
 *
 * The CRC-32 is the usual one without its last inversion: the complement of what zlib gives.
 */
import { NacreError } from '../errors.ts';

/** zlib's CRC-32: of `bytes`, going on from `previous` (0 at first). */
export type Crc32 = (bytes: Uint8Array, previous: number) => number;

/** Length of a header, bytes. */
export const PARTCLONE_HEADER_BYTES = 110;
/** Length of the options section inside the header. */
const OPTIONS_BYTES = 18;
/** First bytes of an image of any format. */
export const PARTCLONE_MAGIC = 'partclone-image';

const MAXIMUM_BLOCK_BYTES = 64 << 20;
/** Blocks are counted in 32 bits here: 16 TiB at 4 KiB, 2 TiB (all that FAT can) at 512 bytes. */
const MAXIMUM_BLOCKS = 2 ** 32 - 1;

/** What the header says, checked. Sizes in bytes. */
export interface PartcloneHeader {
  readonly partcloneVersion: string;
  /** As partclone writes it: `NTFS`, `EXTFS`, `FAT`, `XFS`, … */
  readonly fileSystem: string;
  readonly deviceBytes: number;
  readonly totalBlocks: number;
  /** Used blocks as the header counts them; the bitmap is what holds. */
  readonly statedBlocks: number;
  readonly blockBytes: number;
  readonly checksum: 'none' | 'crc32';
  readonly blocksPerChecksum: number;
  readonly isReseeded: boolean;
  readonly bitmap: 'none' | 'bits' | 'bytes';
}

/** An image whose bytes contradict themselves. @param offset in the (decompressed) image. */
export const partcloneDamage = (
  offset: number,
  field: string,
  found: string | number,
  expected: string | number,
): NacreError => new NacreError('PARTCLONE_DAMAGED', { offset, field, found, expected });

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** Compares a stored CRC-32 in partclone's form with zlib's value of the bytes. */
export const checkPartcloneCrc = (
  stored: number,
  zlibValue: number,
  place: { readonly offset: number; readonly field: string },
): void => {
  const value = ~zlibValue >>> 0;
  if (stored !== value) throw partcloneDamage(place.offset, place.field, hex(stored), hex(value));
};

const unsupported = (what: string): NacreError => new NacreError('PARTCLONE_UNSUPPORTED', { what });

const text = (bytes: Uint8Array, start: number, end: number): string => {
  const field = bytes.subarray(start, end);
  const length = field.indexOf(0);
  return String.fromCharCode(...field.subarray(0, length < 0 ? undefined : length)).replace(
    /[^ -~]/g,
    '?',
  );
};

/** A 64-bit field, narrowed once. */
const count = (view: DataView, offset: number, field: string, maximum: number): number => {
  const value = view.getBigUint64(offset, true);
  if (value > BigInt(maximum)) {
    throw partcloneDamage(offset, field, String(value), `at most ${maximum}`);
  }
  return Number(value);
};

const checkFormat = (bytes: Uint8Array, view: DataView): void => {
  if (text(bytes, 0, 16) !== PARTCLONE_MAGIC) {
    throw partcloneDamage(0, 'magic', JSON.stringify(text(bytes, 0, 16)), PARTCLONE_MAGIC);
  }
  const format = text(bytes, 30, 34);
  if (format === '0001') throw unsupported('image format 0001');
  if (format !== '0002') throw unsupported(`image format ${JSON.stringify(format)}`);
  if (view.getUint16(34, true) === 0xdec0) throw unsupported('big-endian byte order');
};

const MODES = {
  checksum: new Map<number, PartcloneHeader['checksum']>([
    [0x00, 'none'],
    [0x20, 'crc32'],
  ]),
  bitmap: new Map<number, PartcloneHeader['bitmap']>([
    [0, 'none'],
    [1, 'bits'],
    [8, 'bytes'],
  ]),
} as const;

const readChecksum = (view: DataView): Pick<PartcloneHeader, 'checksum' | 'blocksPerChecksum'> => {
  const mode = view.getUint16(96, true);
  const checksum = MODES.checksum.get(mode);
  if (checksum === undefined) {
    const names = new Map([
      [0x30, 'XXH64'],
      [0x31, 'XXH128'],
    ]);
    throw unsupported(`${names.get(mode) ?? `unknown (mode ${mode})`} checksums`);
  }
  const length = view.getUint16(98, true);
  const expected = checksum === 'none' ? 0 : 4;
  if (length !== expected) throw partcloneDamage(98, 'checksum length', length, expected);
  const blocksPerChecksum = view.getUint32(100, true);
  if (checksum !== 'none' && blocksPerChecksum === 0) {
    throw partcloneDamage(100, 'blocks per checksum', 0, 'at least 1');
  }
  // Without checksums the field means nothing, whatever stands there.
  return { checksum, blocksPerChecksum: checksum === 'none' ? 0 : blocksPerChecksum };
};

const readReseed = (view: DataView): boolean => {
  const flag = view.getUint8(104);
  if (flag > 1) throw partcloneDamage(104, 'reseed flag', flag, '0 or 1');
  return flag === 1;
};

const readBitmapMode = (view: DataView): PartcloneHeader['bitmap'] => {
  const bitmap = MODES.bitmap.get(view.getUint8(105));
  if (bitmap === undefined) throw unsupported(`bitmap mode ${view.getUint8(105)}`);
  return bitmap;
};

type Geometry = Pick<
  PartcloneHeader,
  'deviceBytes' | 'totalBlocks' | 'statedBlocks' | 'blockBytes'
>;

const readGeometry = (view: DataView): Geometry => {
  const blockBytes = view.getUint32(84, true);
  if (blockBytes < 1 || blockBytes > MAXIMUM_BLOCK_BYTES) {
    throw partcloneDamage(84, 'block size', blockBytes, `1 to ${MAXIMUM_BLOCK_BYTES}`);
  }
  const deviceBytes = count(view, 52, 'device size', Number.MAX_SAFE_INTEGER);
  const totalBlocks = count(view, 60, 'number of blocks', MAXIMUM_BLOCKS);
  const statedBlocks = count(view, 76, 'number of used blocks', totalBlocks);
  if (totalBlocks * blockBytes > deviceBytes) {
    const needed = `at least ${totalBlocks} x ${blockBytes}`;
    throw partcloneDamage(52, 'device size', deviceBytes, needed);
  }
  return { deviceBytes, totalBlocks, statedBlocks, blockBytes };
};

/**
 * Parses the first `PARTCLONE_HEADER_BYTES` bytes of an image.
 * @throws {NacreError} PARTCLONE_DAMAGED, PARTCLONE_TRUNCATED; PARTCLONE_UNSUPPORTED for format 0001,
 *   big-endian images, XXH checksums and unknown modes.
 */
export const parsePartcloneHeader = (bytes: Uint8Array, crc32: Crc32): PartcloneHeader => {
  if (bytes.length < PARTCLONE_HEADER_BYTES) {
    const missing = PARTCLONE_HEADER_BYTES - bytes.length;
    throw new NacreError('PARTCLONE_TRUNCATED', {
      structure: 'header',
      offset: bytes.length,
      missing,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, PARTCLONE_HEADER_BYTES);
  checkFormat(bytes, view);
  const value = crc32(bytes.subarray(0, 106), 0);
  checkPartcloneCrc(view.getUint32(106, true), value, { offset: 106, field: 'header checksum' });
  if (view.getUint16(34, true) !== 0xc0de) {
    throw partcloneDamage(34, 'byte order mark', view.getUint16(34, true), 0xc0de);
  }
  if (view.getUint32(88, true) !== OPTIONS_BYTES) {
    throw unsupported(`options of ${view.getUint32(88, true)} bytes`);
  }
  if (view.getUint16(92, true) !== 2) {
    throw partcloneDamage(92, 'binary format number', view.getUint16(92, true), 2);
  }
  return {
    partcloneVersion: text(bytes, 16, 30),
    fileSystem: text(bytes, 36, 52),
    ...readGeometry(view),
    ...readChecksum(view),
    isReseeded: readReseed(view),
    bitmap: readBitmapMode(view),
  };
};
