import { crc32 } from 'node:zlib';

/** Options of a hand-made partclone image; defaults are those of partclone itself. */
export interface PartcloneImageOptions {
  /** Used blocks by number; the volume's block n is filled with the byte n + 1. */
  readonly used: readonly number[];
  readonly totalBlocks: number;
  readonly blockBytes: number;
  readonly deviceBytes?: number;
  readonly checksum?: 'none' | 'crc32';
  readonly blocksPerChecksum?: number;
  readonly isReseeded?: boolean;
  readonly bitmap?: 'none' | 'bits' | 'bytes';
}

const complement = (zlibValue: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(~zlibValue >>> 0);
  return bytes;
};

/** Stamps the header checksum anew after a field was changed. */
export const resealHeader = (image: Buffer): Buffer => {
  complement(crc32(image.subarray(0, 106))).copy(image, 106);
  return image;
};

const header = (options: Required<PartcloneImageOptions>): Buffer => {
  const bytes = Buffer.alloc(110);
  bytes.write('partclone-image\0', 0, 'latin1');
  bytes.write('0.3.23', 16, 'latin1');
  bytes.write('0002', 30, 'latin1');
  bytes.writeUInt16LE(0xc0de, 34);
  bytes.write('raw', 36, 'latin1');
  bytes.writeBigUInt64LE(BigInt(options.deviceBytes), 52);
  bytes.writeBigUInt64LE(BigInt(options.totalBlocks), 60);
  bytes.writeBigUInt64LE(BigInt(options.used.length), 68);
  bytes.writeBigUInt64LE(BigInt(options.used.length), 76);
  bytes.writeUInt32LE(options.blockBytes, 84);
  bytes.writeUInt32LE(18, 88);
  bytes.writeUInt16LE(2, 92);
  bytes.writeUInt16LE(64, 94);
  bytes.writeUInt16LE(options.checksum === 'none' ? 0 : 0x20, 96);
  bytes.writeUInt16LE(options.checksum === 'none' ? 0 : 4, 98);
  bytes.writeUInt32LE(options.blocksPerChecksum, 100);
  bytes.writeUInt8(options.isReseeded ? 1 : 0, 104);
  bytes.writeUInt8({ none: 0, bits: 1, bytes: 8 }[options.bitmap], 105);
  return resealHeader(bytes);
};

const bitmap = (options: Required<PartcloneImageOptions>): Buffer => {
  if (options.bitmap === 'none') return Buffer.alloc(0);
  const bits = Buffer.alloc(Math.ceil(options.totalBlocks / 8));
  const bytes = Buffer.alloc(options.totalBlocks);
  for (const block of options.used) {
    bytes[block] = 1;
    bits[block >> 3] = (bits[block >> 3] ?? 0) | (1 << (block & 7));
  }
  const check = complement(crc32(bits));
  return Buffer.concat([options.bitmap === 'bits' ? bits : bytes, check]);
};

const blocks = (options: Required<PartcloneImageOptions>): Buffer[] => {
  const parts: Buffer[] = [];
  let value = 0;
  options.used.forEach((block, index) => {
    const bytes = Buffer.alloc(options.blockBytes, (block + 1) & 0xff);
    parts.push(bytes);
    value = crc32(bytes, value);
    const isFull = (index + 1) % options.blocksPerChecksum === 0;
    if (options.checksum === 'none' || !(isFull || index + 1 === options.used.length)) return;
    parts.push(complement(value));
    if (options.isReseeded) value = 0;
  });
  return parts;
};

/** An image written by the field tables of src/codec/partclone-header.ts alone. */
export const partcloneImage = (options: PartcloneImageOptions): Buffer => {
  const checksum = options.checksum ?? 'crc32';
  const whole = {
    deviceBytes: options.totalBlocks * options.blockBytes,
    isReseeded: true,
    bitmap: 'bits',
    ...options,
    checksum,
    blocksPerChecksum: checksum === 'none' ? 0 : (options.blocksPerChecksum ?? 4),
  } as const;
  return Buffer.concat([header(whole), bitmap(whole), ...blocks(whole)]);
};
