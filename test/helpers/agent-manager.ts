/** A real manager with the store of a job ground, and an agent that has enrolled with it. */
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { JobGround } from './agent-job.ts';
import { type AgentLab, makeAgentLab } from './agent-lab.ts';
import { type Ask, openManagerLab } from './manager-lab.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { run } from './volumes.ts';

type Document = Readonly<Record<string, unknown>>;

export interface FleetLab {
  readonly agent: AgentLab;
  readonly disk: string;
  readonly admin: Ask;
  /** Lets the device in when it has checked in, and resolves when it knows. */
  readonly approve: () => Promise<void>;
  /** Makes a job for the device. @returns its id */
  readonly order: (about: Document) => Promise<string>;
  readonly job: (id: string) => Promise<{
    readonly state: string;
    readonly attempt: number;
    readonly events: readonly { readonly to: string }[];
  }>;
  readonly device: () => Promise<Document>;
  readonly restartManager: () => Promise<void>;
}

const itemOf = (value: unknown): Document => {
  const [first] = Array.isArray(value) ? value : [];
  return first ?? {};
};

export const makeFleetLab = async (t: ExecutionContext, ground: JobGround): Promise<FleetLab> => {
  const disk = path.join(await temporaryFolder(t), 'device.img');
  run('cp', ['--sparse=always', ground.disk, disk]);
  const dataFolder = await temporaryFolder(t);
  const options = { dataFolder, imageStore: ground.store };
  const first = await openManagerLab(t, options);
  let { service } = first;
  const { port } = service;
  const { admin } = first;
  const manager = { url: `https://127.0.0.1:${port}`, pin: service.pin.replace('sha256:', '') };
  const agent = await makeAgentLab(t, { manager, disk });
  await admin('PATCH', '/api/v1/packages/lab', { body: { isAutogenic: true } });
  const device = async (): Promise<Document> =>
    itemOf((await admin('GET', '/api/v1/devices')).json['items']);
  return {
    ...{ agent, disk, admin, device },
    approve: async () => {
      const { id } = await device();
      await admin('PUT', `/api/v1/devices/${id}/state`, { body: { state: 'approved' } });
      await agent.line('manager says what it takes this device for', { state: 'approved' });
    },
    order: async (about) => {
      const { id } = await device();
      const body = { image: 'lab', selection: { devices: [id] }, ...about };
      const made = await admin('POST', '/api/v1/jobs', { body });
      const job = String(itemOf(made.json['jobs'])['id']);
      if (made.status !== 201 || job === 'undefined') throw new Error(made.text);
      return job;
    },
    job: async (id) => {
      const { json } = await admin('GET', `/api/v1/jobs/${id}`);
      const events = Array.isArray(json['events']) ? json['events'] : [];
      return { state: String(json['state']), attempt: Number(json['attempt']), events };
    },
    restartManager: async () => {
      await service.close();
      const listen = { address: '127.0.0.1', port };
      ({ service } = await openManagerLab(t, { ...options, listen }));
    },
  };
};
