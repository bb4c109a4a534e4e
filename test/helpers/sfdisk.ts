import { z } from 'zod';
import type { PartitionTable } from '../../src/disk/partition-table.ts';
import { runTool } from '../../src/disk/tool.ts';

const dump = z.object({
  partitiontable: z.object({
    label: z.enum(['dos', 'gpt']),
    id: z.string(),
    partitions: z
      .array(
        z.object({
          node: z.string(),
          start: z.number(),
          size: z.number(),
          type: z.string(),
          uuid: z.string().default(''),
          name: z.string().default(''),
          attrs: z.string().default(''),
          bootable: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
});

type Row = z.infer<typeof dump>['partitiontable']['partitions'][number];

const EXTENDED: readonly string[] = ['5', 'f', '85'];

const numberOf = (row: Row, file: string): number =>
  Number(row.node.slice(file.length).replace(/^p/, ''));

// sfdisk writes bits 0 to 2 by name and the others as GUID:48,63.
const attributeBits = (text: string): string => {
  let value = 0n;
  for (const [index, name] of [
    'RequiredPartition',
    'NoBlockIOProtocol',
    'LegacyBIOSBootable',
  ].entries())
    if (text.includes(name)) value |= 1n << BigInt(index);
  for (const bit of /GUID:([\d,]+)/.exec(text)?.[1]?.split(',') ?? []) value |= 1n << BigInt(bit);
  return value.toString(16).padStart(16, '0');
};

/** The table of a disk in our words, as `sfdisk --json` tells it; what it does not tell has its default. */
export const sfdiskJson = async (file: string): Promise<PartitionTable> => {
  const { stdout } = await runTool('sfdisk', ['--json', file]);
  const { label, id, partitions } = dump.parse(JSON.parse(stdout)).partitiontable;
  const placed = (row: Row) => ({
    number: numberOf(row, file),
    firstLba: row.start,
    lastLba: row.start + row.size - 1,
  });
  if (label === 'gpt') {
    const entries = partitions.map((row) => ({
      ...placed(row),
      typeGuid: row.type.toLowerCase(),
      guid: row.uuid.toLowerCase(),
      name: row.name,
      attributes: attributeBits(row.attrs),
    }));
    const guid = id.toLowerCase();
    return { type: 'gpt', guid, entryCount: 128, entriesLba: 2, protectiveActive: false, entries };
  }
  const kindOf = (row: Row) => {
    if (numberOf(row, file) > 4) return 'logical' as const;
    return EXTENDED.includes(row.type) ? ('extended' as const) : ('primary' as const);
  };
  const entries = partitions.map((row) => ({
    ...placed(row),
    type: Number.parseInt(row.type, 16),
    active: row.bootable,
    kind: kindOf(row),
  }));
  return { type: 'mbr', signature: id.slice(2).padStart(8, '0'), entries };
};

/** The same table without the places of extended boot records, which sfdisk does not tell. */
export const withoutEbrs = (table: PartitionTable): PartitionTable =>
  table.type === 'mbr'
    ? { ...table, entries: table.entries.map(({ ebrLba: _, ...entry }) => entry) }
    : table;
