import { open } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import {
  applyTable,
  type PartitionTable,
  planTable,
  readTable,
} from '../../src/disk/partition-table.ts';
import { runTool } from '../../src/disk/tool.ts';
import { isNacreError } from '../../src/errors.ts';
import { emptyImage } from '../helpers/scratch.ts';
import { sfdiskJson, withoutEbrs } from '../helpers/sfdisk.ts';
import { gptEntry, gptTable, mbrEntry, mbrTable } from '../helpers/tables.ts';

const MIB = 1 << 20;

const tableOf = async (file: string, sectorSize?: number): Promise<PartitionTable> => {
  using disk = await openForRead(file, { sectorSize });
  return (await readTable(disk)).table;
};

const writeTable = async (file: string, table: PartitionTable, sectorSize = 512): Promise<void> => {
  using disk = await openForWrite(file, { sectorSize });
  await applyTable(disk, await planTable(disk, table));
};

const MBR_SCRIPT = `label: dos
label-id: 0x1234abcd
size=4M, type=c, bootable
size=8M, type=7
size=30M, type=5
size=4M, type=83
size=4M, type=82
size=6M, type=8e
size=3M, type=fd
`;

const GPT_SCRIPT = `label: gpt
label-id: 01234567-89AB-CDEF-0123-456789ABCDEF
1: size=8M, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI system"
2: size=4M, type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE
7: size=16M, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name="データ", attrs="GUID:63 RequiredPartition"
`;

for (const [name, script] of Object.entries({ MBR: MBR_SCRIPT, GPT: GPT_SCRIPT })) {
  test(`a ${name} made by sfdisk is read as sfdisk reads it`, async (t) => {
    const file = await emptyImage(t, 100 * MIB);
    await runTool('sfdisk', ['-q', file], { input: script });
    t.deepEqual(withoutEbrs(await tableOf(file)), await sfdiskJson(file));
  });
}

test('a GPT made by sgdisk is read as sfdisk reads it', async (t) => {
  const file = await emptyImage(t, 64 * MIB);
  await runTool('sgdisk', [
    '-n1:0:+4M',
    '-t1:ef00',
    '-c1:ESP',
    '-n128:0:+10M',
    '-A128:set:63',
    file,
  ]);
  t.deepEqual(withoutEbrs(await tableOf(file)), await sfdiskJson(file));
});

test('a GPT of parted with 512-byte sectors is read as sfdisk reads it', async (t) => {
  const file = await emptyImage(t, 64 * MIB);
  const make = [
    'mklabel',
    'gpt',
    'mkpart',
    'first',
    '1MiB',
    '9MiB',
    'mkpart',
    'rest',
    '9MiB',
    '100%',
  ];
  await runTool('parted', ['-s', file, ...make]);
  t.deepEqual(withoutEbrs(await tableOf(file)), await sfdiskJson(file));
});

const bareDisk = (name: string, ...command: readonly [string, ...string[]]): void => {
  test(`a bare disk with ${name} has no partition table`, async (t) => {
    const file = await emptyImage(t, 64 * MIB);
    const [program, ...args] = command;
    await runTool(program, [...args, file]);
    t.deepEqual(await tableOf(file), { type: 'none', entries: [] });
  });
};

bareDisk('FAT', 'mkfs.fat');
bareDisk('NTFS', 'mkntfs', '-q', '-Q', '-F');
bareDisk('exFAT', 'mkfs.exfat');
bareDisk('ext4', 'mkfs.ext4', '-q');
bareDisk('swap', 'mkswap');

test('a blank disk has no partition table', async (t) => {
  t.deepEqual(await tableOf(await emptyImage(t, MIB)), { type: 'none', entries: [] });
});

test('a table without partitions is a table', async (t) => {
  const file = await emptyImage(t, MIB);
  await runTool('sfdisk', ['-q', file], { input: 'label: dos\nlabel-id: 0x00000001\n' });
  t.deepEqual(await tableOf(file), { type: 'mbr', signature: '00000001', entries: [] });
});

const damagedCopies = async (
  t: ExecutionContext,
  offsets: readonly number[],
): Promise<{ file: string; table: PartitionTable }> => {
  const file = await emptyImage(t, 64 * MIB);
  await runTool('sfdisk', ['-q', file], { input: GPT_SCRIPT });
  const table = await tableOf(file);
  await using handle = await open(file, 'r+');
  for (const offset of offsets) await handle.write(Buffer.from([0xff]), 0, 1, offset);
  return { file, table };
};

test('a GPT with a damaged primary header is read from its backup', async (t) => {
  const { file, table } = await damagedCopies(t, [512 + 60]);
  using disk = await openForRead(file);
  const found = await readTable(disk);
  t.deepEqual(found.table, table);
  t.regex(found.problems[0]?.text ?? '', /primary GPT has a wrong header checksum/);
});

test('a GPT with both copies damaged is refused', async (t) => {
  const { file } = await damagedCopies(t, [512 + 60, 64 * MIB - 512 + 60]);
  using disk = await openForRead(file);
  const error = await t.throwsAsync(readTable(disk));
  t.true(isNacreError(error, 'DISK_TABLE_DAMAGED'));
});

test('a table is refused on a disk that is one sector too small for it', async (t) => {
  const table = gptTable([gptEntry(1, 2048, 131071 - 33)]);
  await writeTable(await emptyImage(t, 131072 * 512), table);
  const small = await emptyImage(t, 131071 * 512);
  const error = await t.throwsAsync(writeTable(small, table));
  t.true(isNacreError(error, 'DISK_TOO_SMALL'));
  t.like(error, { facts: { sizeBytes: 131071 * 512, neededBytes: 131072 * 512 } });
});

test('overlapping partitions are refused with both named', async (t) => {
  const table = mbrTable([mbrEntry(1, 2048, 4095), mbrEntry(2, 4095, 8191)]);
  const error = await t.throwsAsync(writeTable(await emptyImage(t, 8 * MIB), table));
  t.true(isNacreError(error, 'DISK_TABLE_INVALID'));
  t.regex(error.message, /partition 2 overlaps partition 1/);
});
