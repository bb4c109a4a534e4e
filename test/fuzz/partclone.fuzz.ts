/** partclone images: whatever comes in, extents lie in the volume, rise, and no more is used than arrived. */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { PartcloneReader } from '../../src/codec/partclone.ts';
import { isNacreError } from '../../src/errors.ts';
import { type PartcloneImageOptions, partcloneImage } from '../helpers/partclone-image.ts';

const BASE: PartcloneImageOptions = { used: [0, 1, 2, 9, 10, 30], totalBlocks: 37, blockBytes: 16 };

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] =>
  [
    BASE,
    { ...BASE, checksum: 'none' } as const,
    { ...BASE, bitmap: 'bytes', blocksPerChecksum: 1 } as const,
    { ...BASE, isReseeded: false },
  ].map(partcloneImage);

/** A checksum that any stored value fits would stop at the first field: half of the inputs are resealed. */
const reseal = (bytes: Uint8Array): Uint8Array => {
  const image = Buffer.from(bytes);
  if (image.length >= 110 && (image[109] ?? 0) % 2 === 0) {
    image.writeUInt32LE(~crc32(image.subarray(0, 106)) >>> 0, 106);
  }
  return image;
};

const read = (image: Uint8Array, pieceBytes: number): string => {
  const reader = new PartcloneReader((part, previous) => crc32(part, previous));
  const seen: string[] = [];
  let end = 0;
  try {
    for (let at = 0; at < image.length; at += pieceBytes) {
      for (const { offset, bytes } of reader.push(image.subarray(at, at + pieceBytes))) {
        assert(offset >= end && bytes.length > 0);
        end = offset + bytes.length;
        assert(end <= (reader.header?.deviceBytes ?? 0));
      }
    }
    seen.push(`${reader.finish().usedBlocks} blocks, end ${end}`);
  } catch (error) {
    if (!isNacreError(error) || !error.code.startsWith('PARTCLONE_')) throw error;
    seen.push(`${error.code} ${error.facts['offset']}`);
  }
  return seen.join();
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  const image = reseal(bytes);
  assert.equal(read(image, 7), read(image, image.length));
};
