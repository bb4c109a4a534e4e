/** Users, sessions, tokens and the audit as they go over the wire. */
import * as z from 'zod';
import { roleSchema, scopeSchema } from '../../identity/roles.ts';
import { pageOf, pageQuery } from './paging.ts';

export const userName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    '1 to 64 of a-z 0-9 . _ -, starting with a letter or digit',
  );
const password = z.string().max(4096);
const time = z.iso.datetime();

export const userShape = z.object({ name: userName, role: roleSchema, createdAt: time });
export const userPage = pageOf(userShape);
export const userQuery = z.strictObject(pageQuery);
export const newUser = z.strictObject({ name: userName, role: roleSchema, password });
export const changedUser = z.strictObject({ role: roleSchema });
export const newPassword = z.strictObject({ password });

export const login = z.strictObject({ user: z.string().max(256), password });
export const sessionShape = z.object({
  user: z.string(),
  role: roleSchema,
  scopes: z.array(z.string()),
  expiresAt: time.nullable().describe('null for a token, which has its own end'),
});

export const tokenShape = z.object({
  id: z.uuid(),
  name: z.string(),
  user: z.string(),
  scopes: z.array(z.string()),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.nullable(),
});
export const tokenPage = pageOf(tokenShape);
export const tokenQuery = z.strictObject({
  ...pageQuery,
  all: z.stringbool().default(false).describe('Those of all users; for administrators'),
});
const MOST_DAYS = 3650;
export const newToken = z.strictObject({
  name: z.string().min(1).max(128),
  scopes: z.array(scopeSchema).min(1).max(32),
  days: z.int().min(1).max(MOST_DAYS).default(90),
});
export const madeToken = tokenShape.extend({ token: z.string().describe('Shown only now') });

export const auditShape = z.object({
  number: z.int(),
  at: time,
  actorKind: z.string(),
  actor: z.string(),
  address: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subject: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});
export const auditPage = pageOf(auditShape);
export const auditQuery = z.strictObject({
  ...pageQuery,
  action: z.string().max(64).optional(),
  subject: z.string().max(256).optional(),
  actor: z.string().max(256).optional(),
});
