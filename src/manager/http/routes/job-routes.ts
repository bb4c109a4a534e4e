/** Jobs: planned, made, followed, cancelled. */
import { cancelJob, retryJob } from '../../jobs/decide-job.ts';
import {
  changeSettings,
  jobSettingsChange,
  jobSettingsShape,
  readSettings,
} from '../../jobs/job-settings.ts';
import { makeJobs } from '../../jobs/make-jobs.ts';
import { madeAnswer, planAnswer } from '../../jobs/plan-answer.ts';
import { planJobs } from '../../jobs/plan-jobs.ts';
import { readJob, readJobs } from '../../jobs/read-jobs.ts';
import { route } from '../route.ts';
import {
  JOB_SORTS,
  jobOrder,
  jobPage,
  jobPath,
  jobQuery,
  jobWish,
  jobWithEvents,
  madeShape,
  planShape,
} from '../shapes/jobs.ts';

export const JOB_ROUTES = [
  route({
    method: 'post',
    path: '/jobs/plan',
    summary: 'What an order would do, device by device; nothing is made',
    area: 'jobs',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'IMAGE_NAME'],
    body: jobWish,
    answer: planShape,
    handle: async ({ body }, { manager }) => planAnswer(await planJobs(manager, body)),
  }),
  route({
    method: 'post',
    path: '/jobs',
    summary: 'Make a job for each device of a selection that can have it',
    area: 'jobs',
    role: 'operator',
    status: 201,
    errors: ['MANAGER_NOT_FOUND', 'IMAGE_NAME', 'JOB_NONE_ELIGIBLE'],
    body: jobOrder,
    answer: madeShape,
    handle: async ({ body }, { manager, caller }) => {
      const made = await makeJobs(manager, caller.actor, body);
      void manager.kickJobs();
      return madeAnswer(made);
    },
  }),
  route({
    method: 'get',
    path: '/jobs',
    summary: 'Jobs, filtered and sorted; the newest first by default',
    area: 'jobs',
    role: 'viewer',
    query: jobQuery,
    answer: jobPage,
    handle: ({ query }, { manager }) =>
      readJobs(manager, { ...query, isOpen: query.open }, JOB_SORTS[query.sort], {
        ...query,
        isDescending: query.descending,
      }),
  }),
  route({
    method: 'get',
    path: '/jobs/:id',
    summary: 'One job, with all that happened in it',
    area: 'jobs',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND'],
    params: jobPath,
    answer: jobWithEvents,
    handle: ({ params }, { manager }) => readJob(manager, params.id),
  }),
  route({
    method: 'post',
    path: '/jobs/:id/cancel',
    summary: 'Cancel a job; a device that has it already is asked to stop',
    area: 'jobs',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'JOB_STATE'],
    params: jobPath,
    answer: jobWithEvents,
    handle: async ({ params }, { manager, caller }) => {
      const job = await cancelJob(manager, caller.actor, params.id);
      void manager.kickJobs();
      return job;
    },
  }),
  route({
    method: 'post',
    path: '/jobs/:id/retry',
    summary: 'Try a job again that failed or is lost',
    area: 'jobs',
    role: 'operator',
    errors: ['MANAGER_NOT_FOUND', 'JOB_STATE', 'JOB_DEVICE_BUSY'],
    params: jobPath,
    answer: jobWithEvents,
    handle: async ({ params }, { manager, caller }) => {
      const job = await retryJob(manager, caller.actor, params.id);
      void manager.kickJobs();
      return job;
    },
  }),
  route({
    method: 'get',
    path: '/job-settings',
    summary: 'Deadlines of phases, pauses between tries',
    area: 'jobs',
    role: 'viewer',
    answer: jobSettingsShape,
    handle: (_input, { manager }) => readSettings(manager),
  }),
  route({
    method: 'patch',
    path: '/job-settings',
    summary: 'Change some of them',
    area: 'jobs',
    role: 'administrator',
    body: jobSettingsChange,
    answer: jobSettingsShape,
    handle: ({ body }, { manager, caller }) => changeSettings(manager, caller.actor, body),
  }),
];
