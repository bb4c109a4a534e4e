/** Tables of ours before the judges that everybody has: sfdisk, sgdisk, parted, fdisk. */
import test, { type ExecutionContext } from 'ava';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import {
  applyTable,
  type PartitionTable,
  planTable,
  readTable,
  refreshPartitions,
} from '../../src/disk/partition-table.ts';
import { runTool } from '../../src/disk/tool.ts';
import { attachLoop } from '../helpers/loop-device.ts';
import { requires } from '../helpers/requires.ts';
import { emptyImage } from '../helpers/scratch.ts';
import { sfdiskJson, withoutEbrs } from '../helpers/sfdisk.ts';
import { extendedTable, gptEntry, gptTable, mbrEntry, mbrTable } from '../helpers/tables.ts';

const MIB = 1 << 20;
const TIB = 2 ** 40;

const write = async (file: string, table: PartitionTable): Promise<void> => {
  using disk = await openForWrite(file);
  await applyTable(disk, await planTable(disk, table));
};

// What sgdisk says of sizes and ends that were asked for: few entries, ends off a MiB.
const OF_THE_LAYOUT =
  /doesn't end on a|less than the minimum|gap between the main partition table \(ending sector [23]\)/;

const isSilent = async (t: ExecutionContext, disk: string, type: 'mbr' | 'gpt') => {
  const verified = await runTool('sfdisk', ['--verify', disk]);
  t.regex(verified.stdout, /No errors detected/);
  const rest = `${verified.stdout}${verified.stderr}`.replace('No errors detected', '');
  t.notRegex(rest, /error|warning|overlap|does not|mismatch/i);
  const printed = await runTool('parted', ['--script', disk, 'unit', 's', 'print']);
  t.notRegex(`${printed.stdout}${printed.stderr}`, /error|warning/i);
  if (type === 'mbr') return;
  const checked = await runTool('sgdisk', ['--verify', disk]);
  t.regex(checked.stdout, /No problems found/);
  const remarks = `${checked.stdout}${checked.stderr}`.split('\n\n');
  t.deepEqual(
    remarks.filter((remark) => /caution|warning/i.test(remark) && !OF_THE_LAYOUT.test(remark)),
    [],
  );
};

const ROWS: readonly (readonly [string, number, 'mbr' | 'gpt', PartitionTable])[] = [
  [
    'an MBR of four primaries',
    64 * MIB,
    'mbr',
    mbrTable(
      [1, 2, 3, 4].map((number) =>
        mbrEntry(number, number * 20480, (number + 1) * 20480 - 1, { active: number === 2 }),
      ),
    ),
  ],
  ['an MBR without partitions', 64 * MIB, 'mbr', mbrTable([])],
  ['an MBR with one logical partition', 64 * MIB, 'mbr', extendedTable(1)],
  ['an MBR with seven logical partitions', 64 * MIB, 'mbr', extendedTable(7)],
  ['an MBR that ends at 2 TiB', 2 * TIB, 'mbr', mbrTable([mbrEntry(1, 2048, 2 ** 32 - 2)])],
  ['a GPT', 64 * MIB, 'gpt', gptTable([gptEntry(1, 2048, 4095), gptEntry(2, 4096, 129023)])],
  ['a GPT without partitions', 64 * MIB, 'gpt', gptTable([])],
  [
    'a GPT with all 128 entries in use',
    256 * MIB,
    'gpt',
    gptTable(
      Array.from({ length: 128 }, (_, index) =>
        gptEntry(index + 1, 2048 * (index + 1), 2048 * (index + 2) - 1),
      ),
    ),
  ],
  ['a GPT of 256 entries', 64 * MIB, 'gpt', gptTable([gptEntry(256, 2048, 4095)], 256)],
  [
    'a GPT of 8 entries',
    64 * MIB,
    'gpt',
    gptTable([gptEntry(1, 2048, 4095), gptEntry(8, 4096, 6143)], 8),
  ],
  [
    'a GPT of 3 TiB',
    3 * TIB,
    'gpt',
    gptTable([gptEntry(1, 2048, 5 * 2 ** 30 - 1), gptEntry(2, 5 * 2 ** 30, 6 * 2 ** 30 - 2049)]),
  ],
  [
    'a GPT in the order of the numbers backwards',
    64 * MIB,
    'gpt',
    gptTable([gptEntry(1, 20480, 30719), gptEntry(2, 2048, 20479)]),
  ],
];

for (const [name, sizeBytes, type, table] of ROWS) {
  test(`${name}: nobody finds anything wrong, and sfdisk reads what was written`, async (t) => {
    const file = await emptyImage(t, sizeBytes);
    await write(file, table);
    await isSilent(t, file, type);
    const { entryCount: _, ...expected } = { entryCount: 0, ...withoutEbrs(table) };
    t.like(await sfdiskJson(file), expected);
  });
}

const on4Kn = async (t: ExecutionContext): Promise<string> =>
  attachLoop(t, await emptyImage(t, 512 * MIB), { sectorSize: 4096 });

for (const [name, type, table] of [
  ['an MBR', 'mbr', mbrTable([mbrEntry(1, 256, 2559), mbrEntry(2, 2560, 131071)])],
  ['an MBR with logical partitions', 'mbr', extendedTable(7)],
  ['a GPT', 'gpt', gptTable([gptEntry(1, 256, 2559), gptEntry(2, 2560, 131066)])],
  ['a GPT of 20 entries', 'gpt', gptTable([gptEntry(20, 256, 2559)], 20)],
] as const) {
  test(`${name} on sectors of 4096 bytes: nobody finds anything wrong`, async (t) => {
    if (!requires(t, 'root')) return;
    const node = await on4Kn(t);
    await write(node, table);
    await isSilent(t, node, type);
    const { entryCount: _, ...expected } = { entryCount: 0, ...withoutEbrs(table) };
    t.like(await sfdiskJson(node), expected);
  });
}

test('a GPT that moves to a larger disk has nothing wrong there', async (t) => {
  const small = await emptyImage(t, 64 * MIB);
  await runTool('sgdisk', ['-n1:0:+20M', '-c1:one', '-n3:0:0', small]);
  using source = await openForRead(small);
  const { table } = await readTable(source);
  const large = await emptyImage(t, 100 * MIB);
  await write(large, table);
  await isSilent(t, large, 'gpt');
  t.deepEqual(await sfdiskJson(large), await sfdiskJson(small));
});

test('the kernel shows the partitions of a table, and what changed of the next one', async (t) => {
  if (!requires(t, 'root')) return;
  const node = await attachLoop(t, await emptyImage(t, 64 * MIB));
  const shown = async (table: PartitionTable) => {
    await write(node, table);
    using disk = await openForWrite(node);
    const partitions = await refreshPartitions(disk, table);
    return partitions.map(({ number, offset, size }) => [number, offset / 512, size / 512]);
  };
  t.deepEqual(await shown(extendedTable(2)), [
    [1, 2048, 2048],
    [2, 4096, 2],
    [5, 6144, 100],
    [6, 10240, 100],
  ]);
  const grown = gptTable([
    gptEntry(1, 2048, 8191),
    gptEntry(2, 8192, 9215),
    gptEntry(6, 10240, 10244),
  ]);
  t.deepEqual(await shown(grown), [
    [1, 2048, 6144],
    [2, 8192, 1024],
    [6, 10240, 5],
  ]);
  t.deepEqual(await shown(gptTable([])), []);
});
