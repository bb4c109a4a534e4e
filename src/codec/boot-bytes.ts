/**
 * Boot bytes of a manifest: non-zero sectors before the first partition that belong to no table.
 *
 * ```
 * region   0 offset on the disk u32 | 4 length u32 | 8 bytes
 * ```
 */
import { FieldReader, formatError } from './bytes.ts';
import {
  BOOT_CODE_BYTES,
  BOOT_LIMIT_BYTES,
  BOOT_REGION_HEAD_BYTES,
  BOOT_REGION_LIMIT,
} from './image-limits.ts';

/** Bytes of the disk outside partitions and tables; `offset` from the start of the disk. */
export interface BootRegion {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What the place of a region is checked against. */
export interface BootArea {
  readonly sectorSize: number;
  /** First byte that belongs to a partition, or the size of a disk without any. */
  readonly endBytes: number;
}

const checkPlace = (region: BootRegion, previousEnd: number, area: BootArea): void => {
  const { offset } = region;
  const { length } = region.bytes;
  if (offset < previousEnd) {
    throw formatError('boot bytes', 'offset', offset, `at least ${previousEnd}`);
  }
  if (offset + length > area.endBytes) {
    throw formatError('boot bytes', 'end', offset + length, `at most ${area.endBytes}`);
  }
  if (offset === 0) {
    if (length !== BOOT_CODE_BYTES) {
      throw formatError('boot bytes', 'length of sector 0', length, BOOT_CODE_BYTES);
    }
    return;
  }
  const isWhole = offset % area.sectorSize === 0 && length % area.sectorSize === 0;
  if (!isWhole || length === 0) {
    const found = `${offset} + ${length}`;
    throw formatError('boot bytes', 'region', found, `whole sectors of ${area.sectorSize}`);
  }
};

/** Parses the boot section. The bytes of the regions are views. @throws NacreError `IMAGE_FORMAT` */
export const parseBootBytes = (section: Uint8Array, area: BootArea): readonly BootRegion[] => {
  const reader = new FieldReader('boot bytes', section);
  const regions: BootRegion[] = [];
  let previousEnd = 0;
  let at = 0;
  while (at < reader.length) {
    const offset = reader.u32(at, 'offset');
    const length = reader.u32(at + 4, 'length');
    const bytes = reader.bytes(at + BOOT_REGION_HEAD_BYTES, length, 'bytes');
    const region = { offset, bytes };
    checkPlace(region, previousEnd, area);
    regions.push(region);
    previousEnd = offset + length;
    at += BOOT_REGION_HEAD_BYTES + length;
  }
  checkTotal(regions);
  return regions;
};

const checkTotal = (regions: readonly BootRegion[]): void => {
  const total = regions.reduce((sum, region) => sum + region.bytes.length, 0);
  if (total > BOOT_LIMIT_BYTES) {
    throw formatError('boot bytes', 'length of all regions', total, `at most ${BOOT_LIMIT_BYTES}`);
  }
  if (regions.length > BOOT_REGION_LIMIT) {
    throw formatError('boot bytes', 'regions', regions.length, `at most ${BOOT_REGION_LIMIT}`);
  }
};

/** Serializes regions, which must be in rising order of their offsets. */
export const serializeBootBytes = (regions: readonly BootRegion[]): Uint8Array => {
  const length = regions.reduce(
    (sum, region) => sum + BOOT_REGION_HEAD_BYTES + region.bytes.length,
    0,
  );
  const section = new Uint8Array(length);
  const view = new DataView(section.buffer);
  let at = 0;
  for (const { offset, bytes } of regions) {
    view.setUint32(at, offset, true);
    view.setUint32(at + 4, bytes.length, true);
    section.set(bytes, at + BOOT_REGION_HEAD_BYTES);
    at += BOOT_REGION_HEAD_BYTES + bytes.length;
  }
  return section;
};
