import test from 'ava';
import {
  MOST_EXCEPTIONS,
  parseSnapshotHeader,
  SnapshotTable,
} from '../../src/codec/snapshot-store.ts';
import { isNacreError } from '../../src/errors.ts';
import { Random } from '../helpers/random.ts';
import { composed, tableOf } from '../helpers/read-snapshot.ts';
import { makeSnapshotStore } from '../helpers/snapshot-store.ts';

const KIB = 1024;

const fieldOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isNacreError(error, 'WRITE_CACHE_FORMAT')) return String(error.facts['field']);
    throw error;
  }
  return 'accepted';
};

const all = (store: Uint8Array, baseBytes: number) => [
  ...(tableOf(store, baseBytes)?.ranges() ?? []),
];

/** Chunks with content of their own. */
const filled = (chunkBytes: number, numbers: readonly number[]) =>
  numbers.map((old, index) => [old, Buffer.alloc(chunkBytes, index + 1)] as const);

test('a header that a kernel wrote is read', (t) => {
  const bytes = Buffer.from('536e4170010000000100000080000000', 'hex');
  t.deepEqual(parseSnapshotHeader(bytes), { isValid: true, chunkBytes: 64 * KIB });
});

for (const chunkBytes of [4, 16, 64, 256, 1024].map((size) => size * KIB)) {
  test(`chunks of ${chunkBytes / KIB} KiB are put over their base, whose last one is short`, (t) => {
    const baseBytes = 9 * chunkBytes + 3 * 512;
    const random = new Random(chunkBytes);
    const base = Buffer.alloc(baseBytes, 0xee);
    const chunks = [9, 0, 1, 2, 7, 5].map(
      (old) => [old, Buffer.alloc(chunkBytes, random.bytes(64))] as const,
    );
    const store = makeSnapshotStore({ chunkBytes, chunks });
    const wanted = Buffer.from(base);
    for (const [old, content] of chunks)
      wanted.set(content.subarray(0, baseBytes - old * chunkBytes), old * chunkBytes);
    t.true(composed(base, store).equals(wanted));
    t.deepEqual(all(store, baseBytes), [
      { baseOffset: 0, storeOffset: 3 * chunkBytes, lengthBytes: 3 * chunkBytes },
      { baseOffset: 5 * chunkBytes, storeOffset: 7 * chunkBytes, lengthBytes: chunkBytes },
      { baseOffset: 7 * chunkBytes, storeOffset: 6 * chunkBytes, lengthBytes: chunkBytes },
      { baseOffset: 9 * chunkBytes, storeOffset: 2 * chunkBytes, lengthBytes: 3 * 512 },
    ]);
  });
}

test('a list goes on in the next area, and a run does not go over the area between', (t) => {
  const chunks = filled(
    4096,
    Array.from({ length: 600 }, (_, index) => index),
  );
  const store = makeSnapshotStore({ chunkBytes: 4096, chunks });
  const table = tableOf(store, 600 * 4096);
  t.is(table?.changedChunks, 600);
  t.is(table?.usedBytes, (1 + 3 + 600) * 4096);
  t.deepEqual(
    all(store, 600 * 4096).map(({ storeOffset, lengthBytes }) => [
      storeOffset / 4096,
      lengthBytes / 4096,
    ]),
    [
      [2, 256],
      [259, 256],
      [516, 88],
    ],
  );
});

test('a list that fills its area exactly ends in the empty one behind', (t) => {
  const chunks = filled(
    4096,
    Array.from({ length: 256 }, (_, index) => index),
  );
  t.is(tableOf(makeSnapshotStore({ chunkBytes: 4096, chunks }), 256 * 4096)?.changedChunks, 256);
});

test('a store that was zeroed at its head is empty, whatever lies behind', (t) => {
  const store = makeSnapshotStore({ chunkBytes: 4096, chunks: filled(4096, [1, 2]) });
  t.is(tableOf(store.fill(0, 0, 4096), 40_960), undefined);
  t.is(parseSnapshotHeader(Buffer.alloc(16)), undefined);
});

test('a fresh store uses what the kernel says of one: header and one area', (t) => {
  const store = makeSnapshotStore({ chunkBytes: 64 * KIB, chunks: [] }, 10 * 64 * KIB);
  const table = tableOf(store, 1e6);
  t.is(table?.usedBytes, 256 * 512);
  t.false(table?.isFull);
});

test('a store is full when the kernel finds no room for another chunk', (t) => {
  const store = (chunks: number): boolean | undefined =>
    tableOf(
      makeSnapshotStore({ chunkBytes: 4096, chunks: filled(4096, [0, 1, 2]) }, chunks * 4096),
      1e6,
    )?.isFull;
  t.true(store(5));
  t.false(store(6));
});

test('a store that the kernel gave up says so, and is read', (t) => {
  const store = makeSnapshotStore({ chunkBytes: 4096, chunks: filled(4096, [3]), isValid: false });
  t.deepEqual(parseSnapshotHeader(store), { isValid: false, chunkBytes: 4096 });
  t.is(all(store, 1e6).length, 1);
});

test('a store of any shorter length is read to its end, or refused with a name', (t) => {
  const store = makeSnapshotStore({ chunkBytes: 4096, chunks: filled(4096, [4, 9, 1]) });
  for (let length = 0; length < store.length; length += length < 64 ? 1 : 61) {
    const field = fieldOf(() => all(store.subarray(0, length), 1e6));
    t.true(['header', 'chunk of the store', 'accepted'].includes(field), `${length}: ${field}`);
    // Without the chunks behind it an exception has no content: nothing is given for it.
    if (field === 'accepted') t.true(length < 8192, `${length}`);
  }
});

for (const [field, offset, bytes] of [
  ['magic', 0, [0x54]],
  ['valid', 4, [2]],
  ['version', 8, [2]],
  ['chunk size', 12, [7]],
  ['chunk size', 12, [4, 0]],
  ['chunk size', 12, [0, 0x10]],
  ['chunk size', 12, [0xff, 0xff, 0xff, 0xff]],
  ['chunk of the base', 4096, [0xff]],
  ['chunk of the base', 4096, [0, 0, 0, 0, 0, 0, 0, 0x80]],
  ['chunk of the base', 4096 + 16, [4]],
  ['chunk of the store', 4096 + 8, [1]],
  ['chunk of the store', 4096 + 8, [3]],
  ['chunk of the store', 4096 + 8, [200]],
  ['chunk of the store', 4096 + 8, [2, 0, 0, 0, 0, 0, 0, 1]],
] as const) {
  test(`a wrong ${field} at ${offset} (${bytes.join(' ')}) is refused by its name`, (t) => {
    const store = makeSnapshotStore({ chunkBytes: 4096, chunks: filled(4096, [4, 9]) });
    store.set(bytes, offset);
    t.is(
      fieldOf(() => all(store, 200_000)),
      field,
    );
  });
}

test('limits are checked before there is memory for them', (t) => {
  t.is(
    fieldOf(() => new SnapshotTable(4096, { baseBytes: 2 ** 44, storeBytes: 1e6 })),
    'chunks of the base',
  );
  const table = new SnapshotTable(2 ** 20, { baseBytes: 2 ** 50, storeBytes: 2 ** 50 });
  const area = Buffer.alloc(2 ** 20);
  const add = (): void => {
    for (let count = 0, place = 2; count <= MOST_EXCEPTIONS; ) {
      for (let at = 0; at < area.length; at += 16, count++, place++) {
        if (place % 65_537 === 1) place++;
        area.writeUInt32LE(count, at);
        area.writeUInt32LE(place, at + 8);
      }
      table.addArea(area);
    }
  };
  t.is(fieldOf(add), 'changed chunks');
  t.is(table.changedChunks, MOST_EXCEPTIONS);
  t.is(
    fieldOf(() => table.addArea(area.subarray(1))),
    'area',
  );
});
