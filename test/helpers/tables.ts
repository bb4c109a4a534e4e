import type { GptEntry, MbrEntry, PartitionTable } from '../../src/disk/partition-table.ts';

/** A Linux partition of an MBR; `more` overrides. */
export const mbrEntry = (
  number: number,
  firstLba: number,
  lastLba: number,
  more: Partial<MbrEntry> = {},
): MbrEntry => ({
  ...{ number, firstLba, lastLba, type: 0x83, active: false },
  kind: number > 4 ? 'logical' : 'primary',
  ...more,
});

/** A Linux partition of a GPT with a GUID made of its number; `more` overrides. */
export const gptEntry = (
  number: number,
  firstLba: number,
  lastLba: number,
  more: Partial<GptEntry> = {},
): GptEntry => ({
  ...{ number, firstLba, lastLba },
  typeGuid: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  guid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  name: `part ${number}`,
  attributes: '0000000000000000',
  ...more,
});

export const mbrTable = (entries: readonly MbrEntry[], signature = '1234abcd'): PartitionTable => ({
  type: 'mbr',
  signature,
  entries,
});

export const gptTable = (entries: readonly GptEntry[], entryCount = 128): PartitionTable => ({
  type: 'gpt',
  guid: '01234567-89ab-cdef-0123-456789abcdef',
  entryCount,
  entriesLba: 2,
  protectiveActive: false,
  entries,
});

/** Three primaries around an extended partition with `logicals` partitions of 100 sectors. */
export const extendedTable = (logicals: number): PartitionTable =>
  mbrTable([
    mbrEntry(1, 2048, 4095, { type: 0x0c, active: true }),
    mbrEntry(2, 4096, 4096 + logicals * 4096 + 99, { type: 0x0f, kind: 'extended' }),
    ...Array.from({ length: logicals }, (_, index) => {
      const firstLba = 4096 + index * 4096 + 2048;
      return mbrEntry(5 + index, firstLba, firstLba + 99);
    }),
  ]);
