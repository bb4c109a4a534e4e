/** Reads a snapshot store that is whole in memory, and puts it over its base. */
import {
  parseSnapshotHeader,
  SNAPSHOT_HEADER_BYTES,
  SnapshotTable,
} from '../../src/codec/snapshot-store.ts';

/** The table of a store; undefined when it is empty. */
export const tableOf = (store: Uint8Array, baseBytes: number): SnapshotTable | undefined => {
  const header = parseSnapshotHeader(store.subarray(0, SNAPSHOT_HEADER_BYTES));
  if (header === undefined) return undefined;
  const table = new SnapshotTable(header.chunkBytes, { baseBytes, storeBytes: store.length });
  for (;;) {
    const at = table.nextAreaOffset;
    if (at === undefined) return table;
    table.addArea(store.subarray(at, at + header.chunkBytes));
  }
};

/** The base as the kernel shows it through the snapshot. */
export const composed = (base: Uint8Array, store: Uint8Array): Buffer => {
  const whole = Buffer.from(base);
  for (const { baseOffset, storeOffset, lengthBytes } of tableOf(store, base.length)?.ranges() ??
    [])
    whole.set(store.subarray(storeOffset, storeOffset + lengthBytes), baseOffset);
  return whole;
};
