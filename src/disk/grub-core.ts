/**
 * GRUB's boot code for BIOS disks, placed without grub-install: `boot.img` goes into sector 0, around disk signature and
 * table, and `core.img` into the gap before the first partition (offsets of GRUB 2.06).
 */
import { NacreError } from '../errors.ts';

const SECTOR = 512;
/** Sector 0 up to the disk signature. */
const BOOT_CODE_BYTES = 440;
/** boot.img: LBA of the core (u64), and the jump that distrusts the firmware's drive number. */
const CORE_LBA_OFFSET = 0x5c;
const DRIVE_JUMP_OFFSET = 0x66;
const TWO_NOPS = Buffer.from([0x90, 0x90]);
/** core.img, end of its first sector: first LBA of the rest (u64), its sectors (u16), where it is loaded (u16). */
const BLOCK_LIST_OFFSET = 0x1f4;
const LOAD_SEGMENT = 0x0820;

/** What has to be written for GRUB to start from a disk. */
export interface GrubCode {
  /** 440 bytes for sector 0. */
  readonly bootCode: Buffer;
  /** Whole sectors, for the disk from `coreLba` on. */
  readonly core: Buffer;
  readonly coreLba: number;
}

/** Where the core may lie. */
export interface CoreRoom {
  readonly firstLba: number;
  /** Exclusive: the first sector that is taken. */
  readonly endLba: number;
}

/**
 * Fits GRUB's images to their place.
 *
 * @throws NacreError BOOT_CORE_NO_ROOM when the gap is too small
 */
export const placeGrubCore = (
  images: { readonly boot: Uint8Array; readonly core: Uint8Array },
  { firstLba, endLba }: CoreRoom,
): GrubCode => {
  const sectors = Math.ceil(images.core.length / SECTOR);
  if (sectors > endLba - firstLba)
    throw new NacreError('BOOT_CORE_NO_ROOM', {
      neededSectors: sectors,
      sectors: endLba - firstLba,
    });
  const bootCode = Buffer.alloc(BOOT_CODE_BYTES);
  bootCode.set(images.boot.subarray(0, BOOT_CODE_BYTES));
  bootCode.writeBigUInt64LE(BigInt(firstLba), CORE_LBA_OFFSET);
  bootCode.set(TWO_NOPS, DRIVE_JUMP_OFFSET);
  const core = Buffer.alloc(sectors * SECTOR);
  core.set(images.core);
  core.writeBigUInt64LE(BigInt(firstLba + 1), BLOCK_LIST_OFFSET);
  core.writeUInt16LE(sectors - 1, BLOCK_LIST_OFFSET + 8);
  core.writeUInt16LE(LOAD_SEGMENT, BLOCK_LIST_OFFSET + 10);
  return { bootCode, core, coreLba: firstLba };
};
