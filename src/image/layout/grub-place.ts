/** Where GRUB's core lies on a BIOS disk. */
import { type GrubCode, placeGrubCore } from '../../disk/grub-core.ts';
import type { PlacedPart } from '../../disk/layout-places.ts';

const SECTOR = 512;

/** GRUB's code for an MBR, and the sectors that the boot agent volume leaves to it. */
export interface PlacedGrub extends GrubCode {
  /** 0 where the core lies in the gap before the first partition. */
  readonly reservedSectors: number;
}

/**
 * Puts the core into the gap behind sector 0, or, where a kept partition leaves too small a gap, into the boot agent
 * partition behind its boot sector, in sectors that FAT leaves alone.
 *
 * @throws NacreError BOOT_CORE_NO_ROOM
 */
export const placeGrub = (
  images: { readonly boot: Uint8Array; readonly core: Uint8Array },
  firstLba: number,
  bootAgent: PlacedPart,
): PlacedGrub => {
  const sectors = Math.ceil(images.core.length / SECTOR);
  if (sectors < firstLba) {
    const code = placeGrubCore(images, { firstLba: 1, endLba: firstLba });
    return { ...code, reservedSectors: 0 };
  }
  const start = bootAgent.startBytes / SECTOR + 1;
  const code = placeGrubCore(images, { firstLba: start, endLba: start + sectors });
  return { ...code, reservedSectors: sectors + 1 };
};
