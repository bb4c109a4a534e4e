/** Terminal-side updates as they go over the wire. */
import * as z from 'zod';
import { UPDATE_STATES } from '../../../job/update-states.ts';
import { packageName } from './packages.ts';
import { pageOf, pageQuery } from './paging.ts';

const LONGEST_COMMENT = 1000;
const LONGEST_TERMINAL = 128;
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const updateId = z.string().regex(/^[0-9a-f]{32}$/);
const time = z.iso.datetime();

/** No line ends and other characters that a terminal would obey. */
const plain = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^\P{Cc}*$/u, 'no control characters');

export const updateWish = z.strictObject({
  image: packageName,
  base: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/)
    .describe('Version that the terminal runs: 8 or more digits of its id; it must be the newest'),
  terminal: plain(LONGEST_TERMINAL).min(1).describe('Name of the terminal, for people'),
});

export const updateFinish = z.strictObject({
  comment: plain(LONGEST_COMMENT)
    .optional()
    .describe('Of the new version; by default one that names the terminal'),
});

export const updateShape = z.object({
  id: updateId,
  image: packageName,
  base: digest.describe('The version that is changed'),
  terminal: z.string(),
  user: z.string(),
  state: z.enum(UPDATE_STATES),
  comment: z.string(),
  version: digest.nullable().describe('The new version, once it is there'),
  usedBytes: z.int().nullable(),
  storedBytes: z.int().nullable().describe('Size of the difference, as it is stored'),
  reason: z.string().describe('Why it ended'),
  startedAt: time,
  changedAt: time,
  expiresAt: time.describe('It ends then, unless something is heard of the terminal'),
  endedAt: time.nullable(),
});
export const updatePage = pageOf(updateShape);
export const updateQuery = z.strictObject({
  ...pageQuery,
  image: packageName.optional(),
  held: z.stringbool().optional().describe('Those that hold their image'),
});
export const updatePath = z.strictObject({ id: updateId });
export const finishedUpdate = z.object({
  update: updateShape,
  token: z.string().describe('For /update/v1/ID, until the update is over or is finished again'),
});
