/** The way back from a saved table: checked against the disk, planned as ordered writes, applied. */
import { NacreError } from '../errors.ts';
import type { OpenDisk } from './device.ts';
import type { NativeWriteStep } from './native.ts';
import { applySteps, readTable, refreshPartitions } from './partition-table.ts';
import type { SavedRegion, SavedTable } from './saved-table.ts';

/** Sectors behind sector 0 where a GPT of 128 entries lies. */
const HEAD_END_LBA = 34;
const TAIL_SECTORS = 33;

// A path says nothing about a disk: another port, another name. There the size must do.
const isSameDisk = (disk: OpenDisk, saved: SavedTable): boolean => {
  const { identity, sizeBytes } = disk.info;
  if (sizeBytes !== saved.disk.sizeBytes) return false;
  const isPath = identity.startsWith('path:') && saved.disk.identity.startsWith('path:');
  return isPath || identity === saved.disk.identity;
};

/** Splits a region at a sector boundary; parts without bytes are left out. */
const split = (region: SavedRegion, at: number): readonly SavedRegion[] => {
  const { offset, bytes } = region;
  if (at <= offset || at >= offset + bytes.length) return [region];
  const head = bytes.subarray(0, at - offset);
  return [
    { offset, bytes: head },
    { offset: at, bytes: bytes.subarray(at - offset) },
  ];
};

interface Parts {
  readonly sectorZero: readonly SavedRegion[];
  /** Where a primary GPT lies. */
  readonly head: readonly SavedRegion[];
  readonly bootRecords: readonly SavedRegion[];
  /** Boot code, and what lies under boot records that were written since. */
  readonly others: readonly SavedRegion[];
  readonly tail: readonly SavedRegion[];
}

const partsOf = ({ disk, regions }: SavedTable): Parts => {
  const { sectorSize } = disk;
  const headEnd = HEAD_END_LBA * sectorSize;
  const sectors = Math.floor(disk.sizeBytes / sectorSize);
  const tailStart = Math.max(headEnd, (sectors - TAIL_SECTORS) * sectorSize);
  const records = new Set(disk.bootRecords.map((lba) => lba * sectorSize));
  const borders = [sectorSize, headEnd, tailStart];
  for (const offset of records) borders.push(offset, offset + sectorSize);
  const parts = borders.reduce<readonly SavedRegion[]>(
    (pieces, border) => pieces.flatMap((region) => split(region, border)),
    regions,
  );
  const kindOf = (offset: number): keyof Parts => {
    if (offset === 0) return 'sectorZero';
    if (records.has(offset)) return 'bootRecords';
    if (offset < headEnd) return 'head';
    return offset < tailStart ? 'others' : 'tail';
  };
  const of = (kind: keyof Parts) => parts.filter(({ offset }) => kindOf(offset) === kind);
  return {
    sectorZero: of('sectorZero'),
    head: of('head'),
    bootRecords: of('bootRecords'),
    others: of('others'),
    tail: of('tail'),
  };
};

const stepsOf = (regions: readonly SavedRegion[], what: string): readonly NativeWriteStep[] =>
  regions.map(({ offset, bytes }, index) => ({
    ...{ offset, bytes, what },
    flushAfter: index === regions.length - 1,
    onlyOverGptHeader: false,
  }));

/**
 * Plans the writes that put a saved table back, so that after each of them the table that is there or the
 * saved one can be read: a GPT comes back from its end to sector 0, anything else takes sector 0 first.
 *
 * @throws NacreError DISK_CHANGED when it was saved from another disk, DISK_SECTOR_SIZE
 */
export const planUndo = (disk: OpenDisk, saved: SavedTable): readonly NativeWriteStep[] => {
  const { path, identity, sizeBytes } = disk.info;
  if (!isSameDisk(disk, saved)) {
    throw new NacreError('DISK_CHANGED', {
      path,
      found: `${identity} with ${sizeBytes} bytes`,
      expected: `${saved.disk.identity} with ${saved.disk.sizeBytes} bytes`,
    });
  }
  if (disk.sectorSize !== saved.disk.sectorSize) {
    const { sectorSize } = disk;
    const facts = { path, sectorSize, neededSectorSize: saved.disk.sectorSize };
    throw new NacreError('DISK_SECTOR_SIZE', facts);
  }
  const { sectorZero, head, bootRecords, others, tail } = partsOf(saved);
  const first = stepsOf(sectorZero, 'sector 0');
  const behind = stepsOf(head, 'sectors behind sector 0');
  const end = stepsOf(tail, 'end of the disk');
  const rest = stepsOf(others, 'boot code');
  // The last record comes first, so that the chain is whole once its head is written.
  const records = stepsOf(bootRecords.toReversed(), 'extended boot record').map(
    (step, index, all) => ({ ...step, flushAfter: index >= all.length - 2 }),
  );
  return saved.disk.table === 'gpt'
    ? [...end, ...behind, ...first, ...rest]
    : [...records, ...first, ...rest, ...behind, ...end];
};

/**
 * Puts a saved table back, reads it back, and shows the kernel its partitions.
 *
 * @throws NacreError as `planUndo` and `applySteps`
 */
export const applyUndo = async (disk: OpenDisk, saved: SavedTable): Promise<void> => {
  await applySteps(disk, planUndo(disk, saved));
  const { table } = await readTable(disk, { allowDamaged: true });
  await refreshPartitions(disk, table);
};
