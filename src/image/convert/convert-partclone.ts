/** Turns a partclone image, as a stream of its bytes, into a raw volume. */
import { crc32 } from 'node:zlib';
import { PartcloneReader, type PartcloneSummary } from '../../codec/partclone.ts';
import type { SparseContent, SparseFile } from './sparse-file.ts';

/** A volume that came out of a partclone image. */
export interface PartcloneVolume {
  readonly content: SparseContent;
  readonly summary: PartcloneSummary;
  /** What was made up and not read, a sentence each. */
  readonly warnings: readonly string[];
}

const BOOT_SECTOR_BYTES = 512;

/** Keeps the first sector as it passes. */
class FirstSector {
  readonly bytes = Buffer.alloc(BOOT_SECTOR_BYTES);

  see(offset: number, bytes: Uint8Array): void {
    if (offset < BOOT_SECTOR_BYTES) this.bytes.set(bytes.subarray(0, 512 - offset), offset);
  }
}

/**
 * Where the copy of an NTFS boot sector belongs that partclone leaves out: one sector behind the last
 * cluster's end, at the volume's sector count (bytes per sector at 11, sectors at 40 of the boot
 * sector). Undefined where it is part of the image or does not fit.
 */
export const missingNtfsBootCopy = (
  boot: Buffer,
  copiedBytes: number,
  deviceBytes: number,
): number | undefined => {
  if (boot.toString('latin1', 3, 11) !== 'NTFS    ') return undefined;
  const sectorBytes = boot.readUInt16LE(11);
  const sectors = boot.readBigUInt64LE(40);
  if (sectorBytes === 0 || sectors >= BigInt(deviceBytes)) return undefined;
  const offset = Number(sectors) * sectorBytes;
  const fits = offset >= copiedBytes && offset + BOOT_SECTOR_BYTES <= deviceBytes;
  return fits ? offset : undefined;
};

/**
 * Reads a whole image from `pieces` into `file` and finishes it at the size of the volume's device.
 * @throws {NacreError} PARTCLONE_…, CONVERT_TOO_LARGE, CONVERT_NO_SPACE; the file is then incomplete.
 */
export const writePartcloneVolume = async (
  pieces: AsyncIterable<Uint8Array>,
  file: SparseFile,
  options: { readonly flush: boolean },
): Promise<PartcloneVolume> => {
  const reader = new PartcloneReader((bytes, previous) => crc32(bytes, previous));
  const first = new FirstSector();
  let isSpaceChecked = false;
  for await (const piece of pieces) {
    for (const { offset, bytes } of reader.push(piece)) {
      if (!isSpaceChecked) {
        isSpaceChecked = true;
        await file.requireSpace(reader.usedBlocks * (reader.header?.blockBytes ?? 0));
      }
      first.see(offset, bytes);
      await file.write(offset, bytes);
    }
  }
  const summary = reader.finish();
  const { deviceBytes, totalBlocks, blockBytes, statedBlocks, bitmap } = summary.header;
  const warnings: string[] = [];
  const copy = missingNtfsBootCopy(first.bytes, totalBlocks * blockBytes, deviceBytes);
  if (copy !== undefined) {
    await file.write(copy, first.bytes);
    warnings.push(
      `partclone leaves out the last sector of NTFS: the copy of the boot sector at ${copy} was made from the first one`,
    );
  }
  if (bitmap !== 'none' && statedBlocks !== summary.usedBlocks) {
    warnings.push(
      `the header counts ${statedBlocks} used blocks, the bitmap has ${summary.usedBlocks}: the bitmap was used`,
    );
  }
  const content = await file.finish(deviceBytes, { flush: options.flush });
  return { content, summary, warnings };
};
