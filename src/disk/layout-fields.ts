/**
 * The numbers of a layout as the vendor's dialog shows them (spec ), in MB of 2^20 bytes. Where the
 * partitions then lie is another matter: see layout-places.ts.
 */
import { NacreError } from '../errors.ts';

export const LAYOUTS = ['xpe', 'wes2009', 'wes7', 'uefi'] as const;
/** Orders of partitions: spec. */
export type LayoutName = (typeof LAYOUTS)[number];

export const LAYOUT_POLICIES = ['auto', 'vendor'] as const;
/** `vendor`: exactly as the manual prints it. `auto`: all of the disk. */
export type LayoutPolicy = (typeof LAYOUT_POLICIES)[number];

/** What the sizes follow from, in whole MB. */
export interface LayoutNeeds {
  readonly layout: LayoutName;
  readonly policy: LayoutPolicy;
  /** Rounded down. */
  readonly flashMb: number;
  /** Stored size of the image, rounded up. */
  readonly imageMb: number;
  /** OS partition of the image, rounded up: a restore by place cannot shrink it. */
  readonly imageOsMb: number;
  /** Two Node parts of Merlin, which `auto` adds to the backup partition. */
  readonly merlinMb: number;
  /** Everything that is neither boot agent, OS nor backup: first MiB, WFS and kept partitions, MSR, write cache, tail. */
  readonly otherMb: number;
  /** Wanted size of the backup partition. */
  readonly backupMb?: number | undefined;
}

/** and what A-10 says about the rest. */
export interface LayoutFields {
  readonly totalFlashMb: number;
  readonly nonPxeMb: number;
  readonly osMb: number;
  readonly backupMb: number;
  readonly unusedMb: number;
}

export type LayoutWarning = 'unused-space' | 'flash-small' | 'one-generation';

export interface SizedLayout {
  readonly fields: LayoutFields;
  readonly warnings: readonly LayoutWarning[];
}

/** the flash that the manual counts with. */
const VENDOR_FLASH_MB = 4096;
/** */
const BACKUP_EXTRA_MB = 100;
/** WES 7 needs 8 GB. */
const WES7_FLASH_MB = 8192;

/** Size of the boot agent partition (A-7; `auto` has room for the signed chain on UEFI). */
export const bootAgentMb = (layout: LayoutName, policy: LayoutPolicy): number =>
  layout === 'uefi' && policy === 'auto' ? 64 : 16;

/**
 * Sizes of a layout.
 *
 * @throws NacreError LAYOUT_NO_ROOM with the numbers, naming the partition that has none;
 *   LAYOUT_BACKUP_FIXED for another backup size where the manual fixes it
 */
export const sizeLayout = (needs: LayoutNeeds): SizedLayout =>
  needs.policy === 'vendor' ? sizeAsVendor(needs) : sizeAuto(needs);

const noRoom = (partition: string, neededMb: number, availableMb: number): NacreError =>
  new NacreError('LAYOUT_NO_ROOM', { partition, neededMb, availableMb });

const sizeAsVendor = (needs: LayoutNeeds): SizedLayout => {
  const { flashMb, imageMb, imageOsMb, layout } = needs;
  const smallestBackupMb = imageMb + BACKUP_EXTRA_MB;
  const backupMb = needs.backupMb ?? smallestBackupMb;
  if (backupMb < smallestBackupMb) throw noRoom('backup OS', smallestBackupMb, backupMb);
  if (backupMb !== smallestBackupMb && flashMb > VENDOR_FLASH_MB)
    throw new NacreError('LAYOUT_BACKUP_FIXED', { backupMb, neededMb: smallestBackupMb });
  const countedMb = Math.min(flashMb, VENDOR_FLASH_MB);
  const nonPxeMb = bootAgentMb(layout, 'vendor');
  const osMb = countedMb - nonPxeMb - backupMb;
  if (osMb <= 0 || osMb < imageOsMb) throw noRoom('active OS', Math.max(1, imageOsMb), osMb);
  const unusedMb = flashMb - countedMb;
  const fields = { totalFlashMb: flashMb, nonPxeMb, osMb, backupMb, unusedMb };
  const warnings: LayoutWarning[] = unusedMb > 0 ? ['unused-space'] : [];
  return { fields, warnings: [...warnings, ...flashWarnings(needs, osMb)] };
};

const sizeAuto = (needs: LayoutNeeds): SizedLayout => {
  const { flashMb, imageMb, imageOsMb, merlinMb, otherMb, layout } = needs;
  const nonPxeMb = bootAgentMb(layout, 'auto');
  const roomMb = flashMb - otherMb - nonPxeMb;
  const oneMb = imageMb + BACKUP_EXTRA_MB + merlinMb;
  const twoMb = oneMb + imageMb;
  const backupMb = needs.backupMb ?? (roomMb - twoMb >= imageOsMb ? twoMb : oneMb);
  if (backupMb < oneMb) throw noRoom('backup OS', oneMb, backupMb);
  const osMb = roomMb - backupMb;
  if (osMb <= 0 || osMb < imageOsMb) throw noRoom('active OS', Math.max(1, imageOsMb), osMb);
  const fields = { totalFlashMb: flashMb, nonPxeMb, osMb, backupMb, unusedMb: 0 };
  const warnings: LayoutWarning[] = backupMb < twoMb ? ['one-generation'] : [];
  return { fields, warnings: [...warnings, ...flashWarnings(needs, osMb)] };
};

// A-5, a rule of thumb: twice the OS partition. What `auto` makes is judged by the image's own.
const flashWarnings = (
  { layout, policy, flashMb, imageOsMb }: LayoutNeeds,
  osMb: number,
): LayoutWarning[] => {
  const neededMb = Math.max(
    2 * (policy === 'vendor' ? osMb : imageOsMb),
    layout === 'wes7' ? WES7_FLASH_MB : 0,
  );
  return flashMb < neededMb ? ['flash-small'] : [];
};
