import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openForWrite } from '../../src/disk/device.ts';
import { drawDisk, fitText, shortSize } from '../../src/disk/disk-drawing.ts';
import { type ShownDisk, showDisk, showDisks } from '../../src/disk/disk-show.ts';
import { applyTable, type PartitionTable, planTable } from '../../src/disk/partition-table.ts';
import { runTool } from '../../src/disk/tool.ts';
import { isNacreError } from '../../src/errors.ts';
import { attachLoop, mountOn } from '../helpers/loop-device.ts';
import { requires } from '../helpers/requires.ts';
import { emptyImage, scratchFolder } from '../helpers/scratch.ts';
import { extendedTable, gptEntry, gptTable } from '../helpers/tables.ts';

const MIB = 1 << 20;
const SECTORS = (64 * MIB) / 512;

const write = async (file: string, table: PartitionTable): Promise<void> => {
  using disk = await openForWrite(file, { sectorSize: 512 });
  await applyTable(disk, await planTable(disk, table));
};

const GPT = gptTable([
  gptEntry(1, 2048, 18431, {
    typeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
    name: 'EFI system',
  }),
  gptEntry(3, 18432, 83967, { name: 'データ' }),
]);

test('a disk is shown with its partitions, their file systems and the room between them', async (t) => {
  const file = await emptyImage(t, 64 * MIB);
  await write(file, GPT);
  await runTool('mkfs.ext4', ['-q', '-L', 'root', '-E', 'offset=9437184', file, '32768k']);
  const disk = await showDisk(file);
  t.like(disk, {
    kind: 'file',
    sizeBytes: 64 * MIB,
    sectorSize: 512,
    table: 'gpt',
    notWritable: [],
  });
  t.like(disk.partitions[0], {
    number: 1,
    role: 'efi-system',
    name: 'EFI system',
    fileSystem: 'raw',
  });
  t.like(disk.partitions[1], {
    ...{ number: 3, role: 'linux', name: 'データ', fileSystem: 'ext4', label: 'root' },
    ...{ startBytes: 9 * MIB, sizeBytes: 32 * MIB, state: 'clean' },
  });
  t.true((disk.partitions[1]?.usedBytes ?? 0) > MIB);
  t.deepEqual(disk.unused, [
    { startBytes: 34 * 512, sizeBytes: MIB - 34 * 512 },
    { startBytes: 41 * MIB, sizeBytes: (SECTORS - 33) * 512 - 41 * MIB },
  ]);
});

test('unused room inside an extended partition is room', async (t) => {
  const file = await emptyImage(t, 8 * MIB);
  await write(file, extendedTable(2));
  const disk = await showDisk(file);
  t.is(disk.partitions.find((one) => one.isExtended)?.role, 'extended');
  t.true(disk.unused.some(({ startBytes }) => startBytes === (4096 + 2048 + 100) * 512));
});

test('a file system on the bare disk is partition 0', async (t) => {
  const file = await emptyImage(t, 8 * MIB);
  await runTool('mkfs.fat', ['-n', 'STICK', file]);
  const disk = await showDisk(file);
  t.is(disk.table, 'none');
  t.like(disk.partitions, { 0: { number: 0, startBytes: 0, sizeBytes: 8 * MIB, label: 'STICK' } });
  t.deepEqual(disk.unused, []);
});

test('a damaged table is shown with what is wrong', async (t) => {
  const file = await emptyImage(t, 64 * MIB);
  await write(file, GPT);
  const bytes = await readFile(file);
  bytes[512 + 20] = 0xff;
  bytes[64 * MIB - 512 + 20] = 0xff;
  await writeFile(file, bytes);
  const disk = await showDisk(file);
  t.true(disk.problems.some((text) => text.includes('checksum') || text.includes('header')));
  t.deepEqual(disk.partitions, []);
});

test('a missing disk is refused', async (t) => {
  const error = await t.throwsAsync(showDisk('/nonexistent/disk'));
  t.true(isNacreError(error, 'DISK_NOT_FOUND'));
});

test('a mounted loop device is listed with who uses it', async (t) => {
  if (!requires(t, 'root')) return;
  const file = await emptyImage(t, 16 * MIB);
  await runTool('mkfs.ext4', ['-q', file]);
  const node = await attachLoop(t, file);
  const folder = path.join(await scratchFolder(t), 'mnt');
  await mountOn(t, node, folder);
  const disk = (await showDisks()).find((one) => one.path === node);
  t.deepEqual(disk?.inUseBy, [`${node} is mounted on ${folder}`]);
  t.deepEqual(disk?.notWritable, disk?.inUseBy);
  t.is(disk?.partitions[0]?.fileSystem, 'ext4');
});

const SHOWN: ShownDisk = {
  ...{ path: '/dev/sdx', kind: 'disk', model: '', serial: '', transport: '', table: 'gpt' },
  ...{ sizeBytes: 100 * MIB, sectorSize: 512, readOnly: false, removable: false },
  ...{ inUseBy: [], notWritable: [], problems: [] },
  partitions: [
    { number: 1, role: 'efi-system', name: 'ESP', startBytes: MIB, sizeBytes: 9 * MIB },
    { number: 2, role: 'linux', name: 'システム', startBytes: 10 * MIB, sizeBytes: 60 * MIB },
  ].map((one) => ({
    ...one,
    ...{ fileSystem: 'ext4', label: '', usedBytes: 0, state: 'clean', isExtended: false },
  })),
  unused: [{ startBytes: 70 * MIB, sizeBytes: 30 * MIB }],
};

test('a disk is drawn to scale in the width that is given', (t) => {
  t.deepEqual(drawDisk(SHOWN, { width: 44 }), [
    '┌─────┬───────────────────────┬────────────┐',
    '│1    │2                      │            │',
    '│ext4 │ext4                   │unused      │',
    '│9 MiB│60 MiB                 │30 MiB      │',
    '│ESP  │システム               │            │',
    '└─────┴───────────────────────┴────────────┘',
  ]);
});

test('a drawing without room for unused ranges shows the partitions only', (t) => {
  const lines = drawDisk(SHOWN, { width: 10 });
  t.is(lines[1], '│1  │2   │');
});

test('a drawing without room for the partitions is left out', (t) => {
  t.deepEqual(drawDisk(SHOWN, { width: 8 }), []);
  t.deepEqual(drawDisk({ ...SHOWN, partitions: [], unused: [] }, { width: 80 }), []);
});

for (const [bytes, text] of [
  [0, '0 B'],
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [1023 * 1024, '1 MiB'],
  [256060514304, '238 GiB'],
  [2 ** 53, '8 PiB'],
] as const) {
  test(`${bytes} bytes are ${text}`, (t) => {
    t.is(shortSize(bytes), text);
  });
}

test('a text is cut where a wide letter does not fit, and control characters are spaces', (t) => {
  t.is(fitText('日本語', 5), '日本 ');
  t.is(fitText('a\u001b[31mb', 4), 'a [3');
});
