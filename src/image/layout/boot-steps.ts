/** The writes that make a disk start our boot loader: GRUB's core, then the table together with sector 0. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { bootCodeWrites, readBootCode } from '../../disk/boot-code.ts';
import type { BootFiles } from '../../disk/boot-files.ts';
import type { OpenDisk } from '../../disk/device.ts';
import type { NativeWriteStep } from '../../disk/native.ts';
import { planTable } from '../../disk/partition-table.ts';
import { type PlacedGrub, placeGrub } from './grub-place.ts';
import { type LayoutPlan, partOf } from './layout-plan.ts';

/** GRUB for BIOS disks: what goes into sector 0, and the core. */
export const GRUB_IMAGES = { boot: 'grub/boot.img', core: 'grub/core.img' } as const;

/** GRUB for the disk of a plan; undefined on UEFI. @throws NacreError BOOT_CORE_NO_ROOM */
export const placedGrub = async (
  plan: LayoutPlan,
  { folder }: BootFiles,
): Promise<PlacedGrub | undefined> => {
  if (plan.layout === 'uefi') return undefined;
  const { boot: bootName, core: coreName } = GRUB_IMAGES;
  const images = {
    boot: await readFile(path.join(folder, bootName)),
    core: await readFile(path.join(folder, coreName)),
  };
  const firstLba = Math.min(...plan.table.entries.map((entry) => entry.firstLba));
  return placeGrub(images, firstLba, partOf(plan, 'boot-agent'));
};

/** Boot code and table in their order; what else lay before the first partition becomes zero. */
export const bootSteps = async (
  disk: OpenDisk,
  plan: LayoutPlan,
  grub: PlacedGrub | undefined,
): Promise<readonly NativeWriteStep[]> => {
  const inGap = grub !== undefined && grub.reservedSectors === 0;
  const code = grub === undefined ? [] : [{ offset: 0, bytes: grub.bootCode }];
  const core = inGap ? [{ offset: grub.coreLba * disk.sectorSize, bytes: grub.core }] : [];
  const boot = bootCodeWrites([...code, ...core], await readBootCode(disk, plan.table));
  const { steps } = await planTable(disk, plan.table, { bootCode: boot.bootCode });
  return [...boot.steps, ...coreInVolume(disk, grub), ...steps];
};

const coreInVolume = (
  { sectorSize }: OpenDisk,
  grub: PlacedGrub | undefined,
): readonly NativeWriteStep[] => {
  if (grub === undefined || grub.reservedSectors === 0) return [];
  const place = { offset: grub.coreLba * sectorSize, bytes: grub.core, what: "GRUB's core" };
  return [{ ...place, flushAfter: true, onlyOverGptHeader: false }];
};
