/** What groups of devices are to run. */
import {
  dropDesiredState,
  pauseRollout,
  type Rollout,
  readRollout,
  resumeRollout,
  setDesiredState,
} from '../../rollouts/desired-state.ts';
import { route } from '../route.ts';
import { groupPath } from '../shapes/devices.ts';
import { desiredState, rolloutShape } from '../shapes/rollouts.ts';

const told = ({ ringSizes, devices, ...rest }: Rollout) => ({
  ...rest,
  ...{ ringSizes: [...ringSizes], devices: [...devices] },
});

const PATH = '/groups/:name/desired-state';
const PARTS = {
  area: 'jobs' as const,
  errors: ['MANAGER_NOT_FOUND'] as const,
  params: groupPath,
  answer: rolloutShape,
};

export const ROLLOUT_ROUTES = [
  route({
    ...PARTS,
    method: 'get',
    path: PATH,
    summary: 'What a group is to run, and how far it is',
    role: 'viewer',
    handle: async ({ params }, { manager }) => told(await readRollout(manager, params.name)),
  }),
  route({
    ...PARTS,
    method: 'put',
    path: PATH,
    summary: 'What a group is to run: its devices get it ring by ring',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'IMAGE_NAME', 'JOB_NOT_AUTOGENIC'],
    body: desiredState,
    handle: async ({ params, body }, { manager, caller }) => {
      const rollout = await setDesiredState(manager, caller.actor, params.name, body);
      void manager.kickJobs();
      return told(rollout);
    },
  }),
  route({
    ...PARTS,
    method: 'post',
    path: `${PATH}/pause`,
    summary: 'Give nothing more out; what devices have goes on',
    role: 'operator',
    handle: async ({ params }, { manager, caller }) =>
      told(await pauseRollout(manager, caller.actor, params.name)),
  }),
  route({
    ...PARTS,
    method: 'post',
    path: `${PATH}/resume`,
    summary: 'Go on in the ring where it is, also with what failed',
    role: 'operator',
    handle: async ({ params }, { manager, caller }) => {
      const rollout = await resumeRollout(manager, caller.actor, params.name);
      void manager.kickJobs();
      return told(rollout);
    },
  }),
  route({
    method: 'delete',
    path: PATH,
    summary: 'The group is left as it is',
    area: 'jobs',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND'],
    params: groupPath,
    handle: async ({ params }, { manager, caller }) => {
      await dropDesiredState(manager, caller.actor, params.name);
      return undefined;
    },
  }),
];
