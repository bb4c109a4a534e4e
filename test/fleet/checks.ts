/** Whether every job was done once: by the manager's API, by its audit, by what Merlin did, and by the bytes of the disks. */
import { createHash } from 'node:crypto';
import { Noise } from '../helpers/noise.ts';
import type { SimulatedDevice } from './device.ts';
import { each } from './each.ts';
import { readOnDisk } from './fleet-of-disks.ts';
import type { FleetGround } from './ground.ts';
import { allJobs, type FleetJob, jobWithEvents } from './jobs.ts';

/** The way of a job of both commands, as the manager writes it down: each step once. */
const WAY = [
  ...['make', 'queue', 'send', 'download', 'back-up', 'arm', 'image', 'verify', 'start-os'],
  'finish',
];
const AT_ONCE = 4;
const NEW_BYTES = 2 * 2 ** 20;
const NEW_DIGEST = createHash('sha256').update(new Noise('new').bytes(NEW_BYTES)).digest('hex');

export interface Checked {
  readonly jobs: number;
  /** What is wrong; empty when every job was done once. */
  readonly faults: readonly string[];
}

/** Most jobs that were at work in a subnet at the same time, by the manager's own times. */
export const mostAtWork = (jobs: readonly FleetJob[]): number => {
  const moments = jobs.flatMap(({ startedAt, endedAt }) =>
    startedAt === null || endedAt === null
      ? []
      : [
          { at: startedAt, by: 1 },
          { at: endedAt, by: -1 },
        ],
  );
  // Of one millisecond the end comes first.
  const sorted = moments.toSorted(
    (one, other) => one.at.localeCompare(other.at) || one.by - other.by,
  );
  let [count, most] = [0, 0];
  for (const { by } of sorted) {
    count += by;
    most = Math.max(most, count);
  }
  return most;
};

const faultsOfWay = async (ground: FleetGround, job: FleetJob): Promise<readonly string[]> => {
  const { id, deviceName } = job;
  if (job.state !== 'done' || job.attempt !== 1)
    return [
      `${deviceName}: job ${id} is ${job.state} in try ${job.attempt}: ${job.code} ${job.message}`,
    ];
  const { events } = await jobWithEvents(ground, id);
  const moves = events.filter(({ from, to }) => from !== to).map(({ event }) => event);
  // A device that was heard only later tells of later states at once.
  const isOnce = new Set(moves).size === moves.length && moves.at(-1) === 'finish';
  const isKnown = moves.every((move) => WAY.includes(move));
  return isOnce && isKnown ? [] : [`${deviceName}: job ${id} went ${moves.join(' ')}`];
};

const faultsOfDevice = async (
  { versions }: FleetGround,
  device: SimulatedDevice,
  jobs: readonly FleetJob[],
): Promise<readonly string[]> => {
  const { name } = device.identity;
  const own = jobs
    .filter((job) => job.device === device.id)
    .toSorted((one, other) => one.createdAt.localeCompare(other.createdAt));
  const last = own.at(-1);
  if (last === undefined) return [];
  const faults: string[] = [];
  const wanted = own.map(({ id }) => id).join(' ');
  if (device.imaged.join(' ') !== wanted)
    faults.push(
      `${name}: Merlin imaged for ${device.imaged.join(' ')}, and the jobs are ${wanted}`,
    );
  const { backup, newFile, hasKey } = await readOnDisk(device);
  if (backup !== last.version) faults.push(`${name}: backup ${backup}, job ${last.version}`);
  const isNew = last.version === versions[1];
  if (newFile !== (isNew ? NEW_DIGEST : ''))
    faults.push(`${name}: the OS is not of ${last.version}`);
  if (!hasKey) faults.push(`${name}: its key is not in the new OS`);
  return faults;
};

const madeByAudit = async ({ manager }: FleetGround): Promise<number> => {
  const rows = await manager.list('/api/v1/audit?action=job.make');
  return rows.reduce((sum, { facts }) => {
    const { jobs } = { jobs: 0, ...(typeof facts === 'object' ? facts : {}) };
    return sum + jobs;
  }, 0);
};

/** @param ordered ids of the jobs of these devices, as they were made */
export const checkJobs = async (
  ground: FleetGround,
  devices: readonly SimulatedDevice[],
  ordered: ReadonlySet<string>,
): Promise<Checked> => {
  const all = await allJobs(ground);
  const ids = new Set(devices.map(({ id }) => id));
  const jobs = all.filter(({ device }) => ids.has(device));
  const faults: string[] = [];
  for (const id of ordered)
    if (!jobs.some((job) => job.id === id)) faults.push(`job ${id} was ordered, and is lost`);
  for (const { id } of jobs) if (!ordered.has(id)) faults.push(`job ${id} was never ordered`);
  const made = await madeByAudit(ground);
  if (made !== all.length) faults.push(`the audit has ${made} jobs, the list ${all.length}`);
  faults.push(...(await each(jobs, AT_ONCE, (job) => faultsOfWay(ground, job))).flat());
  faults.push(...(await each(devices, AT_ONCE, (one) => faultsOfDevice(ground, one, jobs))).flat());
  return { jobs: jobs.length, faults };
};
