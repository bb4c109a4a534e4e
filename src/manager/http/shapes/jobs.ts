/** Jobs and subnets as they go over the wire. */
import * as z from 'zod';
import { parseCidr } from '../../../job/cidr.ts';
import { JOB_STATES } from '../../../job/job-states.ts';
import { imageName, jobId } from '../../../job/job-ticket.ts';
import { groupName, tagName } from './devices.ts';
import { pageOf, pageQuery } from './paging.ts';
import { repositoryName } from './repositories.ts';

const time = z.iso.datetime();
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
const bytes = z.int().min(0);

const MOST_NAMED = 1000;
const MOST_COUNTDOWN = 3600;
const MOST_POSTPONES = 20;
const DAY_SECONDS = 86_400;

export const jobKind = z.enum(['bi', 'pi', 'bi-pi']);

export const selectionShape = z.strictObject({
  devices: z.array(z.uuid()).max(MOST_NAMED).default([]),
  groups: z.array(groupName).max(MOST_NAMED).default([]),
  tags: z.array(tagName).max(MOST_NAMED).default([]),
  isAll: z.boolean().default(false).describe('All devices'),
});

const windowShape = z
  .strictObject({ from: clock, to: clock })
  .refine(({ from, to }) => from !== to, 'a window needs two times');

const wish = {
  image: z.string().max(160).describe('NAME, NAME:LABEL or NAME@ID'),
  kind: jobKind.describe('Fill the backup partition, image the OS from it, or both'),
  selection: selectionShape,
  startAt: time.optional().describe('Not before; now by default'),
  window: windowShape.optional().describe('Each day, in the time zone of each device'),
};
export const jobWish = z.strictObject(wish);

export const jobOrder = z.strictObject({
  ...wish,
  limitBytesPerSecond: z.int().min(1024).optional(),
  notice: z
    .strictObject({
      countdownSeconds: z.int().min(0).max(MOST_COUNTDOWN),
      postpones: z.int().min(0).max(MOST_POSTPONES).default(0),
      postponeSeconds: z.int().min(60).max(DAY_SECONDS).default(900),
    })
    .optional()
    .describe('How users are asked before a restart; without it nobody is'),
  healthSeconds: z
    .int()
    .min(1)
    .max(7 * DAY_SECONDS)
    .default(900)
    .describe('For the checks of the new OS'),
  mostAttempts: z.int().min(1).max(10).default(3).describe('Tries of a job that fails'),
  wake: z
    .boolean()
    .default(false)
    .describe('Devices that are off are woken by another one of their subnet'),
});

export const reasonShape = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});

const devicePlan = z.object({
  device: z.uuid(),
  name: z.string(),
  isEligible: z.boolean(),
  reasons: z.array(reasonShape).describe('Why not'),
  fetchBytes: bytes.describe('At most; 0 when the version is there already'),
  lost: z
    .array(z.object({ what: z.enum(['os', 'generation']), name: z.string(), sizeBytes: bytes }))
    .describe('What is gone afterwards'),
  startAt: time,
  timeZone: z.string(),
});

export const planShape = z.object({
  image: imageName,
  version: digest,
  eligible: z.int(),
  fetchBytes: bytes.describe('Of all that can have it, at most'),
  devices: z.array(devicePlan),
});

export const madeShape = z.object({
  command: z.uuid(),
  jobs: z.array(z.object({ id: jobId, device: z.uuid(), name: z.string() })),
  skipped: z.array(devicePlan),
});

export const jobShape = z.object({
  id: jobId,
  command: z.uuid().describe('The order that it belongs to'),
  device: z.uuid(),
  deviceName: z.string(),
  kind: z.enum(['bi', 'pi', 'bi-pi', 'convert', 'capture']),
  image: imageName,
  version: digest.or(z.literal('')).describe('Empty for a capture: its job tells what it became'),
  state: z.enum(JOB_STATES),
  attempt: z.int(),
  dueAt: time,
  deadlineAt: time.nullable().describe('Lost after that, unless the device speaks'),
  retryAt: time.nullable(),
  subnet: z.string().nullable(),
  limitBytesPerSecond: z.int().nullable(),
  doneBytes: bytes,
  totalBytes: bytes,
  code: z.string().nullable(),
  message: z.string(),
  cancelRequestedAt: time.nullable(),
  createdAt: time,
  createdBy: z.string(),
  changedAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
});
export const jobPage = pageOf(jobShape);

export const jobWithEvents = jobShape.extend({
  events: z.array(
    z.object({
      at: time,
      event: z.string(),
      from: z.enum(JOB_STATES).nullable(),
      to: z.enum(JOB_STATES),
      attempt: z.int(),
      actorKind: z.string(),
      actor: z.string(),
      doneBytes: bytes,
      totalBytes: bytes,
      code: z.string().nullable(),
      message: z.string(),
    }),
  ),
});

/** Columns by the names that a client sorts by. */
export const JOB_SORTS = {
  createdAt: 'created_at',
  changedAt: 'changed_at',
  dueAt: 'due_at',
  state: 'state',
} as const;

export const jobQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(JOB_STATES).optional(),
  open: z.stringbool().default(false).describe('Those that are not over'),
  find: z
    .string()
    .regex(/^[0-9a-f]{8,32}$/)
    .optional()
    .describe('One job: 8 or more digits of its id'),
  device: z.uuid().optional(),
  group: groupName.optional(),
  image: imageName.optional(),
  command: z.uuid().optional(),
  sort: z.enum(['createdAt', 'changedAt', 'dueAt', 'state']).default('createdAt'),
  descending: z.stringbool().default(true),
});
export const jobPath = z.strictObject({ id: jobId });

const cidr = z
  .string()
  .max(64)
  .toLowerCase()
  .refine((text) => parseCidr(text) !== undefined, 'a subnet is ADDRESS/BITS');

export const subnetShape = z.object({
  cidr: z.string(),
  note: z.string(),
  mostJobs: z.int().nullable().describe('At work at the same time; null: any number'),
  bytesPerSecond: z.int().nullable().describe('Of all of them together, shared by mostJobs'),
  repository: z.string().nullable().describe('Remote repository that its devices ask first'),
});
export const subnetPage = pageOf(subnetShape);
export const subnetQuery = z.strictObject(pageQuery);
/** A slash cannot stand in a path: `192.0.2.0_24`. */
export const subnetPath = z.strictObject({
  cidr: z
    .string()
    .max(64)
    .transform((text) => text.replace('_', '/'))
    .pipe(cidr),
});
export const subnetLimits = z
  .strictObject({
    note: z.string().max(256).default(''),
    mostJobs: z.int().min(1).max(10_000).nullable().default(null),
    bytesPerSecond: z.int().min(1024).nullable().default(null),
    repository: repositoryName.nullable().default(null),
  })
  .refine(
    ({ mostJobs, bytesPerSecond }) => bytesPerSecond === null || mostJobs !== null,
    'bytesPerSecond is shared by mostJobs jobs: give both',
  );
