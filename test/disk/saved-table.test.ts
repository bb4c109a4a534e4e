import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openForRead, openForWrite } from '../../src/disk/device.ts';
import {
  applySteps,
  type PartitionTable,
  planTable,
  readTable,
} from '../../src/disk/partition-table.ts';
import { readSavedTable, savedTableName, saveTable } from '../../src/disk/saved-table.ts';
import { applyUndo, planUndo } from '../../src/disk/table-undo.ts';
import { type ErrorCode, isNacreError } from '../../src/errors.ts';
import { emptyImage, scratchFolder } from '../helpers/scratch.ts';
import { extendedTable, gptEntry, gptTable, mbrEntry, mbrTable } from '../helpers/tables.ts';

const MIB = 1 << 20;
const NOW = new Date('2026-11-21T14:03:12.345Z');
const SIZE = 32 * MIB;

const TABLES: Readonly<Record<string, PartitionTable>> = {
  'no table': { type: 'none', entries: [] },
  'an MBR': mbrTable([mbrEntry(1, 63, 2047), mbrEntry(2, 4096, 65535)], 'cafe0001'),
  'an MBR with logical partitions': extendedTable(4),
  'a GPT': gptTable([gptEntry(1, 34, 2047), gptEntry(9, 2048, 65502)]),
  'a GPT of 256 entries': gptTable([gptEntry(200, 2048, 4095)], 256),
};

const write = async (file: string, table: PartitionTable, sectorSize = 512): Promise<void> => {
  using disk = await openForWrite(file, { sectorSize });
  await applySteps(disk, (await planTable(disk, table)).steps);
};

const noisyDisk = async (t: ExecutionContext, table: PartitionTable): Promise<string> => {
  const file = await emptyImage(t, SIZE);
  await writeFile(file, Buffer.alloc(SIZE, 'noise of old data, '));
  // Without this the noise itself is what sector 0 holds.
  await writeFile(file, Buffer.alloc(512), { flag: 'r+' });
  await write(file, table);
  return file;
};

const saved = async (t: ExecutionContext, file: string, next: PartitionTable): Promise<string> => {
  const target = path.join(await scratchFolder(t), savedTableName(file, NOW));
  using disk = await openForRead(file, { sectorSize: 512 });
  const { steps } = await planTable(disk, next);
  await saveTable(disk, target, { steps, now: NOW });
  return target;
};

test('the default name has the disk and the time in it', (t) => {
  t.is(savedTableName('/dev/sdb', NOW), 'sdb-20261121T140312.345Z.nacre-table');
});

for (const [before, old] of Object.entries(TABLES)) {
  for (const [after, next] of Object.entries(TABLES)) {
    test(`undo of ${after} over ${before} gives every byte back`, async (t) => {
      const file = await noisyDisk(t, old);
      const original = await readFile(file);
      const copy = await saved(t, file, next);
      await write(file, next);
      {
        using disk = await openForWrite(file, { sectorSize: 512 });
        await applyUndo(disk, await readSavedTable(copy));
      }
      t.true(original.equals(await readFile(file)));
    });
  }
}

const tableOf = async (file: string): Promise<PartitionTable | undefined> => {
  using disk = await openForRead(file, { sectorSize: 512 });
  const { table, problems } = await readTable(disk, { allowDamaged: true });
  return problems.some((problem) => problem.isFatal) ? undefined : table;
};

// Between two chains of logical partitions that begin in the same sector there is no way without a mixture.
for (const [from, to] of [
  ['a GPT', 'an MBR'],
  ['an MBR', 'a GPT'],
  ['a GPT', 'an MBR with logical partitions'],
  ['no table', 'a GPT'],
  ['a GPT', 'no table'],
  ['an MBR', 'an MBR with logical partitions'],
] as const) {
  test(`every step of undoing ${to} over ${from} leaves one of the two tables`, async (t) => {
    const old = TABLES[from] ?? t.fail();
    const next = TABLES[to] ?? t.fail();
    if (typeof old === 'boolean' || typeof next === 'boolean') return;
    const file = await noisyDisk(t, old);
    const both = [await tableOf(file)];
    const copy = await saved(t, file, next);
    await write(file, next);
    both.push(await tableOf(file));
    const undo = await readSavedTable(copy);
    using disk = await openForWrite(file, { sectorSize: 512 });
    for (const step of planUndo(disk, undo)) {
      await applySteps(disk, [step]);
      const found = await tableOf(file);
      t.true(both.some((table) => JSON.stringify(table) === JSON.stringify(found)));
    }
    t.deepEqual(await tableOf(file), both[0]);
  });
}

const refused = async (t: ExecutionContext, work: Promise<unknown>, code: ErrorCode) => {
  const error = await t.throwsAsync(work);
  t.true(isNacreError(error, code), String(error));
};

test('a saved table never overwrites a file', async (t) => {
  const file = await emptyImage(t, MIB);
  using disk = await openForRead(file);
  await refused(t, saveTable(disk, file, { now: NOW }), 'SAVED_TABLE_UNWRITABLE');
});

test('a saved table is not put on a disk of another size', async (t) => {
  const file = await noisyDisk(t, extendedTable(1));
  const copy = await readSavedTable(await saved(t, file, extendedTable(1)));
  await truncate(file, SIZE + 512);
  using disk = await openForWrite(file);
  const error = t.throws(() => planUndo(disk, copy));
  t.true(isNacreError(error, 'DISK_CHANGED'));
});

test('a missing saved table is SAVED_TABLE_UNREADABLE', async (t) => {
  await refused(t, readSavedTable('/nonexistent/x.nacre-table'), 'SAVED_TABLE_UNREADABLE');
});

test('a saved table cut off at any length is refused', async (t) => {
  const file = await emptyImage(t, MIB);
  const copy = await saved(t, file, mbrTable([]));
  const whole = await readFile(copy);
  for (let length = 0; length < whole.length - 2; length += 997) {
    await writeFile(copy, whole.subarray(0, length));
    await refused(t, readSavedTable(copy), 'SAVED_TABLE_DAMAGED');
  }
});

for (const [name, from, to] of [
  ['a flipped letter of a region', '"base64": "AAAA', '"base64": "AABA'],
  ['another offset', '"offset": 0', '"offset": 512'],
  ['another disk', '"sizeBytes": 1048576', '"sizeBytes": 2097152'],
  ['a negative offset', '"offset": 0', '"offset": -512'],
  ['another version', '"version": 1', '"version": 2'],
  ['an odd sector size', '"sectorSize": 512', '"sectorSize": 513'],
] as const) {
  test(`a saved table with ${name} is refused`, async (t) => {
    const file = await emptyImage(t, MIB);
    const copy = await saved(t, file, mbrTable([]));
    const text = await readFile(copy, 'utf8');
    t.true(text.includes(from));
    await writeFile(copy, text.replace(from, to));
    await refused(t, readSavedTable(copy), 'SAVED_TABLE_DAMAGED');
  });
}
