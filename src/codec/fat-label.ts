/**
 * Label of a FAT volume, from its boot sector alone (Microsoft FAT specification 1.03, page 11): quick, where the whole
 * of a file system need not be understood. PID 1 has the same in pxe/init/fat_label.cc.
 *
 * ```
 * 11 bytes per sector u16 | 13 sectors per cluster u8 | 14 reserved sectors u16 | 16 FATs u8 | 22 sectors per FAT u16
 * 0x26 (FAT12/16) or 0x42 (FAT32): 0x29 | serial u32 | label, 11 bytes, blanks behind it
 * 510 0xAA55
 * ```
 */

const SECTOR_BYTES = 512;
const LABEL_BYTES = 11;
const HAS_LABEL = 0x29;
const SECTOR_SIZES: readonly number[] = [512, 1024, 2048, 4096];

const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

const isFat = (view: DataView): boolean =>
  view.getUint16(510, true) === 0xaa55 &&
  SECTOR_SIZES.includes(view.getUint16(11, true)) &&
  isPowerOfTwo(view.getUint8(13)) &&
  view.getUint16(14, true) !== 0 &&
  [1, 2].includes(view.getUint8(16));

/** The label; undefined when this is no boot sector of a FAT volume that has one. */
export const parseFatLabel = (sector: Uint8Array): string | undefined => {
  if (sector.length < SECTOR_BYTES) return undefined;
  const view = new DataView(sector.buffer, sector.byteOffset, SECTOR_BYTES);
  const fields = view.getUint16(22, true) === 0 ? 0x42 : 0x26;
  if (!isFat(view) || view.getUint8(fields) !== HAS_LABEL) return undefined;
  const label = sector.subarray(fields + 5, fields + 5 + LABEL_BYTES);
  return String.fromCharCode(...label).trimEnd();
};
