/** What the metrics tell beside requests. */
import { stat, statfs } from 'node:fs/promises';
import type { Gauge, Sample } from '../http/metrics.ts';
import type { StorePlace } from '../store/open-store.ts';

const one = (value: number): readonly Sample[] => [{ value }];

const sizeOf = async (file: string): Promise<number> => {
  try {
    return (await stat(file)).size;
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ENOENT') return 0;
    throw reason;
  }
};

const fileGauges = (place: StorePlace): readonly Gauge[] =>
  place.kind === 'postgres'
    ? []
    : [
        {
          name: 'nacre_database_bytes',
          help: 'Size of the file of the data base, with what is not in it yet.',
          read: async () => one((await sizeOf(place.file)) + (await sizeOf(`${place.file}-wal`))),
        },
      ];

/** @param startedSeconds since 1970 */
export const makeGauges = (
  folder: string,
  place: StorePlace,
  release: string,
  startedSeconds: number,
): readonly Gauge[] => [
  {
    name: 'nacre_release',
    help: 'Release of this manager.',
    read: () => [{ labels: { release }, value: 1 }],
  },
  {
    name: 'process_start_time_seconds',
    help: 'When this manager started, in seconds since 1970.',
    read: () => one(startedSeconds),
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Memory of this manager.',
    read: () => one(process.memoryUsage.rss()),
  },
  {
    name: 'nacre_free_bytes',
    help: 'Room that is left where the data of this manager lies.',
    read: async () => {
      const { bavail, bsize } = await statfs(folder);
      return one(bavail * bsize);
    },
  },
  ...fileGauges(place),
];
