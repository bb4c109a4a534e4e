/** Which disk of a machine an order is for. */
import type { DeviceInfo } from '../../disk/device.ts';
import { NacreError } from '../../errors.ts';

/** Where people put sticks and cards in; a disk there is rarely the one that is meant. */
const isBuiltIn = ({ isRemovable, transport }: DeviceInfo): boolean =>
  !isRemovable && transport !== 'usb';

/** Parts of an eMMC that hold firmware; the kernel shows each as a disk of its own. */
const FIRMWARE_PART = /^\/dev\/mmcblk\d+(boot\d+|rpmb)$/;

const OPTICAL = /^\/dev\/sr\d+$/;

/** Disks that can hold an OS: no loop device, which Merlin itself lives on, no firmware, no disc. One may be read-only: it can be captured. */
export const imagingDisks = (all: readonly DeviceInfo[]): readonly DeviceInfo[] =>
  all.filter(
    ({ kind, path }) => kind === 'disk' && !FIRMWARE_PART.test(path) && !OPTICAL.test(path),
  );

const nameOf = ({ path, model, serial }: DeviceInfo): string =>
  [path, model, serial].filter((part) => part !== '').join(' ');

const several = (disks: readonly DeviceInfo[]): NacreError<'MERLIN_SEVERAL_DISKS'> =>
  new NacreError('MERLIN_SEVERAL_DISKS', { disks: disks.map(nameOf).join('; ') });

const only = (disks: readonly DeviceInfo[]): DeviceInfo | undefined => {
  if (disks.length > 1) throw several(disks);
  return disks[0];
};

/**
 * The disk that an order names by serial number or path; else the one that is built in, or the only one at all. That it may be
 * written is checked where it is opened.
 *
 * @param wanted null: not named
 * @throws NacreError MERLIN_NO_DISK, MERLIN_SEVERAL_DISKS
 */
export const targetDisk = (disks: readonly DeviceInfo[], wanted: string | null): DeviceInfo => {
  const candidates =
    wanted === null
      ? disks
      : disks.filter(({ serial, path }) => serial === wanted || path === wanted);
  const builtIn = candidates.filter(isBuiltIn);
  const found = only(builtIn.length > 0 ? builtIn : candidates);
  if (found !== undefined) return found;
  const present = disks.map(nameOf).join('; ') || 'none';
  throw new NacreError('MERLIN_NO_DISK', { wanted: wanted ?? 'a disk', present });
};
