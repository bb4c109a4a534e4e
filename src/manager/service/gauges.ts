/** What the metrics tell beside requests. */
import { stat, statfs } from 'node:fs/promises';
import type { Ground } from '../ground.ts';
import type { Gauge, Sample } from '../http/metrics.ts';
import { countDevices } from '../store/device-rows.ts';
import { countJobs } from '../store/job-lists.ts';
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

export interface GaugeSources {
  readonly ground: Ground;
  readonly folder: string;
  readonly place: StorePlace;
  readonly release: string;
  /** Since 1970. */
  readonly startedSeconds: number;
}

export const makeGauges = ({
  ground,
  folder,
  place,
  release,
  startedSeconds,
}: GaugeSources): readonly Gauge[] => [
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
  {
    name: 'nacre_devices',
    help: 'Devices, by state.',
    read: async () => {
      const counts = await ground.store.read(countDevices);
      return counts.map(({ state, count }) => ({ labels: { state }, value: count }));
    },
  },
  {
    name: 'nacre_jobs',
    help: 'Jobs, by state.',
    read: async () => {
      const counts = await ground.store.read(countJobs);
      return counts.map(({ state, count }) => ({ labels: { state }, value: count }));
    },
  },
  ...fileGauges(place),
];
