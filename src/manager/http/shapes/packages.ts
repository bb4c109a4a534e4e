/** Packages as they go over the wire. */
import * as z from 'zod';
import { IMAGE_NAME } from '../../../codec/image-name.ts';
import { pageOf, pageQuery } from './paging.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
export const packageName = z.string().regex(IMAGE_NAME);

export const packageShape = z.object({
  name: packageName,
  type: z.literal('Merlin'),
  title: z.string(),
  number: z.string(),
  description: z.string(),
  os: z.string(),
  category: z.string(),
  isAutogenic: z.boolean().describe('May fill backup partitions'),
  latest: digest.nullable(),
  storedBytes: z.int(),
  versions: z.array(
    z.object({
      id: digest,
      parent: digest.nullable(),
      comment: z.string(),
      createdAt: z.iso.datetime(),
      diskBytes: z.int(),
      usedBytes: z.int(),
      labels: z.array(z.string()),
    }),
  ),
  usedBy: z.object({
    devices: z.int().describe('Whose backup partition holds a version of it'),
    jobs: z.int().describe('That are not over'),
  }),
});
export const packagePage = pageOf(packageShape);
export const packageQuery = z.strictObject({
  ...pageQuery,
  search: z.string().max(256).optional().describe('Part of name, number or description'),
  autogenic: z.stringbool().optional(),
});
export const packageUsers = z.object({
  users: z
    .array(
      z.object({
        kind: z.enum(['device', 'group', 'job']),
        id: z.string(),
        name: z.string().describe('Of a job the first digits of its id'),
      }),
    )
    .describe('At most 100 of each kind'),
});
export const packagePath = z.strictObject({ name: packageName });
export const packageChange = z.strictObject({ isAutogenic: z.boolean() });
export const syncShape = z.object({
  images: z.int(),
  addedVersions: z.int(),
  removedImages: z.int(),
});
