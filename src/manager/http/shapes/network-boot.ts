/** Network boot as it goes over the wire, beside what services of it say (src/job/network-boot-protocol.ts). */
import * as z from 'zod';
import { LAYOUT_POLICIES, LAYOUTS } from '../../../disk/layout-fields.ts';
import { imageName, jobId } from '../../../job/job-ticket.ts';
import { MOST_POLICY_WAIT_SECONDS, NETWORK_ANSWERS } from '../../../job/network-boot-protocol.ts';
import { reasonShape, selectionShape } from './jobs.ts';

const bytes = z.int().min(0);
const megabytes = z.int().describe('MB of 2^20 bytes');

export const policyQuery = z.strictObject({
  wait: z.coerce
    .number()
    .int()
    .min(0)
    .max(MOST_POLICY_WAIT_SECONDS)
    .default(0)
    .describe('Seconds to wait while the policy is the one of If-None-Match'),
});

export const orderPath = z.strictObject({ id: jobId });

export const bootSettings = z.strictObject({
  answer: z.enum(NETWORK_ANSWERS).describe('Whom network boot services answer'),
});

const common = {
  selection: selectionShape,
  startAt: z.iso.datetime().optional().describe('Not before; now by default'),
};

export const orderWish = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('convert'),
    image: z.string().max(160).describe('NAME, NAME:LABEL or NAME@ID'),
    layout: z.enum(LAYOUTS),
    layoutPolicy: z.enum(LAYOUT_POLICIES).default('auto'),
    backup: z.boolean().default(true).describe('Fill the backup partition'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('capture'),
    name: imageName.describe('The image that gets a new version of each device'),
    comment: z.string().max(1000).default(''),
  }),
]);

const orderPlan = z.object({
  device: z.uuid(),
  name: z.string(),
  isEligible: z.boolean(),
  reasons: z.array(reasonShape).describe('Why not'),
  disk: z
    .object({ name: z.string(), sizeBytes: bytes, sectorSize: z.int() })
    .nullable()
    .describe('What is written, and lost, or captured; null where nobody knows it yet'),
  fields: z
    .object({
      totalFlashMb: megabytes,
      nonPxeMb: megabytes,
      osMb: megabytes,
      backupMb: megabytes,
      unusedMb: megabytes,
    })
    .nullable()
    .describe('Of a conversion, when the disk is known'),
  cautions: z.array(z.string()),
  startAt: z.iso.datetime(),
});

export const ordersPlan = z.object({
  image: imageName.nullable(),
  version: z.string().nullable(),
  eligible: z.int(),
  devices: z.array(orderPlan),
});

export const ordersMade = z.object({
  command: z.uuid(),
  jobs: z.array(z.object({ id: jobId, device: z.uuid(), name: z.string() })),
  skipped: z.array(orderPlan),
});
