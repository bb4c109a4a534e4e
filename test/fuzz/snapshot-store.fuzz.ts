/**
 * Snapshot stores: whatever is accepted names bytes inside base and store, each once, in rising order. An input is a header
 * and, right behind it, what lies in the areas.
 */
import assert from 'node:assert/strict';
import {
  parseSnapshotHeader,
  SNAPSHOT_HEADER_BYTES,
  SnapshotTable,
} from '../../src/codec/snapshot-store.ts';
import { isNacreError } from '../../src/errors.ts';
import { makeSnapshotStore } from '../helpers/snapshot-store.ts';

const SIZES = { baseBytes: 700 * 4096 + 512, storeBytes: 900 * 4096 + 1024 };

const seed = (count: number, isValid = true): Uint8Array => {
  const chunks = Array.from(
    { length: count },
    (_, at) => [(at * 7) % 701, Buffer.alloc(0)] as const,
  );
  const store = makeSnapshotStore({ chunkBytes: 4096, chunks, isValid });
  const areas = [1, 258].map((chunk) => store.subarray(chunk * 4096, (chunk + 1) * 4096));
  return Buffer.concat([store.subarray(0, SNAPSHOT_HEADER_BYTES), ...areas]);
};

/** Inputs to start from. */
export const seeds = (): readonly Uint8Array[] => [
  seed(3),
  seed(300),
  seed(0, false),
  Buffer.alloc(64),
];

const check = (bytes: Uint8Array): void => {
  const header = parseSnapshotHeader(bytes);
  if (header === undefined) return;
  const table = new SnapshotTable(header.chunkBytes, SIZES);
  for (
    let at = SNAPSHOT_HEADER_BYTES;
    table.nextAreaOffset !== undefined;
    at += header.chunkBytes
  ) {
    const area = Buffer.alloc(header.chunkBytes);
    area.set(bytes.subarray(at, at + area.length));
    table.addArea(area);
  }
  let [end, sum] = [0, 0];
  for (const { baseOffset, storeOffset, lengthBytes } of table.ranges()) {
    assert.ok(baseOffset >= end && lengthBytes > 0);
    end = baseOffset + lengthBytes;
    assert.ok(end <= SIZES.baseBytes && storeOffset + lengthBytes <= SIZES.storeBytes);
    sum += lengthBytes;
  }
  assert.ok(sum <= table.changedChunks * table.chunkBytes);
  assert.ok(table.changedChunks * table.chunkBytes < table.usedBytes);
};

/** One input; throws only when something is wrong. */
export const run = (bytes: Uint8Array): void => {
  try {
    check(bytes);
  } catch (error) {
    if (!isNacreError(error, 'WRITE_CACHE_FORMAT')) throw error;
  }
};
