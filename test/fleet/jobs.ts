/** Jobs of a fleet through the manager's API. */
import * as z from 'zod';
import type { FleetGround } from './ground.ts';

export interface Order {
  /** Ids of devices. */
  readonly devices: readonly string[];
  readonly version: string;
  readonly kind: 'bi' | 'pi' | 'bi-pi';
  readonly mostAttempts: number;
}

const jobShape = z.object({
  id: z.string(),
  device: z.string(),
  deviceName: z.string(),
  version: z.string(),
  state: z.string(),
  attempt: z.number(),
  subnet: z.string().nullable(),
  code: z.string().nullable(),
  message: z.string(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
export type FleetJob = Readonly<z.output<typeof jobShape>>;

const eventShape = z.object({ event: z.string(), from: z.string().nullable(), to: z.string() });
const withEvents = jobShape.extend({ events: z.array(eventShape) });
export type FleetJobWithEvents = Readonly<z.output<typeof withEvents>>;

const made = z.object({ jobs: z.array(z.object({ id: z.string() })) });

/** @returns ids of the jobs that were made @throws Error when the manager refuses, or is away: then nobody knows */
export const order = async (
  { manager, image }: FleetGround,
  { devices, version, kind, mostAttempts }: Order,
): Promise<readonly string[]> => {
  const body = { image: `${image}@${version}`, kind, mostAttempts, selection: { devices } };
  const { status, json, text } = await manager.ask('POST', '/api/v1/jobs', { body });
  if (status !== 201) throw new Error(`no jobs: ${status} ${text}`);
  return made.parse(json).jobs.map(({ id }) => id);
};

/** All jobs of the manager. */
export const allJobs = async ({ manager }: FleetGround): Promise<readonly FleetJob[]> =>
  z.array(jobShape).parse(await manager.list('/api/v1/jobs'));

export const jobWithEvents = async (
  { manager }: FleetGround,
  id: string,
): Promise<FleetJobWithEvents> =>
  withEvents.parse((await manager.ask('GET', `/api/v1/jobs/${id}`)).json);
