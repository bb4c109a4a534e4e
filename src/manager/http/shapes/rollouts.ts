/** Desired states of groups as they go over the wire. */
import * as z from 'zod';
import { jobId } from '../../../job/job-ticket.ts';
import { ROLLOUT_STATES } from '../../store/rollout-tables.ts';
import { jobOrder } from './jobs.ts';

const MOST_DEVICES = 10_000;
const MOST_SOAK_SECONDS = 30 * 86_400;
const time = z.iso.datetime();

const { image, window, limitBytesPerSecond, notice, healthSeconds, wake } = jobOrder.shape;

export const desiredState = z.strictObject({
  image: image.describe('NAME, NAME@ID, or NAME:LABEL, which is followed where it is moved'),
  kind: z.enum(['bi', 'bi-pi']).describe('Fill the backup partition, or image the OS from it, too'),
  rings: z
    .string()
    .max(128)
    .default('1,10%,100%')
    .describe('Devices of each ring with those before it; those with the tag canary come first'),
  mostFailures: z
    .int()
    .min(0)
    .max(MOST_DEVICES)
    .default(0)
    .describe('Devices whose job may fail for good; one more stops it'),
  soakSeconds: z.int().min(0).max(MOST_SOAK_SECONDS).default(0).describe('Between two rings'),
  ...{ window, limitBytesPerSecond, notice, healthSeconds, wake },
});

const standing = z.enum(['reached', 'working', 'failed', 'left', 'disputed', 'busy', 'open']);

export const rolloutShape = z.object({
  group: z.string(),
  wish: desiredState,
  version: z.string().nullable().describe('What the image means now; null before the first look'),
  state: z.enum(ROLLOUT_STATES),
  reason: z.string().describe('Why it stopped, or what it waits for'),
  ring: z.int().describe('That runs now, from 1'),
  ringSizes: z.array(z.int()).describe('Devices up to each ring'),
  counts: z.record(standing, z.int()),
  devices: z
    .array(
      z.object({
        device: z.uuid(),
        name: z.string(),
        standing,
        job: jobId.nullable(),
        code: z.string().nullable(),
        message: z.string(),
      }),
    )
    .describe('In the order of the rings'),
  beganAt: time,
  setAt: time,
  setBy: z.string(),
});
