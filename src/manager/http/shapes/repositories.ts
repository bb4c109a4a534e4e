/** Remote repositories as they go over the wire. */
import * as z from 'zod';
import { pageOf, pageQuery } from './paging.ts';

export const repositoryName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);

export const repositoryShape = z.object({
  name: repositoryName,
  url: z.string(),
  pin: z.string().nullable().describe('SHA-256 of the key of its server; null: the usual CAs'),
  note: z.string(),
  subnets: z.array(z.string()).describe('Whose devices ask it first'),
});
export const repositoryPage = pageOf(repositoryShape);
export const repositoryQuery = z.strictObject(pageQuery);
export const repositoryPath = z.strictObject({ name: repositoryName });
export const repositoryChange = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(512),
  pin: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
  note: z.string().max(256).default(''),
});
export const repositoryCheck = z.object({
  versions: z.int().describe('That the store of images has'),
  missing: z.array(z.string()).describe('IMAGE@ID of those that the copy lacks'),
});
