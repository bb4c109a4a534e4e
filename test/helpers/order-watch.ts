/** Waits for a point of an order, by what the service keeps of the device and by what the device has on its disk. */
import { setTimeout } from 'node:timers/promises';
import { BOOT_AGENT_LABEL } from '../../src/disk/boot-places.ts';
import { readBootState } from '../../src/disk/boot-state.ts';
import { openForRead } from '../../src/disk/device.ts';
import { FatVolume } from '../../src/disk/fat.ts';
import { findLabelledPartition } from '../../src/disk/labelled-partition.ts';
import { isNacreError } from '../../src/errors.ts';
import { servicePaths } from '../../src/pxe/service/service-paths.ts';
import { readSightings } from '../../src/pxe/sightings/sighting-file.ts';

/** Of an order with a layout, in this order. */
const PHASES = ['boot-files', 'fill', 'restore', 'done'] as const;
const placeOf = (phase: string): number => (PHASES as readonly string[]).indexOf(phase);

/** A phase, and how much of it is done; or the moment when the disk says that the order is done, before the server knows. */
export type OrderPoint =
  | { readonly phase: (typeof PHASES)[number]; readonly share: number }
  | { readonly phase: 'done on the disk' };

/** Sightings are written once a second; the last point is shorter than that. */
const LOOK_MS = 20;

/** What the server knows, when that is the point or behind it: a short phase may be over between two sightings. */
const seenAt = async (
  data: string,
  point: { readonly phase: (typeof PHASES)[number]; readonly share: number },
): Promise<string | undefined> => {
  const [device] = await readSightings(servicePaths(data).sightings);
  if (device === undefined || device.merlin === null) return undefined;
  const { phase, doneBytes, totalBytes } = device.merlin;
  const [at, wanted] = [placeOf(phase), placeOf(point.phase)];
  const isThere = at > wanted || (at === wanted && doneBytes >= point.share * totalBytes);
  return isThere ? `${phase}, ${doneBytes} of ${totalBytes} bytes` : undefined;
};

/** False too while the guest writes what is read here. */
const isDoneOn = async (disk: string): Promise<boolean> => {
  try {
    using device = await openForRead(disk);
    const partition = await findLabelledPartition(device, BOOT_AGENT_LABEL);
    using volume = await FatVolume.open(device, partition);
    const block = (await readBootState(volume))?.block;
    return block !== undefined && block.cmdid !== '' && block.status === '0' && !block.isDirty;
  } catch (reason) {
    if (isNacreError(reason)) return false;
    throw reason;
  }
};

/**
 * Looks until the order of the one device of a service is there.
 *
 * @returns what was seen
 */
export const orderReaches = async (
  point: OrderPoint,
  { data, disk }: { readonly data: string; readonly disk: string },
): Promise<string> => {
  for (;;) {
    const seen =
      'share' in point
        ? await seenAt(data, point)
        : (await isDoneOn(disk))
          ? point.phase
          : undefined;
    if (seen !== undefined) return seen;
    await setTimeout(LOOK_MS);
  }
};
