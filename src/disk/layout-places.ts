/** Where the partitions of a layout lie: in their order, 1 MiB aligned, around partitions that are kept. */
import { NacreError } from '../errors.ts';
import type { LayoutName } from './layout-fields.ts';

const MIB = 2 ** 20;
const GPT_ENTRIES_BYTES = 128 * 128;
/** MBR entries count sectors in 32 bits. */
const MBR_LAST_SECTOR = 2 ** 32 - 1;

export type PartName = 'boot-agent' | 'msr' | 'os' | 'write-cache' | 'backup';

/** Bytes [startBytes, endBytes) of a disk. */
export interface DiskRange {
  readonly startBytes: number;
  readonly endBytes: number;
}

export interface PlacedPart extends DiskRange {
  readonly part: PartName;
}

/** Sizes in MiB; 0 leaves a part out. The OS gets what is left, at most `osMostMb`. */
export interface PartSizes {
  readonly bootAgentMb: number;
  readonly msrMb: number;
  readonly writeCacheMb: number;
  readonly backupMb: number;
  readonly osLeastMb: number;
  readonly osMostMb: number;
}

export interface PlacesRequest {
  readonly layout: LayoutName;
  readonly diskBytes: number;
  readonly sectorSize: number;
  readonly sizes: PartSizes;
  /** Partitions that stay where they are. */
  readonly kept: readonly DiskRange[];
}

/** Orders of spec; a WFS in front is kept, so it is not among them. */
const ORDERS: Readonly<Record<LayoutName, readonly PartName[]>> = {
  xpe: ['os', 'write-cache', 'boot-agent', 'backup'],
  wes2009: ['boot-agent', 'os', 'write-cache', 'backup'],
  wes7: ['boot-agent', 'os', 'write-cache', 'backup'],
  uefi: ['boot-agent', 'msr', 'os', 'write-cache', 'backup'],
};

const alignUp = (bytes: number): number => Math.ceil(bytes / MIB) * MIB;
const alignDown = (bytes: number): number => Math.floor(bytes / MIB) * MIB;

/** End of what partitions may take: before the backup GPT, or where an MBR stops counting. */
const usableEnd = ({ layout, diskBytes, sectorSize }: PlacesRequest): number => {
  if (layout !== 'uefi') return alignDown(Math.min(diskBytes, MBR_LAST_SECTOR * sectorSize));
  const tailBytes = Math.ceil(GPT_ENTRIES_BYTES / sectorSize) * sectorSize + sectorSize;
  return alignDown(diskBytes - tailBytes);
};

/** The gaps between kept partitions, in disk order. */
export const freeRanges = (request: PlacesRequest): readonly DiskRange[] => {
  const ranges: DiskRange[] = [];
  let from = MIB;
  const kept = request.kept.toSorted((left, right) => left.startBytes - right.startBytes);
  for (const { startBytes, endBytes } of [
    ...kept,
    { startBytes: usableEnd(request), endBytes: 0 },
  ]) {
    const end = alignDown(startBytes);
    if (end > from) ranges.push({ startBytes: from, endBytes: end });
    from = Math.max(from, alignUp(endBytes));
  }
  return ranges;
};

const sizeOfPart = (part: PartName, sizes: PartSizes): number => {
  const sizesMb: Readonly<Record<PartName, number>> = {
    'boot-agent': sizes.bootAgentMb,
    msr: sizes.msrMb,
    'write-cache': sizes.writeCacheMb,
    backup: sizes.backupMb,
    os: sizes.osLeastMb,
  };
  return sizesMb[part] * MIB;
};

/** Every way to put the parts, in order, into the ranges: the index of a range for each part. */
function* assignments(parts: number, ranges: number, from = 0): Generator<readonly number[]> {
  if (parts === 0) {
    yield [];
    return;
  }
  for (let range = from; range < ranges; range++)
    for (const rest of assignments(parts - 1, ranges, range)) yield [range, ...rest];
}

const placeIn = (
  request: PlacesRequest,
  ranges: readonly DiskRange[],
  parts: readonly PartName[],
  assigned: readonly number[],
): readonly PlacedPart[] | undefined => {
  const placed: PlacedPart[] = [];
  for (const [index, { startBytes, endBytes }] of ranges.entries()) {
    const here = parts.filter((_, part) => assigned[part] === index);
    const neededBytes = here.reduce((sum, part) => sum + sizeOfPart(part, request.sizes), 0);
    const spareBytes = endBytes - startBytes - neededBytes;
    if (spareBytes < 0) return undefined;
    let at = startBytes;
    for (const part of here) {
      const least = sizeOfPart(part, request.sizes);
      const most =
        part === 'os' ? Math.min(least + spareBytes, request.sizes.osMostMb * MIB) : least;
      placed.push({ part, startBytes: at, endBytes: at + most });
      at += most;
    }
  }
  return placed;
};

const osBytes = (placed: readonly PlacedPart[]): number => {
  const os = placed.find(({ part }) => part === 'os');
  return os === undefined ? 0 : os.endBytes - os.startBytes;
};

/**
 * The places of all parts, with the largest OS partition that the order allows.
 *
 * @throws NacreError LAYOUT_NO_PLACE when no order-keeping choice of gaps has room for them
 */
export const placeParts = (request: PlacesRequest): readonly PlacedPart[] => {
  const ranges = freeRanges(request);
  const parts = ORDERS[request.layout].filter((part) => sizeOfPart(part, request.sizes) > 0);
  let best: readonly PlacedPart[] | undefined;
  for (const assigned of assignments(parts.length, ranges.length)) {
    const placed = placeIn(request, ranges, parts, assigned);
    if (placed !== undefined && (best === undefined || osBytes(placed) > osBytes(best)))
      best = placed;
  }
  if (best !== undefined) return best;
  const neededBytes = parts.reduce((sum, part) => sum + sizeOfPart(part, request.sizes), 0);
  const gaps = ranges.map((range) => range.endBytes - range.startBytes);
  throw new NacreError('LAYOUT_NO_PLACE', {
    neededBytes,
    freeBytes: gaps.reduce((sum, gap) => sum + gap, 0),
    largestBytes: Math.max(0, ...gaps),
    keptCount: request.kept.length,
  });
};
