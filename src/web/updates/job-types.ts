/** Jobs as the routes answer them, by their schemas. */
import type * as z from 'zod';
import type {
  jobShape,
  jobWithEvents,
  madeShape,
  planShape,
} from '../../manager/http/shapes/jobs.ts';

export type Job = z.output<typeof jobShape>;
export type JobWithEvents = z.output<typeof jobWithEvents>;
export type JobMoment = JobWithEvents['events'][number];
export type JobPlan = z.output<typeof planShape>;
export type DevicePlan = JobPlan['devices'][number];
export type MadeJobs = z.output<typeof madeShape>;
