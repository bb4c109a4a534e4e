/**
 * Reads a partclone image (format 0002) as a stream: header, bitmap with its CRC-32, then the used
 * blocks in order, with a checksum after every `blocksPerChecksum` of them and after the last ones.
 *
 * Bytes are pushed in pieces of any length; what belongs to the volume comes out at once, before the
 * checksum that covers it has arrived. So a receiver writes to a temporary file and throws it away when
 * a later push or `finish` throws. Memory: the bitmap (a bit a block), grown as it arrives.
 */
import { NacreError } from '../errors.ts';
import { BlockBitmap } from './partclone-bitmap.ts';
import {
  type Crc32,
  checkPartcloneCrc,
  PARTCLONE_HEADER_BYTES,
  type PartcloneHeader,
  parsePartcloneHeader,
  partcloneDamage,
} from './partclone-header.ts';

/** Bytes of the volume at their place. `bytes` is a part of what was pushed, not a copy. */
export interface PartcloneExtent {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What a whole, checked image held. */
export interface PartcloneSummary {
  readonly header: PartcloneHeader;
  readonly usedBlocks: number;
  /** Checksums that were compared, header and bitmap included. */
  readonly checksums: number;
}

type State = 'header' | 'bitmap' | 'bitmap checksum' | 'blocks' | 'block checksum' | 'end';

/** A structure of fixed length, whole, and where it began. */
type CollectedAt = (bytes: Uint8Array, offset: number) => void;

interface ChecksumPlace {
  readonly offset: number;
  readonly field: string;
}

const packBits = (bytes: Uint8Array, offset: number): Uint8Array => {
  const packed = new Uint8Array(Math.ceil(bytes.length / 8));
  bytes.forEach((value, index) => {
    if (value > 1) throw partcloneDamage(offset + index, 'bitmap byte', value, '0 or 1');
    packed[index >> 3] = (packed[index >> 3] ?? 0) | (value << (index & 7));
  });
  return packed;
};

/** A partclone image on its way in. `push` everything, then `finish`. */
export class PartcloneReader {
  readonly #crc32: Crc32;
  #state: State = 'header';
  /** Offset in the image of the next byte. */
  #offset = 0;
  #pending = new Uint8Array(0);
  #header: PartcloneHeader | undefined;
  #bitmap = new BlockBitmap(0);
  #usedBlocks = 0;
  #checksums = 0;
  /** zlib's CRC-32 of the bytes since the last seed. */
  #crc = 0;
  /** Next block to arrive, and the bytes of it that are here. */
  #block = 0;
  #blockFilled = 0;
  #blocksLeft = 0;
  #blocksInChecksum = 0;

  constructor(crc32: Crc32) {
    this.#crc32 = crc32;
  }

  /** The header, once its bytes have arrived. */
  get header(): PartcloneHeader | undefined {
    return this.#header;
  }

  /** Used blocks by the bitmap; 0 before it has arrived. */
  get usedBlocks(): number {
    return this.#usedBlocks;
  }

  /**
   * Takes the next bytes and gives what they hold of the volume, in rising order.
   * @throws {NacreError} PARTCLONE_DAMAGED, PARTCLONE_UNSUPPORTED; the reader is then of no further use.
   */
  push(bytes: Uint8Array): readonly PartcloneExtent[] {
    const extents: PartcloneExtent[] = [];
    let rest = bytes;
    while (rest.length > 0) {
      const taken = this.#take(rest, extents);
      this.#offset += taken;
      rest = rest.subarray(taken);
    }
    return extents;
  }

  /** @throws {NacreError} PARTCLONE_TRUNCATED where the image is not at its end. */
  finish(): PartcloneSummary {
    if (this.#header === undefined || this.#state !== 'end') {
      const facts = { structure: this.#state, offset: this.#offset, missing: this.#missing() };
      throw new NacreError('PARTCLONE_TRUNCATED', facts);
    }
    return { header: this.#header, usedBlocks: this.#usedBlocks, checksums: this.#checksums };
  }

  /** Bytes that the structure at hand still needs. */
  #missing(): number {
    if (this.#state === 'header') return PARTCLONE_HEADER_BYTES - this.#pending.length;
    if (this.#state === 'bitmap') return this.#bitmapBytesLeft();
    if (this.#state === 'blocks') {
      return this.#blocksLeft * (this.#header?.blockBytes ?? 0) - this.#blockFilled;
    }
    return 4 - this.#pending.length;
  }

  /** Handles the front of `bytes` in the present state; gives how many bytes that used up. */
  #take(bytes: Uint8Array, extents: PartcloneExtent[]): number {
    switch (this.#state) {
      case 'header':
        return this.#collect(bytes, PARTCLONE_HEADER_BYTES, (whole) => this.#startImage(whole));
      case 'bitmap':
        return this.#takeBitmap(bytes);
      case 'bitmap checksum':
        return this.#collect(bytes, 4, (whole, at) => this.#endBitmap(whole, at));
      case 'blocks':
        return this.#takeBlocks(bytes, extents);
      case 'block checksum':
        return this.#collect(bytes, 4, (whole, at) => this.#checkBlocks(whole, at));
      default:
        throw partcloneDamage(this.#offset, 'end of the image', 'further bytes', 'nothing');
    }
  }

  #collect(bytes: Uint8Array, length: number, whole: CollectedAt): number {
    const taken = Math.min(length - this.#pending.length, bytes.length);
    const joined = new Uint8Array(this.#pending.length + taken);
    joined.set(this.#pending);
    joined.set(bytes.subarray(0, taken), this.#pending.length);
    this.#pending = joined;
    if (joined.length === length) {
      this.#pending = new Uint8Array(0);
      whole(joined, this.#offset + taken - length);
    }
    return taken;
  }

  #startImage(bytes: Uint8Array): void {
    const header = parsePartcloneHeader(bytes, this.#crc32);
    this.#header = header;
    this.#checksums += 1;
    if (header.bitmap === 'none') {
      this.#usedBlocks = header.totalBlocks;
      this.#startBlocks();
      return;
    }
    this.#bitmap = new BlockBitmap(header.totalBlocks);
    this.#state = header.totalBlocks === 0 ? 'bitmap checksum' : 'bitmap';
  }

  #bitmapBytesLeft(): number {
    const filled = this.#bitmap.filledBytes;
    if (this.#header?.bitmap !== 'bytes') return Math.ceil(this.#bitmap.totalBlocks / 8) - filled;
    // The last group may stand for fewer than eight blocks.
    return Math.max(0, this.#bitmap.totalBlocks - filled * 8 - this.#pending.length);
  }

  #takeBitmap(bytes: Uint8Array): number {
    const taken = Math.min(this.#bitmapBytesLeft(), bytes.length);
    const part = bytes.subarray(0, taken);
    if (this.#header?.bitmap === 'bytes') this.#takeBitmapBytes(part);
    else this.#bitmap.append(part);
    if (this.#bitmapBytesLeft() === 0) this.#state = 'bitmap checksum';
    return taken;
  }

  /** A byte a block: eight of them, or the last ones, become a byte of bits. */
  #takeBitmapBytes(part: Uint8Array): void {
    const joined = new Uint8Array(this.#pending.length + part.length);
    joined.set(this.#pending);
    joined.set(part, this.#pending.length);
    const blocksLeft = this.#bitmap.totalBlocks - this.#bitmap.filledBytes * 8;
    const whole = joined.length === blocksLeft ? joined.length : joined.length & ~7;
    const start = this.#offset - this.#pending.length;
    this.#bitmap.append(packBits(joined.subarray(0, whole), start));
    this.#pending = joined.subarray(whole);
  }

  #endBitmap(stored: Uint8Array, offset: number): void {
    const value = this.#crc32(this.#bitmap.bytes, 0);
    this.#checkCrc(stored, value, { offset, field: 'bitmap checksum' });
    this.#bitmap.trim();
    this.#usedBlocks = this.#bitmap.countUsed();
    this.#startBlocks();
  }

  #checkCrc(stored: Uint8Array, zlibValue: number, place: ChecksumPlace): void {
    const view = new DataView(stored.buffer, stored.byteOffset, 4);
    checkPartcloneCrc(view.getUint32(0, true), zlibValue, place);
    this.#checksums += 1;
  }

  #startBlocks(): void {
    this.#blocksLeft = this.#usedBlocks;
    this.#block = this.#nextUsed(0);
    this.#state = this.#blocksLeft === 0 ? 'end' : 'blocks';
  }

  #nextUsed(block: number): number {
    return this.#header?.bitmap === 'none' ? block : this.#bitmap.nextUsed(block);
  }

  #usedRun(limit: number): number {
    return this.#header?.bitmap === 'none' ? limit : this.#bitmap.usedRun(this.#block, limit);
  }

  #takeBlocks(bytes: Uint8Array, extents: PartcloneExtent[]): number {
    const header = this.#header;
    if (header === undefined) throw new TypeError('blocks before the header');
    const { blockBytes } = header;
    // Without checksums the field means nothing, whatever stands there.
    const blocksPerChecksum = header.checksum === 'none' ? 0 : header.blocksPerChecksum;
    const here = Math.ceil((this.#blockFilled + bytes.length) / blockBytes);
    const inChecksum = blocksPerChecksum === 0 ? here : blocksPerChecksum - this.#blocksInChecksum;
    const run = this.#usedRun(Math.min(here, inChecksum, this.#blocksLeft));
    const taken = Math.min(run * blockBytes - this.#blockFilled, bytes.length);
    const part = bytes.subarray(0, taken);
    extents.push({ offset: this.#block * blockBytes + this.#blockFilled, bytes: part });
    if (header.checksum === 'crc32') this.#crc = this.#crc32(part, this.#crc);
    this.#advance(taken, header);
    return taken;
  }

  #advance(taken: number, header: PartcloneHeader): void {
    const filled = this.#blockFilled + taken;
    const whole = Math.floor(filled / header.blockBytes);
    this.#blockFilled = filled % header.blockBytes;
    this.#blocksLeft -= whole;
    this.#blocksInChecksum += whole;
    this.#block += whole;
    if (this.#blockFilled === 0) this.#block = this.#nextUsed(this.#block);
    const isFull = this.#blocksInChecksum === header.blocksPerChecksum || this.#blocksLeft === 0;
    if (header.checksum !== 'none' && isFull) this.#state = 'block checksum';
    else if (this.#blocksLeft === 0) this.#state = 'end';
  }

  #checkBlocks(stored: Uint8Array, offset: number): void {
    this.#checkCrc(stored, this.#crc, { offset, field: 'checksum of blocks' });
    if (this.#header?.isReseeded !== false) this.#crc = 0;
    this.#blocksInChecksum = 0;
    this.#state = this.#blocksLeft === 0 ? 'end' : 'blocks';
  }
}
