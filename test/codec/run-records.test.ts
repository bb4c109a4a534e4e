import test from 'ava';
import {
  ChunkCursor,
  checkPartitionRecords,
  chunkCountOf,
  fullMaskOf,
  maskedBytes,
} from '../../src/codec/run-records.ts';
import { RunRecordsWriter } from '../../src/codec/run-records-writer.ts';
import { exampleManifest, runRecord } from '../helpers/sample-image.ts';

test('a cursor visits the used chunks in order with mask and digest', (t) => {
  const [partition] = exampleManifest().partitions;
  if (partition === undefined) return t.fail();
  const cursor = new ChunkCursor(partition, partition.sizeBytes);
  const seen = [];
  while (cursor.next()) {
    seen.push([cursor.chunk, cursor.mask, cursor.isZero, cursor.digestOffset]);
  }
  t.deepEqual(seen, [
    [0, 0xffff, false, 0],
    [1, 0x0003, false, 32],
    [3, 0x0001, true, 64],
  ]);
  t.false(cursor.next());
});

test('a writer packs what a cursor visits into the same records', (t) => {
  const [partition] = exampleManifest().partitions;
  if (partition === undefined) return t.fail();
  const cursor = new ChunkCursor(partition, partition.sizeBytes);
  const writer = new RunRecordsWriter(partition.sizeBytes);
  while (cursor.next()) {
    const { chunk, mask, isZero, digestOffset } = cursor;
    const digest = partition.digests.subarray(digestOffset, digestOffset + 32);
    writer.add({ chunk, mask, digest: isZero ? undefined : digest });
  }
  const records = writer.records();
  t.deepEqual(Buffer.from(records.runs), Buffer.from(partition.runs));
  t.deepEqual(Buffer.from(records.masks), Buffer.from(partition.masks));
  t.deepEqual(Buffer.from(records.digests), Buffer.from(partition.digests));
});

test('the last chunk counts as far as the partition reaches', (t) => {
  t.is(chunkCountOf(65_536), 1);
  t.is(chunkCountOf(65_537), 2);
  t.is(fullMaskOf(0, 65_537), 0xffff);
  t.is(fullMaskOf(1, 65_537), 1);
  t.is(fullMaskOf(0, 8193), 7);
  t.is(maskedBytes(1, 1, 65_537), 1);
  t.is(maskedBytes(0b110, 0, 8193), 4097);
  t.is(maskedBytes(0b011, 0, 8193), 8192);
  t.is(maskedBytes(0xffff, 3, 2 ** 30), 65_536);
});

test('a zero run of a partition of 300 TiB may follow one of the greatest count', (t) => {
  const most = 2 ** 32 - 1;
  const runs = Buffer.concat([runRecord(0, most, 1), runRecord(most, 5, 1)]);
  const records = { runs, masks: new Uint8Array(), digests: new Uint8Array() };
  t.notThrows(() => checkPartitionRecords(records, 300 * 2 ** 40));
});
