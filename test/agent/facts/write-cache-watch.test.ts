import test from 'ava';
import { WriteCacheWatch } from '../../../src/agent/facts/write-cache-watch.ts';
import { NacreError } from '../../../src/errors.ts';
import type { WriteCacheFacts } from '../../../src/image/write-cache/read-write-cache.ts';

const PLACE = { number: 2, startBytes: 0, sizeBytes: 0 };
const factsWith = (usedBytes: number, overflowed = false): WriteCacheFacts => ({
  ...{ mode: 'non-restore', usedBytes, totalBytes: 100, overflowed, changedChunks: 3 },
  ...{ problem: overflowed ? 'full' : undefined, chunkBytes: 65_536, merging: false },
  ...{ base: PLACE, store: PLACE },
});

test('a limit that is passed is logged once, and again when it is passed again', async (t) => {
  const logged: string[] = [];
  let now: WriteCacheFacts | undefined;
  const watch = new WriteCacheWatch({
    log: { warn: (_: object, line: string) => void logged.push(line) },
    read: async () => now,
  });
  const look = async (facts: WriteCacheFacts | undefined) => {
    now = facts;
    return await watch.look('/dev/sda');
  };
  t.is(await watch.look(undefined), null);
  t.is(await look(undefined), null);
  t.deepEqual(await look(factsWith(79)), {
    ...{ mode: 'non-restore', usedBytes: 79, totalBytes: 100, overflowed: false, changedChunks: 3 },
  });
  for (const used of [80, 94, 95, 99]) await look(factsWith(used));
  await look(factsWith(99, true));
  for (const used of [2, 81]) await look(factsWith(used));
  t.deepEqual(
    logged.map((line) => /\d+ %|full/.exec(line)?.[0]),
    ['80 %', '95 %', 'full', '80 %'],
  );
});

test('a write cache that cannot be read costs a line of the log, and no check-in', async (t) => {
  const logged: unknown[] = [];
  const watch = new WriteCacheWatch({
    log: { warn: (fields: object) => void logged.push(fields) },
    read: () => Promise.reject(new NacreError('WRITE_CACHE_SEVERAL', { path: 'x', count: 2 })),
  });
  t.is(await watch.look('/dev/sda'), null);
  t.like(logged[0], { code: 'WRITE_CACHE_SEVERAL' });
});
