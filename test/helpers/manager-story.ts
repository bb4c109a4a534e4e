/** Devices with agents in virtual machines, and the manager that they belong to, in this process. */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { HOST, makeAgentDisk, type RunningDevice, switchOnDevice } from './agent-device.ts';
import { type ManagerLab, openManagerLab } from './manager-lab.ts';
import { makeStory, type Story, type StoryOptions } from './story.ts';
import type { Owner } from './temporary-folder.ts';

/** What the device is called. */
export const DEVICE_NAME = 'lab-pc-7';
const LOOK_MS = 1000;
const DEFAULT_MINUTES = 20;

type Json = Readonly<Record<string, unknown>>;

export interface ManagerStory {
  readonly story: Story;
  readonly manager: ManagerLab;
  switchOn(): Promise<RunningDevice>;
  /** The answer of the first look at an address of the API that is wanted. @throws Error with the last one after `minutes` */
  until(where: string, isWanted: (answer: Json) => boolean, minutes?: number): Promise<Json>;
  /** The device as the manager knows it. */
  device(): Promise<Json>;
  /** Makes a job for the device and gives its id. */
  order(kind: 'bi' | 'pi' | 'bi-pi', image: string, more?: Json): Promise<string>;
  /** Waits for a state of a job. */
  job(id: string, state: string, minutes?: number): Promise<Json>;
}

const listOf = (answer: Json): readonly Json[] =>
  Array.isArray(answer['items']) ? (answer['items'] as readonly Json[]) : [];

/** The device of `makeStory` with a manager whose store has both versions; it comes in by a join code. */
export const makeManagerStory = async (t: Owner, options: StoryOptions): Promise<ManagerStory> => {
  const story = await makeStory(t, options);
  const { folder } = story;
  const manager = await openManagerLab(t, {
    dataFolder: path.join(folder, 'manager'),
    imageStore: path.join(folder, 'store'),
  });
  const { admin, service } = manager;
  await admin('PATCH', '/api/v1/packages/os', { body: { isAutogenic: true } });
  const code = (await admin('POST', '/api/v1/join-codes', { body: {} })).json['code'];
  const config = makeAgentDisk(folder, {
    url: `https://${HOST}:${service.port}`,
    pin: service.pin,
    code: String(code),
    name: DEVICE_NAME,
  });
  const ask = async (where: string): Promise<Json> => (await admin('GET', where)).json;

  const until: ManagerStory['until'] = async (where, isWanted, minutes = DEFAULT_MINUTES) => {
    const end = performance.now() + minutes * 60_000;
    for (;;) {
      const answer = await ask(where);
      if (isWanted(answer)) return answer;
      if (performance.now() > end)
        throw new Error(`${where} said at last: ${JSON.stringify(answer)}`);
      await wait(LOOK_MS);
    }
  };
  const device = async (): Promise<Json> => {
    const [found] = listOf(await ask('/api/v1/devices'));
    if (found === undefined) throw new Error('the manager knows no device');
    return found;
  };
  return {
    ...{ story, manager, until, device },
    switchOn: async () => switchOnDevice(t, story, options, config),
    order: async (kind, image, more = {}) => {
      const { id } = await device();
      const body = { image, kind, selection: { devices: [id] }, ...more };
      const { status, json, text } = await admin('POST', '/api/v1/jobs', { body });
      const [made] = Array.isArray(json['jobs']) ? (json['jobs'] as readonly Json[]) : [];
      if (status !== 201 || made === undefined) throw new Error(`no job: ${text}`);
      return String(made['id']);
    },
    job: (id, state, minutes) =>
      until(`/api/v1/jobs/${id}`, (found) => found['state'] === state, minutes),
  };
};
