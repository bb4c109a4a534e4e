import { open } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { parseBootBytes, serializeBootBytes } from '../../src/codec/boot-bytes.ts';
import { bootCodeWrites, readBootCode } from '../../src/disk/boot-code.ts';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import {
  applySteps,
  applyTable,
  type PartitionTable,
  planTable,
  readTable,
} from '../../src/disk/partition-table.ts';
import { emptyImage } from '../helpers/scratch.ts';
import { gptEntry, gptTable, mbrEntry, mbrTable } from '../helpers/tables.ts';

const MIB = 1 << 20;
const MBR = mbrTable([mbrEntry(1, 2048, 8191)]);
const GPT = gptTable([gptEntry(1, 2048, 8191)]);

const diskWith = async (
  t: ExecutionContext,
  table: PartitionTable,
  code: Readonly<Record<number, number>>,
): Promise<string> => {
  const file = await emptyImage(t, 8 * MIB);
  using disk = await openForWrite(file, { sectorSize: 512 });
  await applyTable(disk, await planTable(disk, table));
  await using handle = await open(file, 'r+');
  for (const [offset, length] of Object.entries(code)) {
    await handle.write(Buffer.alloc(length, 0xc3), 0, length, Number(offset));
  }
  return file;
};

const regionsOf = async (file: string) => {
  using disk = await openForRead(file);
  const { table } = await readTable(disk);
  return await readBootCode(disk, table);
};

const placesOf = async (file: string) =>
  (await regionsOf(file)).map(({ offset, bytes }) => [offset, bytes.length]);

test('boot code of an MBR disk is the code of sector 0 and the used sectors of the gap', async (t) => {
  const file = await diskWith(t, MBR, { 0: 300, 512: 1000, 5120: 1, [MIB - 512]: 512, [MIB]: 512 });
  t.deepEqual(await placesOf(file), [
    [0, 440],
    [512, 1024],
    [5120, 512],
    [MIB - 512, 512],
  ]);
});

test('a table without boot code has none', async (t) => {
  t.deepEqual(await placesOf(await diskWith(t, MBR, {})), []);
  t.deepEqual(await placesOf(await diskWith(t, GPT, {})), []);
});

test('boot code of a GPT disk begins behind its entries', async (t) => {
  const file = await diskWith(t, GPT, { 0: 440, [34 * 512]: 600 });
  t.deepEqual(await placesOf(file), [
    [0, 440],
    [34 * 512, 1024],
  ]);
});

test('the header of a GPT that an MBR replaced is no boot code', async (t) => {
  const file = await diskWith(t, GPT, {});
  const header = Buffer.alloc(512);
  {
    await using handle = await open(file, 'r+');
    await handle.read(header, 0, 512, 512);
    using disk = await openForWrite(file, { sectorSize: 512 });
    await applyTable(disk, await planTable(disk, MBR));
    await handle.write(header, 0, 512, 512);
    await handle.write(Buffer.alloc(33 * 512), 0, 33 * 512, 1024);
  }
  t.deepEqual(await placesOf(file), []);
});

test('boot code is read back the same after it was written with its table to another disk', async (t) => {
  const source = await diskWith(t, MBR, { 0: 440, 512: 30_000 });
  const regions = await regionsOf(source);
  const stored = parseBootBytes(serializeBootBytes(regions), { sectorSize: 512, endBytes: MIB });
  const target = await diskWith(t, GPT, { 0: 100, 65536: 512 });
  {
    using disk = await openForWrite(target, { sectorSize: 512 });
    const { bootCode, steps } = bootCodeWrites(stored);
    const plan = await planTable(disk, MBR, { bootCode });
    await applySteps(disk, steps);
    await applyTable(disk, plan);
  }
  const found = await regionsOf(target);
  t.deepEqual(found.slice(0, regions.length), regions);
});
